/// The masses of one side of a transport problem.
package enum Masses {
    /// `count` equal masses that sum to `total`.
    package static func uniform(_ count: Int, total: Double = 1) -> [Double] {
        [Double](repeating: count > 0 ? total / Double(count) : 0, count: max(count, 0))
    }

    /// Nonnegative scores (importances) made into masses of sum one.
    ///
    /// - Throws: `TransportError` where a score is negative or not finite, or where all are zero.
    package static func proportional(to scores: [Double]) throws(TransportError) -> [Double] {
        try validate(scores, side: .source)
        // Scaled by the largest first: the sum of huge scores is then finite.
        let largest = scores.max() ?? 0
        guard largest > 0 else { throw .noMass(side: .source) }
        let scaled = scores.map { $0 / largest }
        let sum = scaled.compensatedSum
        return scaled.map { $0 / sum }
    }

    static func validate(_ masses: [Double], side: Side) throws(TransportError) {
        guard !masses.isEmpty else { throw .empty(side: side) }
        for (index, mass) in masses.enumerated() where !(mass >= 0 && mass.isFinite) {
            throw .invalidMass(side: side, index: index, value: mass)
        }
    }
}

/// The two sides of a problem: rows are sources, columns are targets.
public enum Side: String, Sendable, Hashable, Codable {
    case source, target
}
