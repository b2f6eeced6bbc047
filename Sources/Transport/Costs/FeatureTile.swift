/// A range of features of every point, in `Double`.
struct FeatureTile: Sendable {
    let count: Int
    let features: Int
    private(set) var values: [Double]

    init(_ points: PointSet, _ range: Range<Int>) {
        let count = points.count, features = range.count
        self.count = count
        self.features = features
        values = [Double](unsafeUninitializedCapacity: count * features) { buffer, filled in
            points.values.withUnsafeBufferPointer { from in
                for i in 0..<count {
                    for k in 0..<features { buffer[i * features + k] = Double(from[i * points.features + range.lowerBound + k]) }
                }
            }
            filled = count * features
        }
    }

    /// A range of columns of a matrix whose rows are points.
    init(_ points: Matrix, _ range: Range<Int>) {
        count = points.rows
        features = range.count
        values =
            range.count == points.columns
            ? points.values
            : (0..<points.rows).flatMap {
                points.values[$0 * points.columns + range.lowerBound..<$0 * points.columns + range.upperBound]
            }
    }

    /// The mean of each feature over both sets of points.
    static func centre(_ x: FeatureTile, _ y: FeatureTile) -> [Double] {
        var sum = [Double](repeating: 0, count: x.features)
        for tile in [x, y] {
            for i in 0..<tile.count {
                for k in 0..<tile.features { sum[k] += tile.values[i * tile.features + k] }
            }
        }
        return sum.map { $0 / Double(max(x.count + y.count, 1)) }
    }

    mutating func subtract(_ centre: [Double]) {
        for i in 0..<count {
            for k in 0..<features { values[i * features + k] -= centre[k] }
        }
    }

    mutating func subtract(fromPoints shifts: [Double]) {
        for i in 0..<count {
            for k in 0..<features { values[i * features + k] -= shifts[i] }
        }
    }

    var squaredNorms: [Double] { (0..<count).map { sums(of: $0).squares } }

    func mean(of point: Int) -> Double { features == 0 ? 0 : sums(of: point).sum / Double(features) }

    func sums(of point: Int) -> (sum: Double, squares: Double) {
        var sum = 0.0, squares = 0.0
        for k in point * features..<(point + 1) * features {
            sum += values[k]
            squares += values[k] * values[k]
        }
        return (sum, squares)
    }

    static func squaredDistance(_ x: FeatureTile, _ i: Int, _ y: FeatureTile, _ j: Int) -> Double {
        var sum = 0.0
        for k in 0..<x.features {
            let difference = x.values[i * x.features + k] - y.values[j * y.features + k]
            sum += difference * difference
        }
        return sum
    }
}
