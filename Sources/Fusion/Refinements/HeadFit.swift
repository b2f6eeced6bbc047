import Networks
import Tensors

/// Fits the output layer of any network to the teacher: ridge regression towards a prior, its strength chosen by leave-one-out.
///
/// With F what the layer reads and Y the target logits, both centred, W = P + argmin ‖(Y − F P) − F D‖² + λ e ‖D‖², where P is the ridge fit of
/// the parents' weighted logits and e the mean energy of F's columns. λ is the one of 10⁻⁶ … 10² with the least Σ (r_i / (1 − h_ii))²,
/// h_ii = 1/N + Σ_j U_ij² s_j / (s_j + λ e): one eigendecomposition serves every λ and output. Newton steps on the divergence may follow.
struct HeadFit {
    let teacher: Teacher
    let inputs: ExpandedInputs
    let temperature: Double
    /// Newton steps that follow the regression, nil for none.
    var divergence: HeadDivergence?
    /// The way through the network, where it has been gone up to the last layer already.
    var walk: FusedWalk?
    /// What the layer reads on a batch of inputs, where it was kept.
    var known: ((Int) -> Tensor?)?

    /// The divergence belongs to a softmax; raw outputs are fitted by the regression alone.
    private var newton: HeadDivergence? { teacher.rule == .outputs ? nil : divergence }

    /// The prior is that of a fit that hardly shrinks.
    private static let priorRidge = 1e-4
    /// Directions of less energy than this fraction of the largest are rounding.
    private static let rounding = 1e-11
    /// Rows that are kept rather than computed again, in bytes.
    private static let memory = 64 << 20

    /// What the layer reads and should give, f64: [batch, inputs], and [batch, classes] each.
    private struct Rows {
        let features: Tensor
        let target: Tensor
        let prior: Tensor
        /// The probabilities that the divergence goes by.
        let wanted: Tensor?

        var bytes: Int { 8 * (features.count + target.count + prior.count + (wanted?.count ?? 0)) }
    }

    /// The layer that computes the logits from a vector; nil where there is none.
    static func unit(of network: Network) -> FitUnit? {
        let node = network.logitNode
        guard node.layer is Linear, network.trace.layers.first(where: { $0.id == node.id })?.outputShape.count == 1 else { return nil }
        return FitUnit(node, of: network)
    }

