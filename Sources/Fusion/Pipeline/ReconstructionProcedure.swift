import Networks
import Tensors

/// Select, solve, account.
struct ReconstructionProcedure: FusionProcedure {
    let parents: ParentSet
    let settings: ReconstructionSettings
    let inputs: ExpandedInputs
    private let knownShares: [[Double]]?

    init(parents: ParentSet, settings: ReconstructionSettings, context: FusionContext, source: any InputSource) throws(FusionError) {
        try parents.requireTransplantable()
        self.parents = parents
        self.settings = settings
        inputs = try settings.samples.expanded(source, seed: context.seed, needed: parents.rowsNeeded)
        knownShares = context.classShares
    }

    func plan(only group: String?, control: FusionControl) throws(FusionError) -> FusionPlan {
        if let group { _ = try networks { () throws(NetworkError) in try parents.groups.named(group) } }
        let choice = try NeuronChoice(parents: parents, settings: settings).made(on: inputs, control: control)
        // One pass over the inputs chooses for all groups: none need be chosen again.
        let plan = choice.plan(of: parents)
        for group in plan.groups { control.progress?(.planned(group)) }
        return plan
    }

    func fuse(control: FusionControl) throws(FusionError) -> FusionOutcome {
        let teacher = try settings.samples.teacher(parents, known: knownShares, rule: settings.teacher, on: inputs, control: control)
        let choice = try NeuronChoice(parents: parents, settings: settings).made(on: inputs, control: control)
        let plan = choice.plan(of: parents)
        for group in plan.groups { control.progress?(.planned(group)) }
        var account = ReconstructionAccount()
        account.groups = choice.groups
        account.classShares = teacher.shares
        var network = try parents.transplanted(along: plan, scales: choice.kept.members.map(\.scale), control: control)
        let head = HeadFit.unit(of: network)
        if settings.hidden == .refit {
            let fit = LayerFit(
                parents: parents, teacher: teacher, inputs: inputs, mixtures: try NeuronMixtures(plan, parents: parents),
                rows: settings.rows, ridge: settings.ridge)
            let steps = FitStep.all(of: network).filter { !$0.givesClasses || (head == nil && settings.head != .transplant) }
            network = try fit.refitted(network, steps: steps, account: &account, control: control)
        }
        if head != nil, settings.head != .transplant {
            let fit = HeadFit(
                teacher: teacher, inputs: inputs, temperature: settings.temperature,
                divergence: settings.head == .divergence ? HeadDivergence() : nil)
            let solved = try fit.fitted(network, control: control)
            network = solved.network
            account.head = solved.account
        }
        account.agreement = try teacher.agreement(of: network, on: inputs, control: control)
        account.parentAgreement = try teacher.agreement(control: control, on: inputs)
        var outcome = FusionOutcome(
            network: network, plan: plan, notes: try notes(account, teacher, control: control), reconstruction: account)
        outcome.lesson = (teacher, inputs)
        return outcome
    }

    private func notes(_ account: ReconstructionAccount, _ teacher: Teacher, control: FusionControl) throws(FusionError) -> [String] {
        var notes = [
            "\(inputs.samples) samples of \(inputs.source.name) made into \(inputs.count) inputs\(inputs.jitter == .none ? "" : ", half of the further ones moved about")"
        ]
        if teacher.rule != .outputs { notes.append(settings.samples.shares.note(isKnown: knownShares != nil, parents: parents.count)) }
        notes += try teacher.warnings(on: inputs, control: control)
        for group in account.groups {
            let origins = zip(group.kept, group.parentNeurons).enumerated().map {
                "\($1.0.count) of \($1.1) from \(FusionError.letter($0))"
            }.joined(separator: ", ")
            notes.append(
                "\(group.name): \(origins); a linear map of them leaves \(percent(group.error)) of all\(group.idle > 0 ? "; \(group.idle) add nothing to the others" : "")"
            )
        }
        notes += account.layers.map(\.note)
        let kept = parents.referenceNetwork.architecture.nodes.filter { ($0.layer as? Convolution).map { $0.groups > 1 } ?? false }.map(
            \.id)
        if !kept.isEmpty {
            notes.append("\(kept.joined(separator: ", ")): convolutions in groups are kept as their neurons' parents have them, not fitted")
        }
        notes += LayerFit.tieNotes(parents.referenceNetwork)
        if let head = account.head { notes.append(head.note) }
        if let agreement = account.agreement {
            let parents = account.parentAgreement.enumerated().map { "\(FusionError.letter($0)) \(percent($1))" }.joined(separator: ", ")
            notes.append(
                teacher.rule == .outputs
                    ? "R² against the parents' mean output on the samples: \(percent(agreement)) (\(parents))"
                    : "agreement with the parents' joint answer on the samples: \(percent(agreement)) (\(parents))")
        }
        return notes
    }
}
