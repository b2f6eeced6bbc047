/// Sums over the features of each point, kept about a shift so that they do not cancel.
struct PointSums: Sendable {
    private(set) var sum: [Double]
    private var squares: [Double]
    private var shifts: [Double]

    init(count: Int) {
        sum = [Double](repeating: 0, count: count)
        squares = sum
        shifts = sum
    }

    /// Moves each point by the mean of its own first tile; correlation does not see it, rounding does.
    mutating func shift(_ tile: inout FeatureTile, isFirst: Bool) {
        if isFirst {
            for point in shifts.indices { shifts[point] = tile.mean(of: point) }
        }
        tile.subtract(fromPoints: shifts)
    }

    mutating func add(_ tile: FeatureTile) {
        for point in sum.indices {
            let (one, two) = tile.sums(of: point)
            sum[point] += one
            squares[point] += two
        }
    }

    /// One over the norm of each point; 0 for a zero vector, which within rounding a constant one is after centring.
    func scales(features: Int, isCentred: Bool) -> [Double] {
        sum.indices.map { point in
            var norm = squares[point]
            if isCentred {
                norm -= sum[point] * sum[point] / Double(max(features, 1))
                let level = squares[point] + shifts[point] * shifts[point] * Double(features)
                if norm <= 1e-15 * level { return 0 }
            }
            return norm > 0 ? 1 / norm.squareRoot() : 0
        }
    }
}