    /// The network with its output layer fitted; the other layers do not change.
    func fitted(_ network: Network, control: FusionControl) throws -> (network: Network, diagnostics: ReconstructionDiagnostics.Head) {
        guard let unit = Self.unit(of: network), let before = network.parameters[unit.weight] else {
            if network.tiedLayers.contains(network.logitNode.id) {
                throw FusionError.unsuitable(
                    reason:
                        "the output layer, \(network.logitNode.id), is tied to another layer and cannot be fitted separately: use refine=distillation, which trains a tied parameter once"
                )
            }
            throw FusionError.unsuitable(
                reason:
                    "the logits of these networks are not the output of a linear layer on a vector, so there is no output layer to fit"
            )
        }
        let rows = ReplayedBatches<Rows>(count: inputs.batches, budget: Self.memory, bytes: \.bytes) { (batch) in
            try self.rows(batch, network, unit)
        }
        var system = try CentredSystem(inputs: before.shape[1], targets: 2 * before.shape[0])
        try rows.forEach(control) { (_, row) in
            try system.add(row.features, Tensor.concatenated([row.target, row.prior], axis: 1))
        }
        let classes = before.shape[0]
        let spectrum = try Spectrum(&system, classes: classes, priorRidge: Self.priorRidge, rounding: Self.rounding)
        var errors = [Double](repeating: 0, count: Self.strengths.count)
        try rows.forEach(control) { (_, row) in
            let own = try spectrum.leaveOneOut(row.features, row.target, strengths: Self.strengths)
            for index in errors.indices { errors[index] += own[index] }
        }
        guard let best = errors.indices.filter({ errors[$0].isFinite }).min(by: { errors[$0] < errors[$1] }) else {
            throw FusionError.unsuitable(
                reason: "the output layer cannot be fitted: its inputs are constant, or not finite, on all samples")
        }
        var weights = try spectrum.weights(strength: Self.strengths[best])
        var centre = spectrum.targetMeans, losses: [Double]?
        if let divergence = newton?.affordable(rows: system.rows, inputs: before.shape[1], classes: classes) {
            let (start, width) = (
                try Tensor.concatenated([weights, centre.reshaped([1, classes])]), before.shape[1]
            )
            let known = try whole(rows, spectrum, bytes: 8 * system.rows * (before.shape[1] + classes), control)
            let answer = try divergence.solved(
                from: start, energy: spectrum.energy, rows: system.rows,
                preconditioner: { try spectrum.preconditioned($0, curvature: $1, l: $2, rows: system.rows) }
            ) { (body) in
                if let known {
                    try control.check()
                    return try body(known)
                }
                try rows.forEach(control) { (_, row) in
                    guard let wanted = row.wanted else { return }
                    try body(.init(features: try row.features - spectrum.means, wanted: wanted))
                }
            }
            (weights, centre) = try (
                try answer.values.narrowed(axis: 0, from: 0, count: width), try answer.values.selected(axis: 0, at: width)
            )
            losses = answer.losses
        }
        let (answer, middle) = (weights, centre)
        let constants = try middle - spectrum.means.reshaped([1, answer.shape[0]]).matmul(answer).reshaped([classes])
        let made = try unit.parameters(of: network, weights: weights, constants: constants, moments: (constants, constants))
        let solved = try network.with(parameters: network.parameters.merging(made) { $1 })
        let total = spectrum.variance
        return (
            solved,
            ReconstructionDiagnostics.Head(
                strengths: Self.strengths, errors: errors.map { total > 0 ? $0 / total : 0 }, chosen: Self.strengths[best],
                rows: system.rows,
                inputs: before.shape[1], divergences: losses)
        )
    }

    /// All rows in one block where they are few: a step has many products, and small ones are slow.
    private func whole(
        _ rows: ReplayedBatches<Rows>, _ spectrum: Spectrum, bytes: Int, _ control: FusionControl
    ) throws -> HeadDivergence.Rows? {
        guard bytes <= Self.memory else { return nil }
        var features: [Tensor] = [], wanted: [Tensor] = []
        try rows.forEach(control) { (_, row) in
            features.append(row.features)
            if let own = row.wanted { wanted.append(own) }
        }
        guard features.count == wanted.count, !features.isEmpty else { return nil }
        return HeadDivergence.Rows(
            features: try Tensor.concatenated(features) - spectrum.means, wanted: try Tensor.concatenated(wanted))
    }

    /// Half decades from 10⁻⁶ to 10².
    static let strengths: [Double] = (0...16).map { step in
        let decades = ["1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1e0", "1e1", "1e2"]
        return (Double(decades[step / 2]) ?? 1) * (step % 2 == 0 ? 1 : 10.0.squareRoot())
    }

    /// What the layer reads on a batch.
    private func read(by unit: FitUnit, of network: Network, batch: Int, _ x: Tensor?) throws -> Tensor {
        let values =
            if let walk { try walk.values(of: [unit.source], batch: batch) } else {
                try network.values(of: [unit.source], given: x.map { [Architecture.input: $0] } ?? [:])
            }
        guard let features = values[unit.source] else { throw FusionError.network(.graph(reason: "nothing has computed “\(unit.source)”")) }
        return features
    }

    private func rows(_ batch: Int, _ network: Network, _ unit: FitUnit) throws -> Rows {
        let kept = known?(batch), x = walk == nil && kept == nil ? try inputs.inputs(ofBatch: batch) : nil
        let logits = try teacher.logits(ofBatch: batch, of: inputs, x: x)
        let features = try kept ?? read(by: unit, of: network, batch: batch, x)
        return try Rows(
            features: try features.reshaped([features.shape[0], -1]).converted(to: .float64),
            target: try teacher.target(logits, temperature: temperature),
            prior: try teacher.weighted(logits),
            wanted: try newton.map { (own) in try teacher.probabilities(logits, temperature: own.temperature) })
    }
}

