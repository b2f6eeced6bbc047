import Networks
import Tensors

/// Carries out a refinement on what a method has made.
struct RefinementStep: Sendable {
    private let settings: RefinementSettings
    private let parents: ParentSet
    private let knownShares: [[Double]]?
    /// What a refinement looks at; nil where there is none.
    private let inputs: ExpandedInputs?

    init(parents: ParentSet, _ context: FusionContext) throws(FusionError) {
        settings = try recipes { () throws(RecipeError) in try RefinementSettings(context.settings) }
        self.parents = parents
        knownShares = context.classShares
        guard settings.rule != .none else { inputs = nil; return }
        guard let source = context.inputs else { throw .noSamples(method: "refinement") }
        inputs = try settings.expanded(source, seed: context.seed, needed: parents.rowsNeeded)
    }

    /// The outcome with its network refined, and notes of what that did.
    func applied(to outcome: FusionOutcome, control: FusionControl) throws(FusionError) -> FusionOutcome {
        guard let own = inputs else { return outcome }
        var outcome = outcome
        // A reconstruction has made the same inputs of the samples, and has asked the parents about most of them.
        let (teacher, inputs) = if let lesson = outcome.lesson { lesson } else {
            (try settings.teacher(parents, known: knownShares, on: own, control: control), own)
        }
        var account = outcome.reconstruction ?? ReconstructionAccount()
        let before = try teacher.agreement(of: outcome.network, on: inputs, control: control)
        var network = outcome.network
        switch rule(for: network) {
        case .none: break
        case .head, .headDivergence:
            let fit = HeadFit(
                teacher: teacher, inputs: inputs, temperature: Reconstruction.targetTemperature, divergence: settings.rule == .head ? nil : HeadDivergence())
            let solved = try fit.fitted(network, control: control)
            network = solved.network
            account.head = solved.account
            outcome.notes.append(solved.account.note)
        case .gaussNewton, .automatic:
            let refined = try GaussNewton(teacher: teacher, inputs: inputs, steps: settings.steps).refined(network, control: control)
            network = refined.network
            account.refinement = refined.account.losses
            outcome.notes.append(refined.account.note)
        case .distillation:
            let refined = try Distillation(teacher: teacher, inputs: inputs, updates: settings.updates, rate: settings.rate).refined(network, control: control)
            network = refined.network
            account.refinement = refined.account.losses
            outcome.notes.append(refined.account.note)
        }
        let after = try teacher.agreement(of: network, on: inputs, control: control)
        account.agreement = after
        account.classShares = teacher.shares
        if account.parentAgreement.isEmpty { account.parentAgreement = try teacher.agreement(control: control, on: inputs) }
        outcome.notes.append("refinement took the fused network from \(percent(before)) to \(percent(after)) agreement with its parents' joint answer on the \(inputs.samples) samples")
        outcome.network = network
        outcome.reconstruction = account
        return outcome
    }

    /// Gauss–Newton needs second derivatives, which are dear, or missing, for anything but layers that read rows.
    private func rule(for network: Network) -> Refinement.Rule {
        guard settings.rule == .automatic else { return settings.rule }
        let isOfRows = network.trace.layers.allSatisfy { $0.parameters.isEmpty || $0.outputShape.count == 1 }
        return isOfRows ? .gaussNewton : .distillation
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
                  let layout = groups.selectableLayouts(of: weight)[1], layout.parts.contains(where: { groups[$0.group]?.role == .hidden }) else { continue }
            let own = networks.indices.map { networks[$0].parameters[name(of: weight, in: $0)]?.shape.last ?? 0 }
            // Blocks of positions are rows where neurons are ranked, and columns where the layer is fitted.
            columns = max(columns, layout.parts.contains { $0.block > 1 } ? own.max() ?? 0 : own.reduce(0, +))
        }
        return 2 * columns
    }
}

