import Tensors

/// The eigendecomposition of what an output layer reads, from which the fits of every strength follow: of FᵀF, or of F Fᵀ where there are fewer rows than inputs.
///
/// F has N centred rows; s are the eigenvalues above rounding and V their directions, [inputs, rank].
struct HeadSpectrum {
    let means: Tensor
    let targetMeans: Tensor
    /// The energy of the centred target.
    let variance: Double
    /// The mean energy of a column of F.
    let energy: Double
    let rows: Int
    /// Whether further steps are taken in the coordinates Vᵀ W, of which there are fewer than weights.
    let isReduced: Bool
    private let prior: Tensor
    private let basis: Tensor
    private let values: [Double]
    /// Vᵀ Fᵀ (Y − F P).
    private let coordinates: Tensor

    /// Directions of less energy than this fraction of the largest are rounding.
    private static let rounding = 1e-11
    /// From so many inputs on, fewer rows are decomposed by their own products.
    private static let wide = 512
    /// Bytes of rows that are held for that.
    private static let memory = 192 << 20

    static func isWide(inputs: Int, rows: Int) -> Bool { inputs >= wide && rows < inputs && 8 * rows * inputs <= memory }

    /// - Parameters:
    ///   - system: inputs to targets and, beside them, the logits of the prior.
    ///   - priorRidge: of the fit to these logits.
    init(_ system: inout CentredSystem, classes: Int, priorRidge: Double) throws {
        let (gram, products) = try system.finished()
        let target = try products.narrowed(axis: 1, from: 0, count: classes),
            logits = try products.narrowed(axis: 1, from: classes, count: classes)
        prior = try CentredSystem.ridged(gram, logits, ridge: priorRidge)
        means = try system.inputMeans()
        targetMeans = try system.targetMeans().narrowed(axis: 0, from: 0, count: classes)
        variance = try system.targetEnergy(first: classes)
        energy = try gram.diagonal().mean().item()
        (rows, isReduced) = (system.rows, false)
        let (all, vectors) = try gram.symmetricEigen()
        let first: Int
        (values, first) = try Self.positive(all)
        basis = try vectors.narrowed(axis: 1, from: first, count: values.count)
        coordinates = try basis.transposed(0, 1).matmul(target - gram.matmul(prior))
    }

    /// - Parameters:
    ///   - features: [rows, inputs], f64; target and logits: [rows, classes].
    init(features: Tensor, target: Tensor, logits: Tensor, priorRidge: Double) throws {
        means = try features.mean(axes: [0])
        targetMeans = try target.mean(axes: [0])
        let centred = try features - means, wanted = try target - targetMeans
        variance = try wanted.squared().sum().item()
        (rows, isReduced) = (features.shape[0], true)
        let products = try centred.matmul(centred.transposed(0, 1)), total: Double = try products.diagonal().sum().item()
        energy = total / Double(max(1, features.shape[1]))
        let (all, vectors) = try products.symmetricEigen()
        let (values, first) = try Self.positive(all), roots = values.map { $0.squareRoot() }
        let left = try vectors.narrowed(axis: 1, from: first, count: values.count)
        self.values = values
        basis = try centred.transposed(0, 1).matmul(left) / Tensor(roots, shape: [1, roots.count])
        // (FᵀF + λ I)⁻¹ Fᵀ L = V (s + λ)⁻¹ √s Uᵀ L.
        let scale = try Tensor.column(roots), ridge = priorRidge * energy
        let inside = try left.transposed(0, 1).matmul(logits - logits.mean(axes: [0])) * scale
        let priorPlaces = try inside * Tensor.column(values.map { 1 / ($0 + ridge) })
        prior = try basis.matmul(priorPlaces)
        coordinates = try left.transposed(0, 1).matmul(wanted) * scale - priorPlaces * Tensor.column(values)
    }

    /// Eigenvalues above rounding, and the first of them, of ascending ones.
    private static func positive(_ all: Tensor) throws -> (values: [Double], first: Int) {
        let found = try all.array(of: Double.self), cut = rounding * max(found.last ?? 0, 0)
        let first = found.firstIndex { $0 > cut && $0 > 0 } ?? found.count
        return (Array(found[first...]), first)
    }

    func weights(strength: Double) throws -> Tensor {
        guard !values.isEmpty else { return prior }
        return try prior + basis.matmul(coordinates * Tensor.column(values.map { 1 / ($0 + strength * energy) }))
    }

    // MARK: Further steps

    /// Rows, less their means, in the coordinates of further steps.
    func reduced(_ features: Tensor) throws -> Tensor { try isReduced ? (features - means).matmul(basis) : features - means }

    /// Weights in these coordinates; they have no others where they come from ``weights(strength:)``.
    func reduced(weights: Tensor) throws -> Tensor { try isReduced ? basis.transposed(0, 1).matmul(weights) : weights }

    func expanded(weights: Tensor) throws -> Tensor { try isReduced ? basis.matmul(weights) : weights }

    /// (c FᵀF + l I)⁻¹ of the weights' gradient, and 1 / (c N + l) of the constants', in the coordinates of further steps.
    func preconditioned(_ gradient: Tensor, curvature c: Double, l: Double) throws -> Tensor {
        let inputs = gradient.shape[0] - 1
        let weights = try gradient.narrowed(axis: 0, from: 0, count: inputs),
            constants = try gradient.narrowed(axis: 0, from: inputs, count: 1)
        let inside: Tensor
        if values.isEmpty {
            inside = try weights / l
        } else if isReduced {
            inside = try weights * Tensor.column(values.map { 1 / (c * $0 + l) })
        } else {
            let along = try Tensor.column(values.map { 1 / (c * $0 + l) - 1 / l })
            inside = try weights / l + basis.matmul(basis.transposed(0, 1).matmul(weights) * along)
        }
        return try Tensor.concatenated([inside, constants / (c * Double(rows) + l)])
    }

    // MARK: Leave one out

    /// For every strength the sum over these rows and all outputs of the squared leave-one-out residuals.
    func leaveOneOut(_ features: Tensor, _ target: Tensor, strengths: [Double]) throws -> [Double] {
        let centred = try features - means, wanted = try target - targetMeans - centred.matmul(prior)
        guard !values.isEmpty else { return try [Double](repeating: wanted.squared().sum().item(), count: strengths.count) }
        let places = try centred.matmul(basis)
        let squares = try places.squared() / Tensor(values)
        var errors: [Double] = []
        for strength in strengths {
            let shrunk = values.map { 1 / ($0 + strength * energy) }
            let residual = try wanted - places.matmul(coordinates * Tensor.column(shrunk))
            let leverage = try squares.matmul(Tensor.column(zip(values, shrunk).map(*))) + 1 / Double(rows)
            // A row that alone decides a direction has no answer without it; its leverage of one is held just below.
            let left = try (leverage * -1 + 1).clamped(from: 1e-9, to: 1)
            errors.append(try (residual / left).squared().sum().item())
        }
        return errors
    }
}

extension Tensor {
    /// [values, 1], which multiplies rows.
    fileprivate static func column(_ values: [Double]) throws -> Tensor { try Tensor(values, shape: [values.count, 1]) }
}
