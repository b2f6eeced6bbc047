import Tensors

/// Sums over rows of outputs, for their variance.
struct OutputMoments {
    private var sum: [Double] = []
    private var squares = 0.0
    private var rows = 0

    /// - Parameter outputs: [batch, outputs].
    mutating func add(_ outputs: Tensor) throws {
        let own = try outputs.converted(to: .float64).sum(axes: [0]).array(of: Double.self)
        sum = sum.isEmpty ? own : zip(sum, own).map(+)
        squares += try outputs.converted(to: .float64).squared().sum().item()
        rows += outputs.shape[0]
    }

    /// The share of the variance that these squared errors leave explained: R², at least −9.99, and 0 where nothing varies.
    func explained(leaving errors: Double) -> Double {
        let variance = squares - sum.reduce(0) { $0 + $1 * $1 } / Double(max(1, rows))
        guard errors.isFinite else { return -9.99 }
        return variance > 0 ? max(-9.99, 1 - errors / variance) : errors == 0 ? 1 : 0
    }
}
