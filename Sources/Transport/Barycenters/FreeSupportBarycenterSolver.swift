/// The mean of several weighted point sets as a point set of its own, with a coupling from each.
///
/// Minimises Σ λ_k W(x_k, y) over the support y, W being squared-Euclidean transport: alternately solves the transport from every set
/// and moves each support point to the mean of the mass it receives (Cuturi and Doucet, ICML 2014, arXiv:1310.4375, algorithm 2). With an
/// exact inner solver the objective falls at every step and the method ends; it finds a local optimum that depends on the start.
/// O(Σ n_k·m·d) a step beside the transport.
package struct FreeSupportBarycenterSolver: Sendable {
    /// Where the support starts.
    package enum Start: Sendable {
        /// Points drawn from all sets together, according to weight and mass.
        case sampled(seed: UInt64)
        /// These points, one per row.
        case points(Matrix)
    }

    package var supportCount: Int
    /// Masses of the support points; equal ones where nil.
    package var supportMasses: [Double]?
    package var start: Start
    /// How the transport from each set is found.
    package var inner: any TransportSolver
    /// Ends when no step lowers the objective by more than this fraction.
    package var tolerance: Double
    package var maximumIterations: Int

    package init(
        supportCount: Int, supportMasses: [Double]? = nil, start: Start = .sampled(seed: 0), inner: any TransportSolver = ExactSolver(),
        tolerance: Double = 1e-9, maximumIterations: Int = 100
    ) {
        self.supportCount = supportCount
        self.supportMasses = supportMasses
        self.start = start
        self.inner = inner
        self.tolerance = tolerance
        self.maximumIterations = maximumIterations
    }

    /// - Parameter weights: λ, one for each set; equal where nil.
    /// - Throws: `TransportError`, also where an inner problem does not converge.
    package func solve(
        _ sets: [WeightedPoints], weights: [Double]? = nil, control: SolverControl = .standard
    ) throws(TransportError) -> SolverOutcome<FreeSupportBarycenter> {
        guard let first = sets.first else { throw .wrongCount(of: "point sets (at least)", expected: 1, found: 0) }
        guard supportCount > 0 else {
            throw .invalidSetting(name: "support count", value: Double(supportCount), allowed: "at least 1")
        }
        guard tolerance > 0 else { throw .invalidSetting(name: "tolerance", value: tolerance, allowed: "a positive number") }
        guard maximumIterations > 0 else {
            throw .invalidSetting(name: "maximum iterations", value: Double(maximumIterations), allowed: "at least 1")
        }
        for set in sets where set.points.columns != first.points.columns {
            throw .wrongCount(of: "features of a point set", expected: first.points.columns, found: set.points.columns)
        }
        let weights = weights ?? Masses.uniform(sets.count)
        guard weights.count == sets.count else { throw .wrongCount(of: "weights", expected: sets.count, found: weights.count) }
        let lambda = try Masses.proportional(to: weights)
        let masses = supportMasses ?? Masses.uniform(supportCount)
        guard masses.count == supportCount else {
            throw .wrongCount(of: "support masses", expected: supportCount, found: masses.count)
        }

        var support = try initialSupport(sets, lambda)
        var couplings: [TransportResult] = []
        var objective = Double.infinity
        var converged = false
        var iteration = 0
        var change = Double.infinity
        while iteration < maximumIterations, !converged {
            try control.checkCancellation()
            iteration += 1
            couplings = []
            var next = CompensatedSum()
            for (set, weight) in zip(sets, lambda) {
                let problem = try TransportProblem(
                    cost: .squaredDistances(set.points, support, control: control), source: set.masses, target: masses)
                let result = try inner.outcome(of: problem, control: quiet(control)).requireConverged()
                couplings.append(result)
                next.add(weight * result.transportCost)
            }
            change = objective - next.value
            converged = change <= tolerance * abs(next.value) || next.value == 0
            objective = next.value
            control.progress?(SolverProgress(iteration: iteration, error: change, epsilon: nil, plan: nil))
            if !converged { move(&support, sets, lambda, couplings) }
        }
        let result = FreeSupportBarycenter(
            support: support, masses: masses, couplings: couplings, objective: objective,
            certificate: Certificate(
                solver: "free-support barycenter", rowError: couplings.map(\.certificate.rowError).max() ?? 0,
                columnError: couplings.map(\.certificate.columnError).max() ?? 0, dualityGap: nil,
                residual: objective > 0 ? max(change, 0) / objective : 0, iterations: iteration, converged: converged,
                uniqueness: .unknown))
        return SolverOutcome(result, tolerance: tolerance)
    }

    /// The progress of inner problems would be mistaken for ours.
    private func quiet(_ control: SolverControl) -> SolverControl {
        SolverControl(isCancelled: control.isCancelled, threads: control.threads)
    }

    private func initialSupport(_ sets: [WeightedPoints], _ lambda: [Double]) throws(TransportError) -> Matrix {
        switch start {
        case .points(let points):
            guard points.rows == supportCount else { throw .wrongCount(of: "start points", expected: supportCount, found: points.rows) }
            guard points.columns == sets[0].points.columns else {
                throw .wrongCount(of: "features of start points", expected: sets[0].points.columns, found: points.columns)
            }
            try points.validateCosts()
            return points
        case .sampled(let seed): return sampledSupport(sets, lambda, seed: seed)
        }
    }

    /// Systematic sampling: one draw shifts a comb of equal steps over the stacked masses, so that no region is left out.
    private func sampledSupport(_ sets: [WeightedPoints], _ lambda: [Double], seed: UInt64) -> Matrix {
        var generator = SplitMix64(seed)
        var stacked: [(set: Int, point: Int, mass: Double)] = []
        for (k, set) in sets.enumerated() {
            let total = set.masses.compensatedSum
            for (i, mass) in set.masses.enumerated() where mass > 0 { stacked.append((k, i, lambda[k] * mass / total)) }
        }
        stacked.shuffle(using: &generator)
        let offset = Double(generator.next() >> 11) * 0x1p-53
        var support = Matrix(rows: supportCount, columns: sets[0].points.columns)
        var index = 0
        var reached = stacked[0].mass
        for j in 0..<supportCount {
            let position = (Double(j) + offset) / Double(supportCount)
            while reached < position, index < stacked.count - 1 {
                index += 1
                reached += stacked[index].mass
            }
            let points = sets[stacked[index].set].points
            for k in 0..<support.columns {
                support.values[j * support.columns + k] = points.values[stacked[index].point * support.columns + k]
            }
        }
        return support
    }

    /// Each support point goes to the weighted mean of what it receives; one that receives nothing stays.
    private func move(
        _ support: inout Matrix, _ sets: [WeightedPoints], _ lambda: [Double], _ couplings: [TransportResult]
    ) {
        let features = support.columns
        var sums = Matrix(rows: support.rows, columns: features)
        var received = [Double](repeating: 0, count: support.rows)
        for (k, result) in couplings.enumerated() {
            let points = sets[k].points
            result.plan.forEachEntry { i, j, mass in
                received[j] += lambda[k] * mass
                sums.values.withUnsafeMutableBufferPointer { sums in
                    points.values.withUnsafeBufferPointer { points in
                        Kernels.best.addScaled(
                            lambda[k] * mass, points.baseAddress! + i * features, to: sums.baseAddress! + j * features, count: features)
                    }
                }
            }
        }
        for j in 0..<support.rows where received[j] > 0 {
            for k in 0..<features { support.values[j * features + k] = sums.values[j * features + k] / received[j] }
        }
    }
}
