import Foundation

/// The masses on given points that are nearest to several distributions, with a coupling from each.
///
/// Minimises Σ λ_k [⟨P_k, C_k⟩ + ε Σ P_k (log P_k − 1)] over plans with row sums a_k and one common vector of column sums, by iterative
/// Bregman projections (Benamou et al., SIAM J. Sci. Comput. 37, 2015, arXiv:1412.5154) in the log domain, while ε is annealed.
/// O(Σ n_k·m) an iteration. Converged when the row sums of all plans are within `tolerance` of their masses; the common column sums are exact.
package struct FixedSupportBarycenterSolver: Sendable {
    package var epsilon: Epsilon
    package var tolerance: Double
    package var maximumIterations: Int

    package init(epsilon: Epsilon = .relativeToSpread(0.05), tolerance: Double = 1e-9, maximumIterations: Int = 10_000) {
        self.epsilon = epsilon
        self.tolerance = tolerance
        self.maximumIterations = maximumIterations
    }

    /// - Parameters:
    ///   - costs: for each distribution, the cost from its points (rows) to the support (columns).
    ///   - masses: the masses of each distribution; each is scaled to sum one.
    ///   - weights: λ, equal where nil.
    package func solve(
        costs: [Matrix], masses: [[Double]], weights: [Double]? = nil, control: SolverControl = .standard
    ) throws(TransportError) -> SolverOutcome<FixedSupportBarycenter> {
        guard let first = costs.first else { throw .wrongCount(of: "distributions (at least)", expected: 1, found: 0) }
        guard masses.count == costs.count else { throw .wrongCount(of: "mass vectors", expected: costs.count, found: masses.count) }
        let weights = weights ?? Masses.uniform(costs.count)
        guard weights.count == costs.count else { throw .wrongCount(of: "weights", expected: costs.count, found: weights.count) }
        guard tolerance > 0 else { throw .invalidSetting(name: "tolerance", value: tolerance, allowed: "a positive number") }
        guard maximumIterations > 0 else {
            throw .invalidSetting(name: "maximum iterations", value: Double(maximumIterations), allowed: "at least 1")
        }
        guard first.columns > 0 else { throw .empty(side: .target) }
        let lambda = try Masses.proportional(to: weights)
        var members: [Member] = []
        for (cost, masses) in zip(costs, masses) {
            guard cost.columns == first.columns else {
                throw .wrongCount(of: "support points of a cost", expected: first.columns, found: cost.columns)
            }
            guard masses.count == cost.rows else { throw .wrongCount(of: "masses", expected: cost.rows, found: masses.count) }
            try cost.validateCosts()
            members.append(Member(cost: cost, masses: try Masses.proportional(to: masses)))
        }
        // One ε for all, measured on the costs together.
        let together = Matrix(rows: 1, columns: costs.reduce(0) { $0 + $1.values.count }, unchecked: costs.flatMap(\.values))
        let epsilon = try self.epsilon.value(for: together)
        var stages = [epsilon]
        while let current = stages.last, current * 4 < together.standardDeviation { stages.append(current * 4) }

        var logMasses = [Double](repeating: -log(Double(first.columns)), count: first.columns)
        var iteration = 0
        var residual = Double.infinity
        for stage in stages.reversed() {
            let goal = stage == epsilon ? tolerance : max(tolerance, 1e-2)
            residual = .infinity
            while residual > goal, iteration < maximumIterations {
                if iteration & 3 == 0 { try control.checkCancellation() }
                iteration += 1
                residual = 0
                for index in members.indices { residual = max(residual, members[index].fitRows(epsilon: stage)) }
                logMasses = [Double](repeating: 0, count: first.columns)
                for (member, weight) in zip(members, lambda) {
                    for j in logMasses.indices { logMasses[j] += weight * member.logColumnSums[j] }
                }
                for index in members.indices { members[index].fitColumns(to: logMasses, epsilon: stage) }
                guard residual.isFinite else {
                    throw .brokeDown(solver: "fixed-support barycenter", iteration: iteration, advice: "use a larger epsilon")
                }
                control.progress?(SolverProgress(iteration: iteration, error: residual, epsilon: stage, plan: nil))
            }
        }
        return SolverOutcome(
            result(members, lambda, logMasses, epsilon: epsilon, residual: residual, iterations: iteration), tolerance: tolerance)
    }

    private func result(
        _ members: [Member], _ lambda: [Double], _ logMasses: [Double], epsilon: Double, residual: Double, iterations: Int
    ) -> FixedSupportBarycenter {
        let plans = members.map { $0.plan(epsilon: epsilon) }
        var objective = CompensatedSum()
        for (index, plan) in plans.enumerated() {
            objective.add(lambda[index] * zip(plan.values, members[index].cost.values).reduce(0) { $0 + $1.0 * $1.1 })
        }
        let masses = logMasses.map { exp($0) }
        let rowError = zip(plans, members).map { Certificate.marginalError($0.rowSums, $1.masses) }.max() ?? 0
        let columnError = plans.map { Certificate.marginalError($0.columnSums, masses) }.max() ?? 0
        return FixedSupportBarycenter(
            masses: masses, couplings: plans.map { TransportPlan(dense: $0) }, objective: objective.value,
            certificate: Certificate(
                solver: "fixed-support barycenter", rowError: rowError, columnError: columnError, dualityGap: nil,
                residual: rowError, iterations: iterations, converged: rowError <= tolerance, uniqueness: .unique))
    }

    /// One distribution with its potentials.
    private struct Member {
        let cost: Matrix
        let transposed: Matrix
        let masses: [Double]
        var f: [Double]
        var g: [Double]
        /// Of the kernel scaled by the rows alone.
        var logColumnSums: [Double]

        init(cost: Matrix, masses: [Double]) {
            self.cost = cost
            self.masses = masses
            transposed = cost.transposed
            f = [Double](repeating: 0, count: cost.rows)
            g = [Double](repeating: 0, count: cost.columns)
            logColumnSums = g
        }

        /// Fits the rows; returns how far their sums were off.
        mutating func fitRows(epsilon: Double) -> Double {
            var residual = 0.0
            for i in 0..<cost.rows {
                let logSum = Self.logSum(cost, i, g, epsilon)
                residual += abs(masses[i] - exp(f[i] / epsilon + logSum))
                f[i] = masses[i] > 0 ? epsilon * (log(masses[i]) - logSum) : -.infinity
            }
            for j in 0..<cost.columns { logColumnSums[j] = Self.logSum(transposed, j, f, epsilon) }
            return residual
        }

        mutating func fitColumns(to logMasses: [Double], epsilon: Double) {
            for j in 0..<cost.columns { g[j] = epsilon * (logMasses[j] - logColumnSums[j]) }
        }

        func plan(epsilon: Double) -> Matrix {
            Matrix(rows: cost.rows, columns: cost.columns) { exp((f[$0] + g[$1] - cost.values[$0 * cost.columns + $1]) / epsilon) }
        }

        private static func logSum(_ cost: Matrix, _ row: Int, _ potential: [Double], _ epsilon: Double) -> Double {
            cost.values.withUnsafeBufferPointer { values in
                let (largest, sum) = Kernels.best.logSumExp(
                    cost: values.baseAddress! + row * cost.columns, column: potential, count: cost.columns, scale: epsilon)
                return largest + log(sum)
            }
        }
    }
}
