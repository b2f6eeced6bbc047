import Tensors
import Transport

/// How the normal equations of a layer are solved.
enum RegressionSolver: Sendable, Hashable {
    /// ‖D w − a‖² + λ‖w − w₀‖² with λ = `relative` · mean diagonal of DᵀD: near the answer of least distance from w₀ where there are several,
    /// and never disturbed by dead or duplicate inputs. w₀ is zero, or the ``RegressionPrior`` of the normal equations.
    case ridge(relative: Double)
    /// The least-norm answer in the span of D's singular vectors above `relative` · the largest singular value.
    case cutoff(relative: Double)
    /// The same with the cut-off of the published program, max(rows, inputs) · 1.1920929·10⁻⁷.
    case publishedCutoff

    private static let singlePrecision = 1.1920929e-07
    /// Below this part of the largest eigenvalue a double-precision Gram matrix holds only rounding.
    private static let rounding = 1e-13
    /// A relative ridge from which on D Dᵀ + λ I is factorised exactly enough.
    private static let leastFactorised = 1e-8

    /// Whether products of single-precision rows, added up in double precision, would be too rough: they are within 10⁻⁶ of the mean square
    /// of the inputs, which a ridge of a thousandth of it hides.
    var needsDoublePrecision: Bool { if case .ridge(let relative) = self { relative < 1e-3 } else { true } }

    func solve(gram: Tensor, products: Tensor, squaredLengths: [Double], rows: Int) throws -> Regression {
        let inputs = gram.shape[0]
        guard case .ridge(let relative) = self else {
            return try solveByEigenvalues(
                gram: gram, products: products, squaredLengths: squaredLengths, rows: rows, cut: relativeCut(rows, inputs))
        }
        let diagonal = try gram.diagonal().copied()
        let ridge = try diagonal.mean().item() * relative
        // The ridge stands in the matrix itself while that is factorised: a copy of it would be the largest thing in memory.
        try gram.diagonal().addInPlace(Tensor.full([inputs], max(ridge, .leastNormalMagnitude), dtype: .float64))
        let factored: Result<Tensor, TensorError>
        do throws(TensorError) { factored = .success(try gram.cholesky()) } catch { factored = .failure(error) }
        try gram.diagonal().copyInPlace(diagonal)
        let factor: Tensor
        switch factored {
        case .success(let found): factor = found
        case .failure(.operation(_, .linearAlgebra, _)):
            // The ridge is too small for the rounding of this Gram matrix.
            return try solveByEigenvalues(
                gram: gram, products: products, squaredLengths: squaredLengths, rows: rows, cut: Self.rounding.squareRoot())
        case .failure(let error): throw error
        }
        let coordinates = try factor.triangularSolved(products, upper: false)
        let weights = try factor.transposed(0, 1).triangularSolved(coordinates, upper: true)
        // A pivot no larger than the ridge belongs to an input that the ones before it already give.
        let pivots = try factor.diagonal().array(of: Double.self)
        return try Regression(
            weights: [weights], coordinates: coordinates, squaredLengths: squaredLengths, rows: rows, inputs: inputs,
            rank: pivots.count { $0 * $0 > 2 * ridge }, ridge: ridge)
    }

    private func relativeCut(_ rows: Int, _ inputs: Int) -> Double {
        switch self {
        case .cutoff(let relative): relative
        case .publishedCutoff: Double(max(rows, inputs)) * Self.singlePrecision
        case .ridge: Self.rounding.squareRoot()
        }
    }

    private func solveByEigenvalues(
        gram: Tensor, products: Tensor, squaredLengths: [Double], rows: Int, cut: Double
    ) throws -> Regression {
        let (values, vectors) = try gram.symmetricEigen()
        let kept = try Self.kept(values, cut: cut)
        let basis =
            try vectors.narrowed(axis: 1, from: kept.first, count: kept.values.count) * Tensor(kept.values.map { 1 / $0.squareRoot() })
        let coordinates = try basis.transposed(0, 1).matmul(products)
        return try Regression(
            weights: [basis, coordinates], coordinates: coordinates, squaredLengths: squaredLengths, rows: rows, inputs: gram.shape[0],
            rank: kept.values.count, ridge: 0)
    }

    /// With fewer rows than inputs: by the Cholesky factor of D Dᵀ + λ I, or its eigenvectors where λ is next to nothing.
    func solveRows(_ design: Tensor, _ target: Tensor, squaredLengths: [Double]) throws -> Regression {
        let (rows, inputs) = (design.shape[0], design.shape[1])
        if case .ridge(let relative) = self, relative >= Self.leastFactorised {
            return try solveRowsByFactor(design, target, squaredLengths: squaredLengths, relative: relative)
        }
        let small = try design.matmul(design.transposed(0, 1))
        var ridge = 0.0
        if case .ridge(let relative) = self { ridge = try small.diagonal().sum().item() / Double(inputs) * relative }
        let (values, vectors) = try small.symmetricEigen()
        let kept = try Self.kept(values, cut: relativeCut(rows, inputs))
        let basis = try vectors.narrowed(axis: 1, from: kept.first, count: kept.values.count)
        let parts = try basis.transposed(0, 1).matmul(target)
        // w = Dᵀ U (S² + λ)⁻¹ Uᵀ a, and coordinates whose inner products are aᵀ D w.
        let solved = try parts * Tensor(kept.values.map { 1 / ($0 + ridge) }, shape: [kept.values.count, 1])
        let coordinates = try parts * Tensor(kept.values.map { ($0 / ($0 + ridge)).squareRoot() }, shape: [kept.values.count, 1])
        return try Regression(
            weights: [design.transposed(0, 1), basis, solved], coordinates: coordinates, squaredLengths: squaredLengths,
            rows: rows, inputs: inputs, rank: kept.values.count, ridge: ridge)
    }