extension Teacher {
    /// The share of the samples for which a network names the teacher's class.
    func agreement(of network: Network, on inputs: ExpandedInputs, control: FusionControl) throws(FusionError) -> Double {
        var alike = 0.0
        try forEachSampleBatch(of: inputs, control) { (batch, answers) throws(FusionError) in
            let own = try network.logits(inputs.inputs(ofBatch: batch), [:])
            alike += try tensors { () throws(TensorError) in try own.largestIndex(axis: 1).equals(largest(answers)).sum().item() }
        }
        return alike / Double(inputs.samples)
    }

    /// The same of each parent by itself.
    func agreement(control: FusionControl, on inputs: ExpandedInputs) throws(FusionError) -> [Double] {
        var alike = parents.networks.map { _ in 0.0 }
        try forEachSampleBatch(of: inputs, control) { (_, answers) throws(FusionError) in
            try tensors { () throws(TensorError) in
                let wanted = try largest(answers)
                for (parent, own) in answers.enumerated() { alike[parent] += try own.largestIndex(axis: 1).equals(wanted).sum().item() }
            }
        }
        return alike.map { $0 / Double(inputs.samples) }
    }

    /// The class of the joint answer.
    private func largest(_ answers: [Tensor]) throws(TensorError) -> Tensor { try probabilities(answers, temperature: 1).largestIndex(axis: 1) }
}

extension Teacher {
    /// What makes the joint answer a poor one to learn from, in sentences.
    func warnings(on inputs: ExpandedInputs, control: FusionControl) throws(FusionError) -> [String] {
        var warnings: [String] = []
        let isAlone = shares[0].indices.allSatisfy { label in shares.contains { $0[label] == 1 } || shares.allSatisfy { $0[label] == 1 / Double(shares.count) } }
        if isAlone, shares.contains(where: { $0.contains(1) }) {
            warnings.append("the parents have no class in common: for each class one parent alone has the word, and nothing tells the classes of one from those of another but the sureness of each")
        }
        var lowest: Tensor?, highest: Tensor?
        try forEachSampleBatch(of: inputs, control) { (_, answers) throws(FusionError) in
            let (low, high) = (lowest, highest)
            (lowest, highest) = try tensors { () throws(TensorError) in
                let joint = try probabilities(answers, temperature: 1)
                let least = try joint.smallest(axis: 0), most = try joint.largest(axis: 0)
                return (try low.map { (before) throws(TensorError) in try -(-before).larger(-least) } ?? least, try high.map { (before) throws(TensorError) in try before.larger(most) } ?? most)
            }
        }
        if let lowest, let highest, inputs.samples > 1 {
            let spread = try tensors { () throws(TensorError) in try (highest - lowest).maximum().item() }
            if spread < 1e-6 { warnings.append("the parents' joint answer is the same for all samples: there is nothing to learn from it; are these the data that the parents were trained on?") }
        }
        return warnings
    }
}

extension ReconstructionAccount.Layer {
    var note: String { "\(names.joined(separator: " + ")): fitted on \(rows) rows for \(inputs) inputs, \(percent(residual)) of the variance left" }
}

extension ReconstructionAccount.Head {
    var note: String {
        "the last layer was solved on \(rows) inputs for \(self.inputs) columns, shrunk by \(HyperparameterValue.real(chosen)) towards the parents' weighted logits; leave-one-out error \(percent(errors.min() ?? 0)) of the target's variance\(newton)"
    }

    private var newton: String {
        guard let divergences, let first = divergences.first, let last = divergences.last else { return "" }
        return "; \(divergences.count - 1) Newton steps took its divergence from the joint answer from \(HyperparameterValue.real(first)) to \(HyperparameterValue.real(last))"
    }
}

extension GaussNewton.Account {
    var note: String {
        "\(lengths.count) Gauss–Newton steps took the divergence from the parents' joint answer from \(HyperparameterValue.real(losses.first ?? 0)) to \(HyperparameterValue.real(losses.last ?? 0))"
    }
}
