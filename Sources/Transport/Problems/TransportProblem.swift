/// A discrete optimal transport problem: two sets of masses and the cost between them.
///
/// ```swift
/// let problem = try TransportProblem(cost: cost, source: Masses.uniform(512), target: Masses.uniform(384))
/// let result = try ExactSolver().solve(problem)
/// ```
///
/// Costs are finite numbers of any sign; rows are sources, columns are targets. Masses are nonnegative; zero is allowed. Whether the two
/// sides must sum alike is for the solver to ask: the balanced ones do (see ``balanced()``), the unbalanced ones do not.
package struct TransportProblem: Sendable {
    /// Cost of moving one unit from source i (row) to target j (column).
    package let cost: Matrix
    /// Mass of each row.
    package let source: [Double]
    /// Mass of each column.
    package let target: [Double]
    package let constraints: PlanConstraints

    /// - Throws: `TransportError` where a size does not fit, a number is not finite or negative, or a constraint contradicts another.
    package init(
        cost: Matrix, source: [Double], target: [Double], constraints: PlanConstraints = .none
    ) throws(TransportError) {
        try Masses.validate(source, side: .source)
        try Masses.validate(target, side: .target)
        guard cost.rows == source.count else {
            throw .wrongCount(of: "source masses", expected: cost.rows, found: source.count)
        }
        guard cost.columns == target.count else {
            throw .wrongCount(of: "target masses", expected: cost.columns, found: target.count)
        }
        try cost.validateCosts()
        try constraints.validate(rows: cost.rows, columns: cost.columns)
        self.cost = cost
        self.source = source
        self.target = target
        self.constraints = constraints
    }

    /// A problem with equal masses of sum one on each side.
    package init(cost: Matrix, constraints: PlanConstraints = .none) throws(TransportError) {
        try self.init(
            cost: cost, source: Masses.uniform(cost.rows), target: Masses.uniform(cost.columns), constraints: constraints)
    }

    /// A problem between two sets of points, whose cost is formed block by block; equal masses where none are given.
    package init(
        _ metric: Metric, from sourcePoints: PointSet, to targetPoints: PointSet, source: [Double]? = nil, target: [Double]? = nil,
        constraints: PlanConstraints = .none, control: SolverControl = .standard
    ) throws(TransportError) {
        try self.init(
            cost: .cost(metric, from: sourcePoints, to: targetPoints, control: control),
            source: source ?? Masses.uniform(sourcePoints.count), target: target ?? Masses.uniform(targetPoints.count),
            constraints: constraints)
    }

    package var rows: Int { cost.rows }
    package var columns: Int { cost.columns }

    /// The masses scaled so that both sides sum to the source's total.
    ///
    /// Sums that differ by no more than `Self.massTolerance`, relatively, are taken as equal: rounding in a caller's own
    /// normalisation makes such differences, and an error would help nobody.
    func balanced() throws(TransportError) -> (source: [Double], target: [Double], total: Double) {
        // Summed after scaling by the largest, for masses near the ends of the number range.
        let scale = max(source.max() ?? 0, target.max() ?? 0)
        guard source.contains(where: { $0 > 0 }) else { throw .noMass(side: .source) }
        guard target.contains(where: { $0 > 0 }) else { throw .noMass(side: .target) }
        let one = source.reduce(into: CompensatedSum()) { $0.add($1 / scale) }.value
        let other = target.reduce(into: CompensatedSum()) { $0.add($1 / scale) }.value
        guard abs(one - other) <= Self.massTolerance * max(one, other) else {
            throw .unequalMasses(source: one * scale, target: other * scale)
        }
        let ratio = one / other
        guard (one * scale).isFinite else { throw .massOverflow }
        return (source, ratio == 1 ? target : target.map { $0 * ratio }, one * scale)
    }

    /// Largest relative difference of the two sums that is taken for rounding: masses kept as `Float` differ by about 1e-7.
    package static let massTolerance = 1e-6
}

extension Matrix {
    /// Finite, and small enough that sums along a path of the problem cannot overflow.
    func validateCosts() throws(TransportError) {
        var minima = [Double](repeating: .infinity, count: columns)
        try lowerToColumnMinima(&minima)
    }

    /// Lowers each number to the least of its column, and checks all costs in the same pass. Returns the largest |cost|.
    ///
    /// Forbidden pairs, at +infinity, pass only where `isForbidding`.
    @discardableResult
    func lowerToColumnMinima(_ minima: inout [Double], isForbidding: Bool = false) throws(TransportError) -> Double {
        var largest = 0.0
        values.withUnsafeBufferPointer { values in
            for i in 0..<rows where columns > 0 {
                largest = max(largest, Kernels.best.columnLeast(cost: values.baseAddress! + i * columns, least: &minima, count: columns))
            }
        }
        if largest <= Self.largestCost || isForbidding { return largest }
        for (position, value) in values.enumerated() where !(abs(value) <= Self.largestCost) {
            throw .invalidCost(row: position / columns, column: position % columns, value: value)
        }
        return largest
    }

    static let largestCost = 1e150
}
