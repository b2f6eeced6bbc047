import Tensors

/// A Cholesky factorisation of a Gram matrix whose pivots are chosen while it goes on: columns of L one at a time, products of whole panels of them taken from
/// what is left (blocked right-looking form; Golub & Van Loan, 4th ed., 4.2.8).
///
/// Of the matrix only the blocks on and below the diagonal are kept up to date. Memory is that of the matrix and one panel of columns.
struct PivotedFactor {
    private let columns: Int
    /// The matrix less the panels that are done, [columns, columns]; above the diagonal's blocks stale.
    private let left: Tensor
    /// The columns of L that are not yet taken from it, [columns, panel].
    private let panel: Tensor
    private var filled = 0

    /// Columns of L that are taken away at once.
    private static let panel = 64
    /// Columns of one block of the matrix.
    private static let block = 512

    /// - Parameters:
    ///   - gram: [columns, columns], f64.
    ///   - isSingle: whether to factorise in single precision.
    init(_ gram: Tensor, isSingle: Bool = false) throws {
        let dtype = isSingle ? DType.float32 : .float64
        columns = gram.shape[0]
        left = try isSingle ? gram.converted(to: dtype) : gram.copied()
        panel = try Tensor.zeros([columns, min(Self.panel, max(1, columns))], dtype: dtype)
    }

    /// What a column leaves, as a share of the largest, that is no more than rounding.
    static func rounding(isSingle: Bool) -> Double { isSingle ? 1e-6 : 1e-11 }

    static func work(columns: Double, pivots: Double, isSingle: Bool) -> WorkCount {
        let products = columns * (columns + min(columns, Double(block))) / 2 * pivots
        var work = WorkCount(moved: columns * pivots * (Double(panel) / 2 + 6), step: (isSingle ? 12 : 16) * columns * columns)
        if isSingle { work.single = products } else { work.double = products }
        return work
    }

    /// The squares of the next column of L, whose pivot leaves `energy` of itself; these are what the others lose.
    mutating func squares(pivot: Int, energy: Double) throws -> [Double] {
        if filled == panel.shape[1] { try takeAway() }
        var column = try remaining(pivot)
        if filled > 0 {
            let before = try panel.narrowed(axis: 1, from: 0, count: filled)
            column = try column - before.matmul(before.selected(axis: 0, at: pivot))
        }
        column = try column / energy.squareRoot()
        try panel.selected(axis: 1, at: filled).copyInPlace(column)
        filled += 1
        return try column.squared().array(of: Double.self)
    }

    /// One column of what is left, out of the blocks that are up to date: its row up to the diagonal's block, its column below.
    private func remaining(_ pivot: Int) throws -> Tensor {
        let end = min(columns, (pivot / Self.block + 1) * Self.block)
        let above = try left.selected(axis: 0, at: pivot).narrowed(axis: 0, from: 0, count: end)
        guard end < columns else { return above }
        return try Tensor.concatenated([above, left.narrowed(axis: 0, from: end, count: columns - end).selected(axis: 1, at: pivot)])
    }

    private mutating func takeAway() throws {
        for begin in stride(from: 0, to: columns, by: Self.block) {
            let end = min(columns, begin + Self.block)
            let own = try -panel.narrowed(axis: 0, from: begin, count: end - begin)
            try left.narrowed(axis: 0, from: begin, count: end - begin).narrowed(axis: 1, from: 0, count: end)
                .addProductInPlace(own, panel.narrowed(axis: 0, from: 0, count: end).transposed(0, 1))
        }
        filled = 0
    }
}
