import Tensors

/// A fit of more inputs than rows, computed from the rows' inner products: W = W₀ + Dᵀ (D Dᵀ + λ I)⁻¹ (Y − D W₀), D and Y without their means where there is
/// a constant.
///
/// With W₀ = 0 this is the answer of the normal equations, at n² d in place of d³ (push-through identity). All rows are held. What they tell nothing
/// of stays as W₀ has it.
struct WideSystem: LeastSquares {
    let inputs: Int
    let targets: Int
    let hasConstant: Bool
    /// W₀, [inputs, targets], f64; nil for zeros.
    let start: Tensor?
    private(set) var rows = 0
    private var designs: [Tensor] = []
    private var answers: [Tensor] = []
    private var means: Tensor?

    /// Columns that are widened to f64 at once.
    private static let block = 1024

    init(inputs: Int, targets: Int, hasConstant: Bool, start: Tensor?) {
        self.inputs = inputs
        self.targets = targets
        self.hasConstant = hasConstant
        self.start = start
    }

    mutating func add(_ design: Tensor, _ target: Tensor) throws {
        designs.append(design)
        answers.append(try target.converted(to: .float64))
        rows += design.shape[0]
    }

    func summed(_ design: Tensor, _ target: Tensor) throws -> [Tensor] { [design, target] }

    mutating func add(summed: [Tensor], rows: Int) throws {
        var parts = summed[...]
        try add(parts.next(), parts.next())
    }

    /// The inputs' columns in blocks, f64, without their means where these are given: [rows, columns of the block].
    private func forEachBlock(
        from first: Int = 0, count: Int? = nil, centre: Tensor?, _ body: (_ columns: Tensor, _ from: Int) throws -> Void
    ) throws {
        let end = first + (count ?? inputs)
        for begin in stride(from: first, to: end, by: Self.block) {
            let length = min(Self.block, end - begin)
            var columns = try Tensor.concatenated(
                designs.map { try $0.narrowed(axis: 1, from: begin, count: length).converted(to: .float64) })
            if let centre { columns = try columns - centre.narrowed(axis: 0, from: begin, count: length) }
            try body(columns, begin)
        }
    }

    private func columnMeans() throws -> Tensor {
        var parts: [Tensor] = []
        try forEachBlock(centre: nil) { columns, _ in parts.append(try columns.mean(axes: [0])) }
        return try Tensor.concatenated(parts)
    }

    /// D Dᵀ, f64, of which one triangle is computed: from products of the values' own type within ``GramSum/part`` columns.
    private func kernel(_ centre: Tensor?) throws -> Tensor {
        var sum = try GramSum(columns: rows)
        for begin in stride(from: 0, to: inputs, by: GramSum.part) {
            let length = min(GramSum.part, inputs - begin)
            var columns = try Tensor.concatenated(designs.map { try $0.narrowed(axis: 1, from: begin, count: length) })
            if let centre { columns = try columns - centre.narrowed(axis: 0, from: begin, count: length).converted(to: columns.dtype()) }
            try sum.add(columns.transposed(0, 1))
        }
        return try sum.finished(isCentred: false)
    }

    mutating func solved(ridge: Double) throws -> LeastSquaresSolution {
        let means = try columnMeans(), centre = hasConstant ? means : nil
        self.means = means
        var target = try Tensor.concatenated(answers)
        let targetMeans = try hasConstant ? target.mean(axes: [0]) : Tensor.zeros([targets], dtype: .float64)
        target = try target - targetMeans
        let energy = try target.squared().sum().item()
        let kernel = try kernel(centre)
        if let start {
            try forEachBlock(centre: centre) { columns, begin in
                target = try target - columns.matmul(start.narrowed(axis: 0, from: begin, count: columns.shape[1]))
            }
        }
        // The trace is that of DᵀD, which has more columns: the same strength.
        let places = try CentredSystem.ridged(kernel, target, ridge: ridge * Double(rows) / Double(inputs))
        var parts: [Tensor] = []
        try forEachBlock(centre: centre) { columns, _ in parts.append(try columns.transposed(0, 1).matmul(places)) }
        var weights = try Tensor.concatenated(parts)
        if let start { weights = try weights + start }
        let constants =
            hasConstant ? try targetMeans - means.reshaped([1, inputs]).matmul(weights).reshaped([targets]) : targetMeans
        let left = try (target - kernel.matmul(places)).squared().sum().item()
        return LeastSquaresSolution(weights: weights, constants: constants, residual: energy > 0 ? min(1, max(0, left / energy)) : 0)
    }

    func moments(of solution: LeastSquaresSolution, from first: Int, count own: Int) throws -> (mean: Tensor, variance: Tensor) {
        guard let means else { throw TensorError.unexpectedResult(name: "moments of a system that is not solved") }
        let weights = try solution.weights.narrowed(axis: 0, from: first, count: own)
        let mean = try means.narrowed(axis: 0, from: first, count: own).reshaped([1, own]).matmul(weights).reshaped([-1])
        let values = try Tensor.zeros([rows, weights.shape[1]], dtype: .float64)
        try forEachBlock(from: first, count: own, centre: means) { columns, begin in
            try values.addProductInPlace(columns, weights.narrowed(axis: 0, from: begin - first, count: columns.shape[1]))
        }
        return (mean, try values.squared().mean(axes: [0]))
    }
}
