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

    /// The work of one fit: the decomposition, leave-one-out errors of every strength, further steps.
    static func work(rows: Int, inputs: Int, classes: Int, steps: HeadDivergence?) -> WorkCount {
        let (n, d, c) = (Double(rows), Double(inputs), Double(classes)), isWide = HeadSpectrum.isWide(inputs: inputs, rows: rows)
        let places = isWide ? min(n, d) : d
        var work = isWide ? WorkCount(double: 2 * n * n * d) : GramSum.work(rows: n, columns: d, isSingle: false)
        work += .eigen(places)
        work.double += n * d * (places + c) + Double(strengths.count) * n * places * c
        work.moved += Double(strengths.count) * n * (2 * c + places)
        if let steps = steps?.affordable(rows: rows, inputs: Int(places), classes: classes) {
            work.double += steps.multiplyAdds(rows: rows, inputs: Int(places), classes: classes)
        }
        work.kept = 8 * n * (d + 3 * c)
        return work
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
        let classes = before.shape[0], spectrum = try spectrum(of: rows, inputs: before.shape[1], classes: classes, control)
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
        let places = try spectrum.reduced(weights: weights), width = places.shape[0]
        if width > 0, let divergence = newton?.affordable(rows: spectrum.rows, inputs: width, classes: classes) {
            let start = try Tensor.concatenated([places, centre.reshaped([1, classes])])
            let known = try whole(rows, spectrum, bytes: 8 * spectrum.rows * (width + classes), control)
            let answer = try divergence.solved(
                from: start, energy: spectrum.energy, rows: spectrum.rows,
                preconditioner: { try spectrum.preconditioned($0, curvature: $1, l: $2) }
            ) { (body) in
                if let known {
                    try control.check()
                    return try body(known)
                }
                try rows.forEach(control) { (_, row) in
                    guard let wanted = row.wanted else { return }
                    try body(.init(features: try spectrum.reduced(row.features), wanted: wanted))
                }
            }
            weights = try spectrum.expanded(weights: answer.values.narrowed(axis: 0, from: 0, count: width))
            centre = try answer.values.selected(axis: 0, at: width)
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
                rows: spectrum.rows, inputs: before.shape[1], divergences: losses)
        )
    }

    /// The decomposition of what the layer reads: from the rows' own products where they are fewer than its inputs.
    private func spectrum(
        of rows: ReplayedBatches<Rows>, inputs width: Int, classes: Int, _ control: FusionControl
    ) throws -> HeadSpectrum {
        guard HeadSpectrum.isWide(inputs: width, rows: inputs.count) else {
            var system = try CentredSystem(inputs: width, targets: 2 * classes)
            try rows.forEach(control) { (_, row) in
                try system.add(row.features, Tensor.concatenated([row.target, row.prior], axis: 1))
            }
            return try HeadSpectrum(&system, classes: classes, priorRidge: Self.priorRidge)
        }
        var features: [Tensor] = [], targets: [Tensor] = [], priors: [Tensor] = []
        try rows.forEach(control) { (_, row) in
            features.append(row.features)
            targets.append(row.target)
            priors.append(row.prior)
        }
        return try HeadSpectrum(
            features: .concatenated(features), target: .concatenated(targets), logits: .concatenated(priors), priorRidge: Self.priorRidge)
    }

    /// All rows in one block where they are few: a step has many products, and small ones are slow.
    private func whole(
        _ rows: ReplayedBatches<Rows>, _ spectrum: HeadSpectrum, bytes: Int, _ control: FusionControl
    ) throws -> HeadDivergence.Rows? {
        guard bytes <= Self.memory else { return nil }
        var features: [Tensor] = [], wanted: [Tensor] = []
        try rows.forEach(control) { (_, row) in
            features.append(row.features)
            if let own = row.wanted { wanted.append(own) }
        }
        guard features.count == wanted.count, !features.isEmpty else { return nil }
        return HeadDivergence.Rows(features: try spectrum.reduced(.concatenated(features)), wanted: try .concatenated(wanted))
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
