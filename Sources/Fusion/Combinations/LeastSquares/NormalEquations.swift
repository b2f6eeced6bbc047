import Tensors

/// The normal equations of a least-squares fit, added up batch by batch in f64: DᵀD, DᵀA and the squared lengths of A's columns. Each batch's
/// products are taken in the precision of its rows.
///
/// Memory is O(d² + d n) for d inputs and n targets, whatever the number of rows. With fewer rows than inputs the rows themselves are
/// kept, which is less, and the smaller matrix D Dᵀ is factorised instead.
///
/// With weights W₀ to shrink towards, what is fitted is A − D W₀, so that an answer that W₀ gives already is given back exactly.
struct NormalEquations {
    let inputs: Int
    let targets: Int
    /// W₀; nil for zeros.
    private let prior: RegressionPrior?
    /// The sum of (A + E)ᵀ D W₀ with E = A − D W₀; its symmetric part is AᵀA − EᵀE.
    private var cross: Tensor?
    /// Whether that was multiplied in single precision.
    private var isSingle = false
    private(set) var rows = 0
    private let keepsRows: Bool
    /// DᵀD on and below the diagonal, panel by panel; above it only what `solved` mirrors.
    private var gram: Tensor?
    private var products: Tensor?
    private var squares: Tensor?
    private var designs: [Tensor] = []
    private var values: [Tensor] = []

    /// - Parameters:
    ///   - expectedRows: how many rows will come.
    ///   - prior: what the weights are shrunk towards; nil for zeros.
    init(inputs: Int, targets: Int, expectedRows: Int, prior: RegressionPrior? = nil) {
        self.inputs = inputs
        self.targets = targets
        self.prior = prior
        keepsRows = expectedRows < inputs
    }

    /// Takes the next rows: design [rows, inputs] and targets [rows, targets], both f64 or both f32.
    mutating func add(_ design: Tensor, _ answers: Tensor) throws {
        rows += design.shape[0]
        var target = answers
        if let prior {
            isSingle = try design.dtype() != .float64
            let known = try prior.values(design)
            target = try answers - known
            let product = try (answers + target).transposed(0, 1).matmul(known).converted(to: .float64), before = cross
            cross = if let before { try before + product } else { product }
        }
        let earlier = squares
        let here = try target.squared().sum(axes: [0]).converted(to: .float64)
        squares = if let earlier { try earlier + here } else { here }
        if keepsRows {
            let (wide, wideTarget) = try (try design.converted(to: .float64), try target.converted(to: .float64))
            designs.append(wide)
            values.append(wideTarget)
            return
        }
        if gram == nil {
            (gram, products) = try (
                try Tensor.zeros([inputs, inputs], dtype: .float64), try Tensor.zeros([inputs, targets], dtype: .float64)
            )
        }
        let (gram, products) = (gram, products)
        if let gram {
            for panel in Self.panels(of: inputs) {
                let below = inputs - panel.lowerBound
                try Self.add(
                    design.narrowed(axis: 1, from: panel.lowerBound, count: below),
                    design.narrowed(axis: 1, from: panel.lowerBound, count: panel.count),
                    to: gram.narrowed(axis: 0, from: panel.lowerBound, count: below).narrowed(
                        axis: 1, from: panel.lowerBound, count: panel.count))
            }
        }
        if let products { try Self.add(design, target, to: products) }
    }

    /// sum += leftᵀ right.
    private static func add(_ left: Tensor, _ right: Tensor, to sum: Tensor) throws {
        if try left.dtype() == .float64 { return try sum.addProductInPlace(left.transposed(0, 1), right) }
        try sum.addInPlace(left.transposed(0, 1).matmul(right).converted(to: .float64))
    }

    /// The runs of columns that are multiplied at a time: with eight of them, little more than half of the square is computed.
    private static func panels(of inputs: Int) -> [Range<Int>] {
        let width = max(256, (inputs + 7) / 8)
        return stride(from: 0, to: inputs, by: width).map { $0..<min($0 + width, inputs) }
    }

    /// Solves for every target.
    func solved(by solver: RegressionSolver) throws -> Regression {
        let fitted = try fit(by: solver)
        guard let prior, let cross else { return fitted }
        let known = try (cross + cross.transposed(0, 1)) / 2
        return try fitted.beyond(prior, products: known + prior.products() * fitted.ridge, precision: isSingle ? 1e-6 : 1e-12)
    }

    private func fit(by solver: RegressionSolver) throws -> Regression {
        guard rows > 0, let squares else { throw FusionError.noSamples(method: "regression") }
        let lengths = try squares.array(of: Double.self)
        if keepsRows {
            let (design, target) = try (try Tensor.concatenated(designs), try Tensor.concatenated(values))
            return try solver.solveRows(design, target, squaredLengths: lengths)
        }
        guard let gram, let products else { throw FusionError.noSamples(method: "regression") }
        for panel in Self.panels(of: inputs).dropLast() {
            let below = inputs - panel.upperBound
            try gram.narrowed(axis: 0, from: panel.lowerBound, count: panel.count).narrowed(
                axis: 1, from: panel.upperBound, count: below
            )
            .copyInPlace(
                gram.narrowed(axis: 0, from: panel.upperBound, count: below).narrowed(
                    axis: 1, from: panel.lowerBound, count: panel.count
                ).transposed(0, 1))
        }
        return try solver.solve(gram: gram, products: products, squaredLengths: lengths, rows: rows)
    }

    /// Mean and variance over the rows of the values that `weights`, [inputs, neurons], give.
    func moments(of weights: Tensor) throws -> (mean: Tensor, variance: Tensor) {
        let count = Double(max(1, rows))
        if let gram {
            // The last input is the constant: its row of the Gram matrix holds the sums.
            let sums = try gram.narrowed(axis: 0, from: inputs - 1, count: 1)
            let mean = try sums.matmul(weights).reshaped([-1]) / count
            let squares = try (weights * gram.matmul(weights)).sum(axes: [0]) / count
            return (mean, try (squares - mean.squared()).clamped(from: 0, to: .infinity))
        }
        let outputs = try Tensor.concatenated(designs).matmul(weights)
        return (try outputs.mean(axes: [0]), try outputs.variance(axes: [0], unbiased: false))
    }
}
