import Foundation

/// An entropic problem without its pinned mass and its empty rows and columns; and the way back to the caller's numbering.
struct EntropicProblem {
    private let problem: TransportProblem
    private let sourceMasses: [Double]
    private let targetMasses: [Double]
    private let pinned: [TransportPlan.Entry]
    private let rows: [Int]
    private let columns: [Int]
    private let source: EntropicSide
    private let target: EntropicSide
    private let cost: Matrix

    init(
        _ problem: TransportProblem, source: [Double], target: [Double], sourcePenalty: Double, targetPenalty: Double
    ) throws(TransportError) {
        self.problem = problem
        sourceMasses = source
        targetMasses = target
        var remainder = try PinnedMass(pins: problem.constraints.pinned, source: source, target: target)
        if sourcePenalty == .infinity, targetPenalty == .infinity { remainder = remainder.balanced() }
        pinned = remainder.entries
        var cost = problem.cost
        for pair in problem.constraints.forbidden { cost[pair.source, pair.target] = .infinity }
        let loaded = (
            rows: remainder.source.indices.filter { remainder.source[$0] > 0 },
            columns: remainder.target.indices.filter { remainder.target[$0] > 0 }
        )
        // A row all of whose pairs are forbidden or lead to empty columns carries nothing, which an unbalanced side may.
        let rows = loaded.rows.filter { i in loaded.columns.contains { cost[i, $0] < .infinity } }
        let columns = loaded.columns.filter { j in rows.contains { cost[$0, j] < .infinity } }
        if sourcePenalty == .infinity, let stuck = Set(loaded.rows).subtracting(rows).min() {
            throw .infeasible(side: .source, index: stuck)
        }
        if targetPenalty == .infinity, let stuck = Set(loaded.columns).subtracting(columns).min() {
            throw .infeasible(side: .target, index: stuck)
        }
        self.rows = rows
        self.columns = columns
        self.source = EntropicSide(masses: rows.map { remainder.source[$0] }, penalty: sourcePenalty)
        self.target = EntropicSide(masses: columns.map { remainder.target[$0] }, penalty: targetPenalty)
        self.cost = cost.selecting(rows: rows, columns: columns)
    }

    func solve(
        name: String, epsilon: Epsilon, tolerance: Double, maximumIterations: Int, start: Potentials?, control: SolverControl
    ) throws(TransportError) -> TransportOutcome {
        guard tolerance > 0 else { throw .invalidSetting(name: "tolerance", value: tolerance, allowed: "a positive number") }
        guard maximumIterations > 0 else {
            throw .invalidSetting(name: "maximum iterations", value: Double(maximumIterations), allowed: "at least 1")
        }
        let epsilon = try epsilon.value(for: problem.cost)
        guard !rows.isEmpty, !columns.isEmpty else {
            guard !pinned.isEmpty else { throw .infeasible(side: .source, index: sourceMasses.firstIndex { $0 > 0 } ?? 0) }
            let outcome = AnnealedScaling.Outcome(
                plan: Matrix(rows: 0, columns: 0), potentials: Potentials(source: [], target: []), iterations: 0, residual: 0,
                converged: true)
            return .converged(result(outcome, name: name, epsilon: epsilon))
        }
        let scaling = AnnealedScaling(
            kernel: ScalingKernel(
                cost: cost, source: source, target: target, start: try part(of: start), threads: control.threads),
            name: name, epsilon: epsilon, tolerance: tolerance, maximumIterations: maximumIterations, isWarm: start != nil,
            control: control, frame: { plan in self.plan(plan) })
        let outcome = try scaling.run()
        return SolverOutcome(result(outcome, name: name, epsilon: epsilon), tolerance: tolerance)
    }

    private func part(of start: Potentials?) throws(TransportError) -> Potentials? {
        guard let start else { return nil }
        guard start.source.count == problem.rows else {
            throw .wrongCount(of: "source potentials", expected: problem.rows, found: start.source.count)
        }
        guard start.target.count == problem.columns else {
            throw .wrongCount(of: "target potentials", expected: problem.columns, found: start.target.count)
        }
        for value in start.source + start.target where !value.isFinite {
            throw .invalidSetting(name: "start potential", value: value, allowed: "a finite number")
        }
        return Potentials(source: rows.map { start.source[$0] }, target: columns.map { start.target[$0] })
    }

