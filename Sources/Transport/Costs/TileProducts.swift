/// Inner products of all pairs of points over one tile of features, six rows against eight columns at a time.
struct TileProducts: Sendable {
    private static let height = 6
    private static let width = 8

    private let rows: Int
    private let columns: Int
    private let depth: Int
    /// Panels of six rows, [panel][feature][6], and of eight columns, [panel][feature][8]; padded with zeros.
    private let left: [Double]
    private let right: [Double]

    init(_ x: FeatureTile, _ y: FeatureTile) {
        rows = x.count
        columns = y.count
        depth = x.features
        left = Self.pack(x, by: Self.height)
        right = Self.pack(y, by: Self.width)
    }

    private static func pack(_ tile: FeatureTile, by size: Int) -> [Double] {
        let panels = (tile.count + size - 1) / size
        var packed = [Double](repeating: 0, count: panels * size * tile.features)
        for i in 0..<tile.count {
            let base = i / size * size * tile.features + i % size
            for k in 0..<tile.features { packed[base + k * size] = tile.values[i * tile.features + k] }
        }
        return packed
    }

    /// Calls `body` with each row's products and the same row of `matrix`; panels of rows are shared out over the threads.
    func forEachRow(
        threads: Int, into matrix: inout Matrix,
        _ body: @Sendable (_ row: Int, _ products: UnsafePointer<Double>, _ matrixRow: UnsafeMutablePointer<Double>) -> Void
    ) {
        let panels = (rows + Self.height - 1) / Self.height
        let wide = (columns + Self.width - 1) / Self.width * Self.width
        matrix.values.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let output = SendablePointer(base)
            Parallel.forEach(panels, threads: threads) { panel in
                withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.height * (wide + Self.width)) { scratch in
                    let block = scratch.baseAddress!, strips = block + Self.height * Self.width
                    for first in stride(from: 0, to: wide, by: Self.width) {
                        block.update(repeating: 0, count: Self.height * Self.width)
                        left.withUnsafeBufferPointer { left in
                            right.withUnsafeBufferPointer { right in
                                guard depth > 0 else { return }
                                Kernels.best.products(
                                    left: left.baseAddress! + panel * Self.height * depth, right: right.baseAddress! + first * depth,
                                    depth: depth, result: block)
                            }
                        }
                        for r in 0..<Self.height {
                            (strips + r * wide + first).update(from: block + r * Self.width, count: Self.width)
                        }
                    }
                    for r in 0..<min(Self.height, rows - panel * Self.height) {
                        let row = panel * Self.height + r
                        body(row, strips + r * wide, output.pointer + row * columns)
                    }
                }
            }
        }
    }

    /// Adds the products to `matrix`.
    func add(to matrix: inout Matrix, threads: Int) {
        let columns = columns
        forEachRow(threads: threads, into: &matrix) { _, products, row in
            for j in 0..<columns { row[j] += products[j] }
        }
    }
}
