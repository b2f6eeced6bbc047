import Networks
import Tensors

/// Fits a network to the teacher by the rule of the recipe.
struct RefinementStep: FusionStep {
    let settings: Settings
    let parents: ParentSet
    private let knownShares: [[Double]]?
    private let source: (any InputSource)?
    private let seed: UInt64
    private let knownAnswers: [AnswerStatistics?]

    init(parents: ParentSet, _ context: FusionContext) throws {
        settings = context.settings
        self.parents = parents
        knownShares = context.classShares
        source = context.inputs
        seed = context.seed
        knownAnswers = context.answers
        if isOn, source == nil { throw FusionError.noSamples(method: "refinement") }
    }

    /// A network after a refinement.
    struct Refined {
        var network: Network
        var note: String
        /// The fit of the output layer, where only that was fitted.
        var head: ReconstructionDiagnostics.Head?
        /// The divergence before the first step and after each.
        var losses: [Double] = []
    }

    var isOn: Bool { settings[Refinement.rule] != .none }
    /// Whether all layers are trained by gradient descent.
    var distils: Bool { [.distillation, .automatic].contains(settings[Refinement.rule]) }

    /// The teacher and the inputs of a refinement. A reconstruction has made the same inputs of the samples, and has asked the parents about most of them.
    func context(of outcome: FusionOutcome, control: FusionControl) throws -> DistillationContext {
        if let made = outcome.diagnostics[DistillationContext.self] { return made }
        guard let source else { throw FusionError.noSamples(method: "refinement") }
        let inputs = try ExpandedInputs(
            source, samples: settings[settings.has(Refinement.samples) ? Refinement.samples : Interpolation.samples], settings, seed: seed,
            parents: parents)
        return DistillationContext(
            teacher: try ClassPriorWeighting(settings).teacher(of: parents, known: knownShares, on: inputs, control: control),
            inputs: inputs)
    }

    /// The outcome with its network refined, and notes of what that did.
    func applied(to outcome: FusionOutcome, control: FusionControl) throws -> FusionOutcome {
        guard isOn else { return outcome }
        let context = try context(of: outcome, control: control)
        return try noting(refined(outcome.network, context, control: control), in: outcome, context, control: control)
    }

    /// A network refined by the recipe's rule.
    ///
    /// - Parameter judge: how far a network is from the teacher on held-out samples, where there are any.
    func refined(
        _ network: Network, _ context: DistillationContext, judge: ((Network) throws -> Double)? = nil, control: FusionControl
    ) throws -> Refined {
        let (teacher, inputs) = (context.teacher, context.inputs)
        switch settings[Refinement.rule] {
        case .none: return Refined(network: network, note: "")
        case .head, .headDivergence:
            let fit = HeadFit(
                teacher: teacher, inputs: inputs, temperature: Reconstruction.targetTemperature,
                divergence: settings[Refinement.rule] == .head ? nil : HeadDivergence())
            let solved = try fit.fitted(network, control: control)
            return Refined(network: solved.network, note: solved.diagnostics.note, head: solved.diagnostics)
        case .gaussNewton:
            let refined = try GaussNewton(teacher: teacher, inputs: inputs, steps: settings[Refinement.steps]).refined(
                network, control: control)
            return Refined(network: refined.network, note: refined.diagnostics.note, losses: refined.diagnostics.losses)
        case .distillation, .automatic:
            var distillation = distillation(context)
            distillation.judge = judge
            let refined = try distillation.refined(network, control: control)
            return Refined(network: refined.network, note: refined.diagnostics.note, losses: refined.diagnostics.losses)
        }
    }

    func distillation(_ context: DistillationContext) -> Distillation {
        Distillation(
            teacher: context.teacher, inputs: context.inputs, updates: settings[Refinement.updates], rate: settings[Refinement.rate])
    }

    /// The outcome with a refined network in the place of its own.
    func noting(
        _ refined: Refined, in outcome: FusionOutcome, _ context: DistillationContext, control: FusionControl
    ) throws -> FusionOutcome {
        let (teacher, inputs) = (context.teacher, context.inputs)
        var outcome = outcome, diagnostics = outcome.reconstruction ?? ReconstructionDiagnostics()
        // A method that has a teacher itself has warned already.
        if outcome.diagnostics[DistillationContext.self] == nil {
            outcome.warn(try teacher.warnings(on: inputs, known: knownAnswers, control: control))
        }
        let before = try teacher.agreement(of: outcome.network, on: inputs, control: control)
        let after = try teacher.agreement(of: refined.network, on: inputs, control: control)
        diagnostics.agreement = after
        diagnostics.classShares = teacher.priors
        diagnostics.head = refined.head ?? diagnostics.head
        diagnostics.refinement = refined.losses
        if diagnostics.parentAgreement.isEmpty { diagnostics.parentAgreement = try teacher.agreement(control: control, on: inputs) }
        outcome.notes += [
            refined.note,
            "refinement changed the fused network from \(percent(before)) to \(percent(after)) \(teacher.agreementTitle) on the \(inputs.samples) samples",
        ]
        outcome.network = refined.network
        outcome.reconstruction = diagnostics
        return outcome
    }
}

