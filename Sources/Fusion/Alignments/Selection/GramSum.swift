import Tensors

/// The sum of DᵀD over rows that come in parts, f64, of which only the blocks on and below the diagonal are computed.
///
/// Products within one part are of the rows' own type; parts are added in f64. Memory is columns² numbers, whatever the number of rows.
struct GramSum {
    let columns: Int
    private(set) var rows = 0
    /// [columns, columns]; above the diagonal's blocks zero.
    private let matrix: Tensor
    /// [columns], f64.
    let sums: Tensor

    /// Columns of one block.
    private static let block = 768
    /// Rows of one part, which are enough for fast products and few enough for single precision.
    static let part = 2048

    init(columns: Int) throws {
        self.init(
            columns: columns, rows: 0, matrix: try .zeros([columns, columns], dtype: .float64), sums: try .zeros([columns], dtype: .float64)
        )
    }

    private init(columns: Int, rows: Int, matrix: Tensor, sums: Tensor) {
        (self.columns, self.rows, self.matrix, self.sums) = (columns, rows, matrix, sums)
    }

    /// - Parameter isSingle: whether rows are in single precision.
    static func work(rows: Double, columns: Double, isSingle: Bool) -> WorkCount {
        let products = rows * columns * (columns + min(columns, Double(block))) / 2
        var work = WorkCount(moved: 2 * rows * columns, step: 8 * columns * columns)
        if isSingle { work.single = products } else { work.double = products }
        return work
    }

    /// The same sum in memory of its own.
    func copied() throws -> GramSum {
        GramSum(columns: columns, rows: rows, matrix: try matrix.copied(), sums: try sums.copied())
    }

    /// Takes the next part, [rows, columns].
    mutating func add(_ design: Tensor) throws {
        var parts = try summed(design)[...]
        try add(&parts, rows: design.shape[0])
    }

    /// What a part comes to: the blocks of its DᵀD and its sums.
    func summed(_ design: Tensor) throws -> [Tensor] {
        let transposed = try design.transposed(0, 1)
        return try Self.blocks(columns).map { own in
            try transposed.narrowed(axis: 0, from: own.lowerBound, count: own.count)
                .matmul(design.narrowed(axis: 1, from: 0, count: own.upperBound))
        } + [design.converted(to: .float64).sum(axes: [0])]
    }

    /// Takes what a part of so many rows comes to.
    mutating func add(_ parts: inout ArraySlice<Tensor>, rows count: Int) throws {
        for own in Self.blocks(columns) { try Self.view(matrix, own, 0..<own.upperBound).addInPlace(parts.next()) }
        try sums.addInPlace(parts.next())
        rows += count
    }

    /// The whole matrix, in the same memory: of the columns less their means where `isCentred`. Nothing can be added afterwards.
    func finished(isCentred: Bool) throws -> Tensor {
        let means = try sums / Double(max(1, rows))
        for own in Self.blocks(columns) {
            if isCentred {
                let part = try sums.narrowed(axis: 0, from: own.lowerBound, count: own.count).reshaped([own.count, 1])
                    .matmul(means.narrowed(axis: 0, from: 0, count: own.upperBound).reshaped([1, own.upperBound]))
                try Self.view(matrix, own, 0..<own.upperBound).addInPlace(part, scale: -1)
            }
            guard own.lowerBound > 0 else { continue }
            let below = try Self.view(matrix, own, 0..<own.lowerBound)
            try Self.view(matrix, 0..<own.lowerBound, own).copyInPlace(below.transposed(0, 1))
        }
        return matrix
    }

    private static func blocks(_ count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: block).map { $0..<min(count, $0 + block) }
    }

    private static func view(_ matrix: Tensor, _ rows: Range<Int>, _ columns: Range<Int>) throws -> Tensor {
        try matrix.narrowed(axis: 0, from: rows.lowerBound, count: rows.count)
            .narrowed(axis: 1, from: columns.lowerBound, count: columns.count)
    }
}