    private func solveRowsByFactor(
        _ design: Tensor, _ target: Tensor, squaredLengths: [Double], relative: Double
    ) throws -> Regression {
        let (rows, inputs) = (design.shape[0], design.shape[1])
        let small = try design.matmul(design.transposed(0, 1))
        // Inputs that are all zero have no direction to shrink: any ridge gives nothing.
        let energy = try small.diagonal().sum().item(), ridge = energy > 0 ? energy / Double(inputs) * relative : 1
        try small.diagonal().addInPlace(Tensor.full([rows], ridge, dtype: .float64))
        let factor = try small.cholesky()
        let solved = try factor.transposed(0, 1).triangularSolved(factor.triangularSolved(target, upper: false), upper: true)
        let pivots = try factor.diagonal().array(of: Double.self)
        // aᵀ D w = aᵀ K (K + λ)⁻¹ a = aᵀ (a − λ (K + λ)⁻¹ a), K = D Dᵀ.
        return try Regression(
            weights: [design.transposed(0, 1), solved], products: target.transposed(0, 1).matmul(target - solved * ridge),
            squaredLengths: squaredLengths,
            rows: rows, inputs: inputs, rank: pivots.count { $0 * $0 > 2 * ridge }, ridge: energy > 0 ? ridge : 0)
    }

    /// The eigenvalues of squares above the cut, which applies to their roots; they ascend, so what is kept is at the end.
    private static func kept(_ values: Tensor, cut: Double) throws -> (first: Int, values: [Double]) {
        let all = try values.array(of: Double.self)
        let largest = max(all.last ?? 0, 0).squareRoot()
        let first = all.firstIndex { $0 > 0 && $0.squareRoot() > cut * largest } ?? all.count
        return (first, Array(all[first...]))
    }
}

/// The answers of a least-squares fit, and the geometry of the targets that clustering works on.
struct Regression {
    /// One column for each target: how the inputs give it; [inputs, targets], f64. The product of these, and the prior.
    private let weights: [Tensor]
    private let prior: RegressionPrior?
    /// Whether what the rows leave open is as it was before the fit.
    var keepsPrior: Bool { prior != nil }
    /// The targets as the fit can represent them.
    let geometry: NeuronGeometry
    let rows: Int
    let inputs: Int
    /// Independent directions among the inputs.
    let rank: Int
    let ridge: Double

    /// - Parameter coordinates: [any, targets]; inner products of columns are those of the represented targets.
    init(
        weights: [Tensor], coordinates: Tensor, squaredLengths: [Double], rows: Int, inputs: Int, rank: Int, ridge: Double
    ) throws {
        try self.init(
            weights: weights, products: coordinates.transposed(0, 1).matmul(coordinates), squaredLengths: squaredLengths, rows: rows,
            inputs: inputs, rank: rank,
            ridge: ridge)
    }

    /// - Parameter products: [targets, targets], the inner products of the targets as represented.
    init(
        weights: [Tensor], products: Tensor, squaredLengths: [Double], rows: Int, inputs: Int, rank: Int, ridge: Double
    ) throws {
        self.weights = weights
        prior = nil
        geometry = NeuronGeometry(products: try products.array(of: Double.self), squaredLengths: squaredLengths)
        self.rows = rows
        self.inputs = inputs
        self.rank = rank
        self.ridge = ridge
    }

    private init(_ fit: Regression, beyond prior: RegressionPrior, geometry: NeuronGeometry) {
        weights = fit.weights
        self.prior = prior
        self.geometry = geometry
        rows = fit.rows
        inputs = fit.inputs
        rank = fit.rank
        ridge = fit.ridge
    }

    /// The fit of what weights known before leave over, together with these.
    ///
    /// - Parameters:
    ///   - products: [targets, targets], what the known weights add to the inner products of the represented targets.
    ///   - precision: of these, relative.
    func beyond(_ prior: RegressionPrior, products: Tensor, precision: Double) throws -> Regression {
        Regression(self, beyond: prior, geometry: geometry.adding(try products.array(of: Double.self), precision: precision))
    }
}

extension Regression {
    /// The weights of mixtures of the targets, [inputs, mixtures], for `mixing`, [targets, mixtures].
    func weights(of mixing: Tensor) throws -> Tensor {
        var product = mixing
        for factor in weights.reversed() { product = try factor.matmul(product) }
        guard let prior else { return product }
        return try product + prior.weights(of: mixing)
    }
}
