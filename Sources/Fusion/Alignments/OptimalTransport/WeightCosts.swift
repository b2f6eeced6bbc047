import Networks
import Tensors
import Transport

/// Costs between rows of weights.
///
/// Large problems are products of single-precision blocks of features, summed in double precision: a third of the time of products in
/// double precision throughout, and within 10⁻⁶ of the rows' squared lengths. Distances that cancel further are computed again directly.
enum WeightCosts {
    /// Multiply-adds from which on that is worth it.
    static let large = 1 << 24
    /// Features whose products are summed in single precision.
    private static let block = 2304
    /// Below this part of the squared lengths a distance is computed again: its error would be above a thousandth.
    private static let cancellation = 1e-3

    /// The cost matrix between the rows of two tensors of `Float`, [n, d] and [m, d].
    static func cost(_ metric: Metric, from x: Tensor, to y: Tensor) throws -> Matrix? {
        guard metric == .euclidean || metric == .squaredEuclidean, x.rank == 2, y.rank == 2, x.shape[1] == y.shape[1],
            x.shape[0] * y.shape[0] * x.shape[1] >= large
        else { return nil }
        guard var squared = try squaredDistances(x, y) else { return nil }
        if metric == .euclidean { for index in squared.values.indices { squared.values[index].formSquareRoot() } }
        return squared
    }

    /// Nil where single precision does not do: numbers near the ends of its range, or rows that are nearly all alike.
    private static func squaredDistances(_ x: Tensor, _ y: Tensor) throws -> Matrix? {
        let (n, m, features) = (x.shape[0], y.shape[0], x.shape[1])
        let centre = try (x.sum(axes: [0]) + y.sum(axes: [0])) / Double(n + m)
        let (left, right) = (try x - centre, try y - centre)
        var products = try Tensor.zeros([n, m], dtype: .float64)
        var rows = try Tensor.zeros([n, 1], dtype: .float64), columns = try Tensor.zeros([1, m], dtype: .float64)
        for start in stride(from: 0, to: features, by: block) {
            let count = min(block, features - start)
            let (a, b) = (try left.narrowed(axis: 1, from: start, count: count), try right.narrowed(axis: 1, from: start, count: count))
            products = try products + a.matmul(b.transposed(0, 1)).converted(to: .float64)
            rows = try rows + a.squared().sum(axes: [1], keepingAxes: true).converted(to: .float64)
            columns = try columns + b.squared().sum(axes: [1]).converted(to: .float64).reshaped([1, m])
        }
        let sums = try rows + columns
        let distances = try (sums - products * 2).array(of: Double.self), lengths = try sums.array(of: Double.self)
        var close: [Int] = []
        for index in distances.indices where !(distances[index] >= cancellation * lengths[index]) {
            guard lengths[index].isFinite, distances[index].isFinite, close.count < 4 * max(n, m) else { return nil }
            close.append(index)
        }
        guard distances.allSatisfy({ $0 < .infinity }) else { return nil }
        var values = distances
        if !close.isEmpty {
            let a = try left.gathered(axis: 0, Tensor(close.map { $0 / m })).converted(to: .float64)
            let b = try right.gathered(axis: 0, Tensor(close.map { $0 % m })).converted(to: .float64)
            let again = try (a - b).squared().sum(axes: [1]).array(of: Double.self)
            for (place, index) in close.enumerated() { values[index] = again[place] }
        }
        do { return try Matrix(rows: n, columns: m, values: values) } catch {
            throw FusionError.tensor(.unexpectedResult(name: "distances"))
        }
    }
}