    /// The plan of the whole problem.
    private func plan(_ part: Matrix) -> TransportPlan {
        if pinned.isEmpty, rows.count == problem.rows, columns.count == problem.columns { return TransportPlan(dense: part) }
        var dense = Matrix(rows: problem.rows, columns: problem.columns)
        for (index, i) in rows.enumerated() {
            for (position, j) in columns.enumerated() {
                dense.values[i * problem.columns + j] = part.values[index * columns.count + position]
            }
        }
        for entry in pinned { dense[entry.row, entry.column] += entry.mass }
        return TransportPlan(dense: dense)
    }

    private func result(_ outcome: AnnealedScaling.Outcome, name: String, epsilon: Double) -> TransportResult {
        let plan = plan(outcome.plan)
        let rowSums = plan.rowSums, columnSums = plan.columnSums
        let transportCost = plan.cost(under: problem.cost)
        let potentials = fullPotentials(outcome.potentials, epsilon: epsilon)

        // Objective and dual of the part that was solved; pinned mass adds its cost to both.
        var fixed = CompensatedSum()
        for entry in pinned { fixed.add(entry.mass * problem.cost.values[entry.row * problem.columns + entry.column]) }
        var entropy = CompensatedSum()
        for i in rows.indices {
            for j in columns.indices {
                entropy.add(
                    relativeEntropy(outcome.plan.values[i * columns.count + j], source.masses[i] * target.masses[j]))
            }
        }
        let product = source.masses.compensatedSum * target.masses.compensatedSum
        let primal =
            transportCost - fixed.value + epsilon * entropy.value + source.divergence(outcome.plan.rowSums)
            + target.divergence(outcome.plan.columnSums)
        let dual =
            source.dual(outcome.potentials.source) + target.dual(outcome.potentials.target)
            - epsilon * (outcome.plan.values.compensatedSum - product)
        return TransportResult(
            plan: plan, objective: primal + fixed.value, transportCost: transportCost,
            sourcePotential: potentials.source, targetPotential: potentials.target,
            certificate: Certificate(
                solver: name, rowError: Certificate.marginalError(rowSums, sourceMasses),
                columnError: Certificate.marginalError(columnSums, targetMasses), dualityGap: primal - dual,
                residual: outcome.residual, iterations: outcome.iterations, converged: outcome.converged, uniqueness: .unique))
    }

    /// Potentials of points without mass follow from the others by the same update; points with nowhere to go have 0.
    private func fullPotentials(_ part: Potentials, epsilon: Double) -> Potentials {
        var full = Potentials(
            source: [Double](repeating: 0, count: problem.rows), target: [Double](repeating: 0, count: problem.columns))
        for (index, i) in rows.enumerated() { full.source[i] = part.source[index] }
        for (index, j) in columns.enumerated() { full.target[j] = part.target[index] }
        let forbidden = problem.constraints.forbidden
        func soft(_ terms: [Double], _ damping: Double) -> Double {
            guard let largest = terms.max(), largest > -.infinity else { return 0 }
            return -damping * epsilon * (largest + log(terms.reduce(0) { $0 + exp($1 - largest) }))
        }
        let knownRows = Set(rows), knownColumns = Set(columns)
        for i in 0..<problem.rows where !knownRows.contains(i) {
            full.source[i] = soft(
                columns.indices.compactMap { index in
                    let j = columns[index]
                    guard !forbidden.contains(Pair(source: i, target: j)) else { return nil }
                    return (part.target[index] - problem.cost[i, j]) / epsilon + log(target.masses[index])
                }, source.damping(epsilon))
        }
        for j in 0..<problem.columns where !knownColumns.contains(j) {
            full.target[j] = soft(
                rows.indices.compactMap { index in
                    let i = rows[index]
                    guard !forbidden.contains(Pair(source: i, target: j)) else { return nil }
                    return (part.source[index] - problem.cost[i, j]) / epsilon + log(source.masses[index])
                }, target.damping(epsilon))
        }
        return full
    }
}