func percent(_ share: Double) -> String { "\(Double(Int((share * 1000).rounded())) / 10) %" }

extension ParentSet {
    /// Inputs without which some layer over rows would have fewer of them than columns to rank: twice the columns of all parents.
    var rowsNeeded: Int {
        var columns = 0
        for node in referenceNetwork.architecture.nodes where FitUnit.isLinear(node) && node.layer is Linear {
            guard let weight = node.parameterName("weight"), let source = node.sources.first, source != Architecture.input,
                referenceNetwork.trace.layers.first(where: { $0.id == source })?.outputShape.count == 1,
                let layout = groups.selectableLayouts(of: weight)[1], layout.parts.contains(where: { groups[$0.group]?.role == .hidden })
            else { continue }
            let own = networks.indices.map { networks[$0].parameters[name(of: weight, in: $0)]?.shape.last ?? 0 }
            // Blocks of positions are rows where neurons are ranked, and columns where the layer is fitted.
            columns = max(columns, layout.parts.contains { $0.block > 1 } ? own.max() ?? 0 : own.reduce(0, +))
        }
        return 2 * columns
    }
}

extension Teacher {
    /// What ``agreement(of:on:control:)`` measures, in words.
    var agreementTitle: String {
        rule == .outputs ? "of the variance of its parents' mean output (R²)" : "agreement with the teacher"
    }

    /// The share of the samples for which a network names the teacher's class; for raw outputs, the share of the variance of the teacher's that it explains.
    func agreement(of network: Network, on inputs: ExpandedInputs, control: FusionControl) throws -> Double {
        guard rule != .outputs else {
            return try explained(on: inputs, control: control) { (batch, _) in
                [try network.logits(inputs.inputs(ofBatch: batch), [:])]
            }[0]
        }
        var alike = 0.0
        try control.divided(inputs.sampleBatches) { (batch) in
            [try network.logits(inputs.inputs(ofBatch: batch), [:])]
        } use: { (batch, found) in
            let answers = try logits(ofBatch: batch, of: inputs)
            alike += try found[0].largestIndex(axis: 1).equals(largest(answers)).sum().item()
        }
        return alike / Double(inputs.samples)
    }

    /// The same, where the way through the network has been gone but for its last layers.
    func agreement(on walk: FusedWalk, control: FusionControl) throws -> Double {
        guard rule != .outputs else { return try agreement(of: walk.network, on: walk.inputs, control: control) }
        var alike = 0.0
        let node = walk.network.logitNode.id
        try control.divided(walk.inputs.sampleBatches) { (batch) in
            [try walk.value(of: node, batch: batch)]
        } use: { (batch, found) in
            let answers = try logits(ofBatch: batch, of: walk.inputs)
            alike += try found[0].reshaped([found[0].shape[0], -1]).largestIndex(axis: 1).equals(largest(answers)).sum().item()
        }
        return alike / Double(walk.inputs.samples)
    }
}

extension ReconstructionDiagnostics.Layer {
    var note: String {
        let some = available.map { " out of \($0)" } ?? ""
        let open =
            LeastSquaresChoice.isWide(inputs: inputs, rows: rows)
            ? "; rows are fewer than inputs: what they leave open stays as the neurons' own weights have it" : ""
        return
            "\(names.joined(separator: " + ")): fitted on \(rows) rows\(some) for \(inputs) inputs, residual \(percent(residual)) of the variance\(open)"
    }
}

extension ReconstructionDiagnostics.Head {
    var note: String {
        "output layer: least squares on \(rows) inputs with \(self.inputs) features, regularised towards the parents' weighted logits (ridge \(HyperparameterValue.real(chosen))); leave-one-out error \(percent(errors.min() ?? 0)) of the target's variance\(newton)"
    }

    private var newton: String {
        guard let divergences, let first = divergences.first, let last = divergences.last else { return "" }
        return
            "; \(divergences.count - 1) Newton steps changed its divergence from the teacher from \(HyperparameterValue.real(first)) to \(HyperparameterValue.real(last))"
    }
}

extension GaussNewton.Diagnostics {
    var note: String {
        "\(lengths.count) Gauss–Newton steps changed the divergence from the teacher from \(HyperparameterValue.real(losses.first ?? 0)) to \(HyperparameterValue.real(losses.last ?? 0))"
    }
}
