/// The strength of entropic regularisation: larger is smoother, smaller is nearer to the exact plan.
package enum Epsilon: Sendable, Hashable, Codable {
    /// In the unit of the cost.
    case absolute(Double)
    /// As a fraction of the standard deviation of all costs; 0.05 is a good start.
    case relativeToSpread(Double)
    /// As a fraction of the largest cost, the unit of users who scale their cost to one.
    case relativeToMaximum(Double)

    /// In the unit of `cost`. A constant cost has no spread: ε is then taken absolutely, and no ε changes its plan.
    ///
    /// - Throws: `TransportError.invalidSetting` where ε is not positive, or so small that the rounding of the costs exceeds it.
    package func value(for cost: Matrix) throws(TransportError) -> Double {
        let factor: Double
        var unit = 1.0
        switch self {
        case .absolute(let value): factor = value
        case .relativeToSpread(let value):
            factor = value
            unit = cost.standardDeviation
        case .relativeToMaximum(let value):
            factor = value
            unit = cost.values.max() ?? 0
        }
        guard factor > 0, factor.isFinite else {
            throw .invalidSetting(name: "epsilon", value: factor, allowed: "a positive number")
        }
        let epsilon = unit > 0 && unit.isFinite ? factor * unit : factor
        let least = (cost.values.lazy.map(abs).max() ?? 0) * Self.rounding
        guard epsilon > least else {
            throw .invalidSetting(
                name: "epsilon", value: epsilon, allowed: "above \(least), the rounding of these costs: increase it or use the exact solver"
            )
        }
        return epsilon
    }

    /// Exponents are costs over ε; below this fraction of the costs they would have no correct digit left before the point.
    private static let rounding = 1e-14
}
