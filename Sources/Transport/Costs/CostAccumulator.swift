/// The cost between two sets of points whose features arrive block by block.
///
/// Activations come batch by batch; each batch is one block of features of every neuron. Nothing but an n × m matrix and a few vectors is
/// kept, whatever the number of features: 4096 neurons with 100 000 features take 0.3 GB.
///
/// ```swift
/// var accumulator = CostAccumulator(.squaredEuclidean, rows: 512, columns: 512)
/// for batch in batches { try accumulator.add(try PointSet(…), try PointSet(…)) }
/// let cost = accumulator.cost()
/// ```
///
/// Inner products are formed in `Double` from `Float` features. Squared distances use ‖x‖² + ‖y‖² − 2 x·y with each block centred on
/// the mean of its features first, and entries that cancel, below 10⁻⁶ (‖x‖² + ‖y‖²), are computed again directly; so an n × m × d
/// tensor never exists and near neighbours are still exact. Angles are right to about 1e-15 absolutely. O(n·m·d).
package struct CostAccumulator: Sendable {
    package let metric: Metric
    package let rows: Int
    package let columns: Int
    /// Features seen so far.
    package private(set) var features = 0

    /// Squared distances, or inner products for the angular metrics.
    private var pairs: Matrix
    private var rowSums: PointSums
    private var columnSums: PointSums

    package init(_ metric: Metric, rows: Int, columns: Int) {
        self.metric = metric
        self.rows = max(rows, 0)
        self.columns = max(columns, 0)
        pairs = Matrix(rows: self.rows, columns: self.columns)
        rowSums = PointSums(count: self.rows)
        columnSums = PointSums(count: self.columns)
    }

    /// Takes the next block of features of all points.
    ///
    /// - Throws: `TransportError` where a set has another number of points, or the two differ in features; or `cancelled`.
    package mutating func add(
        _ source: PointSet, _ target: PointSet, control: SolverControl = .standard
    ) throws(TransportError) {
        guard source.count == rows else { throw .wrongCount(of: "source points", expected: rows, found: source.count) }
        guard target.count == columns else { throw .wrongCount(of: "target points", expected: columns, found: target.count) }
        guard source.features == target.features else {
            throw .wrongCount(of: "features of target points", expected: source.features, found: target.features)
        }
        try add(features: source.features, control: control) { (FeatureTile(source, $0), FeatureTile(target, $0)) }
    }

    /// The same for points in `Double`, one per row, known to fit.
    mutating func add(_ source: Matrix, _ target: Matrix, control: SolverControl) throws(TransportError) {
        try add(features: source.columns, control: control) { (FeatureTile(source, $0), FeatureTile(target, $0)) }
    }

    /// A tile of features is small enough for the packed points to stay in cache.
    private mutating func add(
        features count: Int, control: SolverControl, tiles: (Range<Int>) -> (FeatureTile, FeatureTile)
    ) throws(TransportError) {
        for first in stride(from: 0, to: count, by: Self.tile) {
            try control.checkCancellation()
            let range = first..<min(first + Self.tile, count)
            var (x, y) = tiles(range)
            switch metric {
            case .squaredEuclidean, .euclidean: addDistances(&x, &y, threads: control.threads)
            case .cosine, .correlation:
                if metric == .correlation {
                    rowSums.shift(&x, isFirst: features == 0)
                    columnSums.shift(&y, isFirst: features == 0)
                }
                rowSums.add(x)
                columnSums.add(y)
                TileProducts(x, y).add(to: &pairs, threads: control.threads)
            }
            features += range.count
        }
    }

    private static let tile = 256

    private mutating func addDistances(_ x: inout FeatureTile, _ y: inout FeatureTile, threads: Int) {
        let centre = FeatureTile.centre(x, y)
        x.subtract(centre)
        y.subtract(centre)
        let rowNorms = x.squaredNorms, columnNorms = y.squaredNorms
        let tile = (x: x, y: y)
        let columns = columns
        TileProducts(x, y).forEachRow(threads: threads, into: &pairs) { i, products, row in
            let norm = rowNorms[i]
            columnNorms.withUnsafeBufferPointer { norms in
                // Without branches, so that both run in vector instructions; a row in which something cancels is looked through.
                var cancelled = 0
                for j in 0..<columns {
                    let sum = norm + norms[j]
                    cancelled |= sum - 2 * products[j] < Self.cancellation * sum ? 1 : 0
                }
                if cancelled == 0 {
                    for j in 0..<columns { row[j] += norm + norms[j] - 2 * products[j] }
                    return
                }
                for j in 0..<columns {
                    let sum = norm + norms[j]
                    var squared = sum - 2 * products[j]
                    if squared < Self.cancellation * sum { squared = FeatureTile.squaredDistance(tile.x, i, tile.y, j) }
                    row[j] += squared
                }
            }
        }
    }

    /// Below this part of the norms a difference of products is computed again.
    private static let cancellation = 1e-6

    /// The cost of what has been added so far.
    package func cost() -> Matrix {
        var result = pairs
        switch metric {
        case .squaredEuclidean: break
        case .euclidean: for index in result.values.indices { result.values[index].formSquareRoot() }
        case .cosine, .correlation:
            let isCentred = metric == .correlation
            let rowScale = rowSums.scales(features: features, isCentred: isCentred)
            let columnScale = columnSums.scales(features: features, isCentred: isCentred)
            for i in 0..<rows {
                for j in 0..<columns {
                    var product = pairs.values[i * columns + j]
                    if isCentred { product -= rowSums.sum[i] * columnSums.sum[j] / Double(max(features, 1)) }
                    let isZero = (rowScale[i] == 0, columnScale[j] == 0)
                    let similarity = isZero == (true, true) ? 1 : product * rowScale[i] * columnScale[j]
                    result.values[i * columns + j] = min(max(1 - similarity, 0), 2)
                }
            }
        }
        return result
    }
}
