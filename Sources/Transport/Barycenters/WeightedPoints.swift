/// Points, one per row, with their masses.
package struct WeightedPoints: Sendable, Hashable {
    package let points: Matrix
    package let masses: [Double]

    /// - Throws: `TransportError` where a coordinate is not finite or the masses do not fit; masses are equal where nil.
    package init(points: Matrix, masses: [Double]? = nil) throws(TransportError) {
        let masses = masses ?? Masses.uniform(points.rows)
        try Masses.validate(masses, side: .source)
        guard masses.contains(where: { $0 > 0 }) else { throw .noMass(side: .source) }
        guard masses.count == points.rows else { throw .wrongCount(of: "masses", expected: points.rows, found: masses.count) }
        guard points.columns > 0 else { throw .wrongCount(of: "features (at least)", expected: 1, found: 0) }
        for (position, value) in points.values.enumerated() where !(abs(value) <= 1e70) {
            throw .invalidFeature(
                side: .source, point: position / points.columns, feature: position % points.columns, value: Float(value))
        }
        self.points = points
        self.masses = masses
    }
}
