/// Two sets of points that share no features: each is known by the distances inside it alone.
///
/// A plan should send near pairs to near pairs; where two layers of neurons have no common input to be compared on, this is all there is.
package struct GromovWassersteinProblem: Sendable {
    /// Costs between the rows' own points, n × n.
    package let sourceCost: Matrix
    /// Costs between the columns' own points, m × m.
    package let targetCost: Matrix
    package let source: [Double]
    package let target: [Double]

    /// - Throws: `TransportError` where a size does not fit, a number is not finite or negative, or the masses differ in sum.
    package init(
        sourceCost: Matrix, targetCost: Matrix, source: [Double]? = nil, target: [Double]? = nil
    ) throws(TransportError) {
        guard sourceCost.rows == sourceCost.columns else {
            throw .wrongCount(of: "columns of the source cost", expected: sourceCost.rows, found: sourceCost.columns)
        }
        guard targetCost.rows == targetCost.columns else {
            throw .wrongCount(of: "columns of the target cost", expected: targetCost.rows, found: targetCost.columns)
        }
        // The checks of sizes and masses are those of a linear problem.
        let linear = try TransportProblem(
            cost: Matrix(rows: sourceCost.rows, columns: targetCost.rows), source: source ?? Masses.uniform(sourceCost.rows),
            target: target ?? Masses.uniform(targetCost.rows))
        let balanced = try linear.balanced()
        for cost in [sourceCost, targetCost] {
            try cost.validateCosts()
            // Squares of costs are summed.
            for (position, value) in cost.values.enumerated() where !(abs(value) <= 1e70) {
                throw .invalidCost(row: position / cost.columns, column: position % cost.columns, value: value)
            }
        }
        self.sourceCost = sourceCost
        self.targetCost = targetCost
        self.source = balanced.source
        self.target = balanced.target
    }
}

/// How the difference of two inner costs a and b is counted.
public enum GromovWassersteinLoss: String, Sendable, Hashable, Codable, CaseIterable {
    /// (a − b)²
    case square
    /// a log(a / b) − a + b, for costs that are not negative; b is kept above 1e-15.
    case kullbackLeibler
}
