import Tensors

/// The normal equations of a least-squares fit with a free constant: DᵀD, DᵀY and the columns' sums, gathered batch by batch.
///
/// Memory is O(d² + d n) for d inputs and n targets whatever the number of rows. Batches may come in f32: their products are then f32, and the
/// sums f64, which is exact enough for any ridge above 1e-6 and twice as fast.
struct CentredSystem {
    let inputs: Int
    let targets: Int
    private(set) var rows = 0
    private var gram: Tensor
    private var products: Tensor
    private var inputSums: Tensor
    private var targetSums: Tensor
    private var targetSquares: Tensor

    init(inputs: Int, targets: Int) throws {
        self.inputs = inputs
        self.targets = targets
        gram = try Tensor.zeros([inputs, inputs], dtype: .float64)
        products = try Tensor.zeros([inputs, targets], dtype: .float64)
        inputSums = try Tensor.zeros([inputs], dtype: .float64)
        targetSums = try Tensor.zeros([targets], dtype: .float64)
        targetSquares = try Tensor.zeros([targets], dtype: .float64)
    }

    /// Takes the next rows: design [rows, inputs] and targets [rows, targets] of one type.
    mutating func add(_ design: Tensor, _ target: Tensor) throws {
        let transposed = try design.transposed(0, 1)
        try gram.addInPlace(transposed.matmul(design).converted(to: .float64))
        try products.addInPlace(transposed.matmul(target).converted(to: .float64))
        try inputSums.addInPlace(design.converted(to: .float64).sum(axes: [0]))
        let wide = try target.converted(to: .float64)
        try targetSums.addInPlace(wide.sum(axes: [0]))
        try targetSquares.addInPlace(wide.squared().sum(axes: [0]))
        rows += design.shape[0]
    }

    private var count: Double { Double(max(1, rows)) }
    func inputMeans() throws -> Tensor { try inputSums / count }
    func targetMeans() throws -> Tensor { try targetSums / count }

    /// DᵀD of the centred inputs.
    func centredGram() throws -> Tensor {
        let means = try inputMeans()
        return try gram - inputSums.reshaped([inputs, 1]).matmul(means.reshaped([1, inputs]))
    }

    /// DᵀY of the centred inputs and targets.
    func centredProducts() throws -> Tensor {
        try products - inputSums.reshaped([inputs, 1]).matmul(targetMeans().reshaped([1, targets]))
    }

    /// Σ ‖y − ȳ‖² over the first so many targets.
    func targetEnergy(first: Int) throws -> Double {
        try (targetSquares - targetSums.squared() / count).narrowed(axis: 0, from: 0, count: first).sum().item()
    }

    /// The answer of a fit: weights [inputs, targets], constants [targets], and the share of the targets' variance that is left.
    struct Solution {
        let weights: Tensor
        let constants: Tensor
        let residual: Double
    }

    /// argmin ‖Y − D W − 1 bᵀ‖² + λ‖W‖², λ = `ridge` · mean of diag DᵀD; without `hasConstant` b is zero.
    func solved(ridge: Double, hasConstant: Bool) throws -> Solution {
        let gram = hasConstant ? try centredGram() : self.gram, products = hasConstant ? try centredProducts() : self.products
        let weights = try Self.ridged(gram, products, ridge: ridge)
        let constants =
            hasConstant
            ? try targetMeans() - inputMeans().reshaped([1, inputs]).matmul(weights).reshaped([targets])
            : try Tensor.zeros([targets], dtype: .float64)
        let squares = hasConstant ? try targetSquares - targetSums.squared() / count : targetSquares
        let explained = try (weights * (products * 2 - gram.matmul(weights))).sum().item(), total = try squares.sum().item()
        return Solution(weights: weights, constants: constants, residual: total > 0 ? min(1, max(0, 1 - explained / total)) : 0)
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
                return try (gram + Tensor.identity(gram.shape[0], dtype: .float64) * strength).cholesky().choleskySolved(products)
            } catch .operation(_, .linearAlgebra, _) { strength = max(strength * 10, 1e-12 * mean) } catch { throw error }
        }
        throw Self.unsolvable(mean)
    }

    /// Mean and variance over the rows of what `weights` make of the inputs from `first` on; [neurons] each.
    func moments(of weights: Tensor, from first: Int) throws -> (mean: Tensor, variance: Tensor) {
        let own = weights.shape[0]
        let block = try centredGram().narrowed(axis: 0, from: first, count: own).narrowed(axis: 1, from: first, count: own)
        let mean = try inputMeans().narrowed(axis: 0, from: first, count: own).reshaped([1, own]).matmul(weights).reshaped([-1])
        return (mean, try ((weights * block.matmul(weights)).sum(axes: [0]) / count).clamped(from: 0, to: .infinity))
    }
}
