import Networks
import Tensors

/// Any method, and a refinement behind it.
struct RefinedProcedure: FusionProcedure {
    let base: any FusionProcedure
    let settings: RefinementSettings
    let teacher: Teacher
    let inputs: ExpandedInputs

    init(base: any FusionProcedure, settings: RefinementSettings, source: any InputSource, classShares: [[Double]]?, seed: UInt64) throws(FusionError) {
        self.base = base
        self.settings = settings
        teacher = try settings.teacher(base.parents, known: classShares)
        inputs = try settings.expanded(source, seed: seed, needed: base.parents.rowsNeeded)
    }

    var parents: ParentSet { base.parents }

    func plan(only group: String?, control: FusionControl) throws(FusionError) -> FusionPlan { try base.plan(only: group, control: control) }

    func fuse(control: FusionControl) throws(FusionError) -> FusionOutcome {
        var outcome = try base.fuse(control: control)
        var account = outcome.reconstruction ?? ReconstructionAccount()
        let before = try teacher.agreement(of: outcome.network, on: inputs, control: control)
        var network = outcome.network
        switch rule {
        case .none: break
        case .head:
            let solved = try HeadFit(teacher: teacher, inputs: inputs, temperature: Reconstruction.targetTemperature).fitted(network, control: control)
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
    private var rule: Refinement.Rule {
        guard settings.rule == .automatic else { return settings.rule }
        let isOfRows = parents.referenceNetwork.trace.layers.allSatisfy { $0.parameters.isEmpty || $0.outputShape.count == 1 }
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
        try agreements(on: inputs, control: control) { (x) throws(FusionError) in [try network.logits(x, [:])] }.first ?? 0
    }

    /// The same of each parent by itself.
    func agreement(control: FusionControl, on inputs: ExpandedInputs) throws(FusionError) -> [Double] {
        try agreements(on: inputs, control: control) { (x) throws(FusionError) in try logits(x) }
    }

    private func agreements(
        on inputs: ExpandedInputs, control: FusionControl, _ answers: (Tensor) throws(FusionError) -> [Tensor]
    ) throws(FusionError) -> [Double] {
        var alike: [Double] = []
        try inputs.forEach(first: inputs.samples, control) { (x, _) throws(FusionError) in
            let own = try answers(x), joint = try logits(x)
            let counts = try tensors { () throws(TensorError) in
                let wanted = try probabilities(joint, temperature: 1).largestIndex(axis: 1)
                var counts: [Double] = []
                for answer in own { counts.append(try answer.largestIndex(axis: 1).equals(wanted).sum().item()) }
                return counts
            }
            alike = alike.isEmpty ? counts : zip(alike, counts).map(+)
        }
        return alike.map { $0 / Double(inputs.samples) }
    }
}

extension ReconstructionAccount.Head {
    var note: String {
        "the last layer was solved on \(rows) inputs for \(self.inputs) columns, shrunk by \(HyperparameterValue.real(chosen)) towards the parents' weighted logits; leave-one-out error \(percent(errors.min() ?? 0)) of the target's variance"
    }
}

extension GaussNewton.Account {
    var note: String {
        "\(lengths.count) Gauss–Newton steps took the divergence from the parents' joint answer from \(HyperparameterValue.real(losses.first ?? 0)) to \(HyperparameterValue.real(losses.last ?? 0))"
    }
}