/// The eigendecomposition of a head's inputs, from which the fits of every strength follow.
private struct Spectrum {
    let means: Tensor
    let targetMeans: Tensor
    /// The energy of the centred target.
    let variance: Double
    private let prior: Tensor
    private let basis: Tensor
    private let values: [Double]
    /// Vᵀ Fᵀ (Y − F P).
    private let coordinates: Tensor
    /// The mean energy of a column.
    let energy: Double
    private let rows: Int

    init(_ system: inout CentredSystem, classes: Int, priorRidge: Double, rounding: Double) throws {
        let (gram, products) = try system.finished()
        let target = try products.narrowed(axis: 1, from: 0, count: classes),
            logits = try products.narrowed(axis: 1, from: classes, count: classes)
        prior = try CentredSystem.ridged(gram, logits, ridge: priorRidge)
        means = try system.inputMeans()
        targetMeans = try system.targetMeans().narrowed(axis: 0, from: 0, count: classes)
        variance = try system.targetEnergy(first: classes)
        energy = try gram.diagonal().mean().item()
        rows = system.rows
        let (all, vectors) = try gram.symmetricEigen()
        let found = try all.array(of: Double.self), cut = rounding * max(found.last ?? 0, 0)
        let first = found.firstIndex { $0 > cut && $0 > 0 } ?? found.count
        values = Array(found[first...])
        basis = try vectors.narrowed(axis: 1, from: first, count: values.count)
        coordinates = try basis.transposed(0, 1).matmul(target - gram.matmul(prior))
    }

    func weights(strength: Double) throws -> Tensor {
        guard !values.isEmpty else { return prior }
        return try prior + basis.matmul(coordinates * Tensor(values.map { 1 / ($0 + strength * energy) }, shape: [values.count, 1]))
    }

    /// (c FᵀF + l I)⁻¹ of the weights' gradient, and 1 / (c N + l) of the constants'.
    func preconditioned(_ gradient: Tensor, curvature c: Double, l: Double, rows: Int) throws -> Tensor {
        let inputs = gradient.shape[0] - 1
        let weights = try gradient.narrowed(axis: 0, from: 0, count: inputs),
            constants = try gradient.narrowed(axis: 0, from: inputs, count: 1)
        let along = try Tensor(values.map { 1 / (c * $0 + l) - 1 / l }, shape: [values.count, 1])
        let inside = try values.isEmpty ? weights / l : weights / l + basis.matmul(basis.transposed(0, 1).matmul(weights) * along)
        return try Tensor.concatenated([inside, constants / (c * Double(rows) + l)])
    }

    /// For every strength the sum over these rows and all outputs of the squared leave-one-out residuals.
    func leaveOneOut(_ features: Tensor, _ target: Tensor, strengths: [Double]) throws -> [Double] {
        let centred = try features - means, wanted = try target - targetMeans - centred.matmul(prior)
        guard !values.isEmpty else { return try [Double](repeating: wanted.squared().sum().item(), count: strengths.count) }
        let places = try centred.matmul(basis)
        let squares = try places.squared() / Tensor(values)
        var errors: [Double] = []
        for strength in strengths {
            let shrunk = values.map { 1 / ($0 + strength * energy) }
            let residual = try wanted - places.matmul(coordinates * Tensor(shrunk, shape: [values.count, 1]))
            let leverage = try squares.matmul(Tensor(zip(values, shrunk).map(*), shape: [values.count, 1])) + 1 / Double(rows)
            // A row that alone decides a direction has no answer without it; its leverage of one is held just below.
            let left = try (leverage * -1 + 1).clamped(from: 1e-9, to: 1)
            errors.append(try (residual / left).squared().sum().item())
        }
        return errors
    }
}
