import Tensors

/// A least-squares fit whose rows come in parts: argmin ‖Y − D W − 1 bᵀ‖² + λ‖W‖², λ = ridge · the mean energy of D's columns; without a constant b
/// is zero.
protocol LeastSquares {
    /// Rows so far.
    var rows: Int { get }
    /// Takes the next rows: design [rows, inputs] and targets [rows, targets] of one type.
    mutating func add(_ design: Tensor, _ target: Tensor) throws
    /// What rows come to, which another process may have computed.
    func summed(_ design: Tensor, _ target: Tensor) throws -> [Tensor]
    /// Takes rows by what they come to. Of those that ``add(_:_:)`` took none may be waiting.
    mutating func add(summed: [Tensor], rows: Int) throws
    /// The answer; nothing can be added afterwards.
    mutating func solved(ridge: Double) throws -> LeastSquaresSolution
    /// Mean and variance over the rows of what the solution makes of `count` inputs from `first` on; [targets] each. Asked for after ``solved(ridge:)``.
    func moments(of solution: LeastSquaresSolution, from first: Int, count: Int) throws -> (mean: Tensor, variance: Tensor)
}

/// The answer of a fit: weights [inputs, targets], constants [targets], and the share of the targets' variance that is left.
struct LeastSquaresSolution {
    let weights: Tensor
    let constants: Tensor
    let residual: Double
    /// DᵀD W, where that was computed.
    var image: Tensor?
}

/// How a fit is computed: either way gives the answer of the normal equations, up to rounding, but for what rows fewer than inputs leave open.
enum LeastSquaresChoice {
    /// From so many inputs on, a fit of fewer rows is computed from the rows' inner products.
    static let wide = 1024

    static func isWide(inputs: Int, rows: Int) -> Bool { inputs >= wide && rows < inputs }

    /// - Parameters:
    ///   - rows: how many will come.
    ///   - start: weights [inputs, targets], f64, that stay where the rows tell nothing; nil for zeros. Asked for only where rows are fewer than inputs.
    static func system(
        inputs: Int, targets: Int, rows: Int, hasConstant: Bool, start: () throws -> Tensor?
    ) throws -> any LeastSquares {
        isWide(inputs: inputs, rows: rows)
            ? WideSystem(inputs: inputs, targets: targets, hasConstant: hasConstant, start: try start())
            : try CentredSystem(inputs: inputs, targets: targets, hasConstant: hasConstant)
    }
}
