import Tensors

/// The normal equations of a least-squares fit: DᵀD, DᵀY and the columns' sums, gathered part by part.
///
/// Memory is O(d² + d n) for d inputs and n targets whatever the number of rows. Rows may come in f32: products within ``GramSum/part`` rows are then
/// f32, and their sums f64, which is exact enough for any ridge above 1e-6 and twice as fast. The Gram matrix is centred where it lies.
struct CentredSystem: LeastSquares {
    let inputs: Int
    let targets: Int
    let hasConstant: Bool
    private(set) var rows = 0
    private var sum: GramSum
    private let products: Tensor
    private let targetSums: Tensor
    private let targetSquares: Tensor
    private var waiting: [(design: Tensor, target: Tensor)] = []
    private var waitingRows = 0
    /// Once all rows are in: DᵀD and DᵀY, of columns without their means where there is a constant.
    private var equations: (gram: Tensor, products: Tensor)?

    init(inputs: Int, targets: Int, hasConstant: Bool = true) throws {
        self.inputs = inputs
        self.targets = targets
        self.hasConstant = hasConstant
        sum = try GramSum(columns: inputs)
        products = try Tensor.zeros([inputs, targets], dtype: .float64)
        targetSums = try Tensor.zeros([targets], dtype: .float64)
        targetSquares = try Tensor.zeros([targets], dtype: .float64)
    }

    mutating func add(_ design: Tensor, _ target: Tensor) throws {
        waiting.append((design, target))
        waitingRows += design.shape[0]
        rows += design.shape[0]
        if waitingRows >= GramSum.part { try flush() }
    }

    private mutating func flush() throws {
        guard let first = waiting.first else { return }
        let design = waiting.count == 1 ? first.design : try Tensor.concatenated(waiting.map(\.design))
        let target = waiting.count == 1 ? first.target : try Tensor.concatenated(waiting.map(\.target))
        (waiting, waitingRows) = ([], 0)
        try take(summed(design, target), rows: design.shape[0])
    }

    /// DᵀD's blocks, the sums of D, DᵀY, the sums and squares of Y.
    func summed(_ design: Tensor, _ target: Tensor) throws -> [Tensor] {
        let wide = try target.converted(to: .float64)
        return try sum.summed(design) + [
            design.transposed(0, 1).matmul(target), wide.sum(axes: [0]), wide.squared().sum(axes: [0]),
        ]
    }

    mutating func add(summed: [Tensor], rows count: Int) throws {
        try take(summed, rows: count)
        rows += count
    }

    private mutating func take(_ summed: [Tensor], rows: Int) throws {
        var parts = summed[...]
        try sum.add(&parts, rows: rows)
        for total in [products, targetSums, targetSquares] { try total.addInPlace(parts.next()) }
    }

    private var count: Double { Double(max(1, rows)) }
    func inputMeans() throws -> Tensor { try sum.sums / count }
    func targetMeans() throws -> Tensor { try targetSums / count }

    /// DᵀD and DᵀY, of columns without their means where there is a constant. Nothing can be added afterwards.
    mutating func finished() throws -> (gram: Tensor, products: Tensor) {
        if let equations { return equations }
        try flush()
        if hasConstant {
            try products.addInPlace(sum.sums.reshaped([inputs, 1]).matmul(targetMeans().reshaped([1, targets])), scale: -1)
        }
        let found = (try sum.finished(isCentred: hasConstant), products)
        equations = found
        return found
    }

    /// Σ ‖y − ȳ‖² over the first so many targets.
    func targetEnergy(first: Int) throws -> Double {
        try (targetSquares - targetSums.squared() / count).narrowed(axis: 0, from: 0, count: first).sum().item()
    }

    mutating func solved(ridge: Double) throws -> LeastSquaresSolution {
        let (gram, products) = try finished()
        let weights = try Self.ridged(gram, products, ridge: ridge), image = try gram.matmul(weights)
        let constants =
            hasConstant
            ? try targetMeans() - inputMeans().reshaped([1, inputs]).matmul(weights).reshaped([targets])
            : try Tensor.zeros([targets], dtype: .float64)
        let squares = hasConstant ? try targetSquares - targetSums.squared() / count : targetSquares
        let explained = try (weights * (products * 2 - image)).sum().item(), total = try squares.sum().item()
        return LeastSquaresSolution(
            weights: weights, constants: constants, residual: total > 0 ? min(1, max(0, 1 - explained / total)) : 0, image: image)
    }

    /// - Parameter mean: of the squares of what the neurons give.
    private static func unsolvable(_ mean: Double) -> TensorError {
        .operation(
            name: "the least squares fit", failure: .linearAlgebra,
            message:
                "what the networks' neurons give on these data is too large to compute with (its mean square is \(mean)); do the data need normalising, or are there damaged values in them?"
        )
    }

    /// (G + λ I)⁻¹ P. A Gram matrix of nothing gives nothing.
    static func ridged(_ gram: Tensor, _ products: Tensor, ridge: Double) throws -> Tensor {
        let mean = try gram.diagonal().mean().item()
        guard mean.isFinite else { throw Self.unsolvable(mean) }
        guard mean > 0 else { return try products * 0 }
        var strength = ridge * mean
        // A ridge below the rounding of the matrix is raised until the factor exists.
        for _ in 0..<12 {
            do throws(TensorError) {
                let raised = try gram.copied()
                try raised.diagonal().addInPlace(strength)
                return try raised.cholesky().choleskySolved(products)
            } catch .operation(_, .linearAlgebra, _) { strength = max(strength * 10, 1e-12 * mean) } catch { throw error }
        }
        throw Self.unsolvable(mean)
    }

    func moments(of solution: LeastSquaresSolution, from first: Int, count own: Int) throws -> (mean: Tensor, variance: Tensor) {
        guard let gram = equations?.gram else { throw TensorError.unexpectedResult(name: "moments of a system that is not solved") }
        let weights = try solution.weights.narrowed(axis: 0, from: first, count: own)
        let means = try inputMeans().narrowed(axis: 0, from: first, count: own)
        let mean = try means.reshaped([1, own]).matmul(weights).reshaped([-1])
        var image =
            if own == inputs, let known = solution.image { known } else {
                try gram.narrowed(axis: 0, from: first, count: own).narrowed(axis: 1, from: first, count: own).matmul(weights)
            }
        if !hasConstant {
            // Nothing was centred: what the mean adds is taken away here.
            image = try image - means.reshaped([own, 1]).matmul(mean.reshaped([1, -1])) * count
        }
        return (mean, try ((weights * image).sum(axes: [0]) / count).clamped(from: 0, to: .infinity))
    }
}
