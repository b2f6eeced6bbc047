import Networks
import Tensors

/// Select, solve, diagnostics.
struct ReconstructionProcedure: FusionProcedure {
    let parents: ParentSet
    let settings: Settings
    let inputs: ExpandedInputs
    private let knownShares: [[Double]]?

    init(parents: ParentSet, context: FusionContext, source: any InputSource) throws {
        try parents.requireTransplantable()
        self.parents = parents
        settings = context.settings
        inputs = try ExpandedInputs(source, settings, seed: context.seed, needed: parents.rowsNeeded)
        knownShares = context.classShares
    }

    func plan(only group: String?, control: FusionControl) throws -> FusionPlan {
        if let group { _ = try parents.groups.named(group) }
        let choice = try NeuronChoice(parents: parents, settings: settings).made(on: inputs, control: control)
        // One pass over the inputs chooses for all groups: none need be chosen again.
        let plan = choice.plan(of: parents)
        for group in plan.groups { control.progress?(.planned(group)) }
        return plan
    }

    func fuse(control: FusionControl) throws -> FusionOutcome {
        let teacher = try ClassPriorWeighting(settings).teacher(
            of: parents, known: knownShares, rule: settings[Reconstruction.teacher], on: inputs, control: control)
        let choice = try NeuronChoice(parents: parents, settings: settings).made(on: inputs, control: control)
        let plan = choice.plan(of: parents)
        for group in plan.groups { control.progress?(.planned(group)) }
        var diagnostics = ReconstructionDiagnostics()
        diagnostics.groups = choice.groups
        diagnostics.classShares = teacher.shares
        var network = try parents.transplanted(along: plan, scales: choice.kept.members.map(\.scale), control: control)
        let head = HeadFit.unit(of: network)
        if settings[Reconstruction.hidden] == .refit {
            let fit = LayerFit(
                parents: parents, teacher: teacher, inputs: inputs, mixtures: try NeuronMixtures(plan, parents: parents),
                rows: settings[Reconstruction.rows], ridge: settings[Reconstruction.ridge])
            let steps = FitStep.all(of: network).filter {
                !$0.givesClasses || (head == nil && settings[Reconstruction.head] != .transplant)
            }
            network = try fit.refitted(network, steps: steps, diagnostics: &diagnostics, control: control)
        }
        if head != nil, settings[Reconstruction.head] != .transplant {
            let fit = HeadFit(
                teacher: teacher, inputs: inputs, temperature: settings[Reconstruction.temperature],
                divergence: settings[Reconstruction.head] == .divergence ? HeadDivergence() : nil)
            let solved = try fit.fitted(network, control: control)
            network = solved.network
            diagnostics.head = solved.diagnostics
        }
        diagnostics.agreement = try teacher.agreement(of: network, on: inputs, control: control)
        diagnostics.parentAgreement = try teacher.agreement(control: control, on: inputs)
        var outcome = FusionOutcome(
            network: network, plan: plan, notes: try notes(diagnostics, teacher, control: control), reconstruction: diagnostics)
        outcome.distillationContext = (teacher, inputs)
        return outcome
    }

    private func notes(_ diagnostics: ReconstructionDiagnostics, _ teacher: Teacher, control: FusionControl) throws -> [String] {
        var notes = [
            "\(inputs.samples) samples of \(inputs.source.name) made into \(inputs.count) inputs\(inputs.augmentation == .none ? "" : ", half of the further ones moved about")"
        ]
        if teacher.rule != .outputs {
            notes.append(ClassPriorWeighting(settings).note(isKnown: knownShares != nil, parents: parents.count))
        }
        notes += try teacher.warnings(on: inputs, control: control)
        for group in diagnostics.groups {
            let origins = zip(group.kept, group.parentNeurons).enumerated().map {
                "\($1.0.count) of \($1.1) from \(FusionError.letter($0))"
            }.joined(separator: ", ")
            notes.append(
                "\(group.name): \(origins); a linear map of them leaves \(percent(group.error)) of all\(group.idle > 0 ? "; \(group.idle) add nothing to the others" : "")"
            )
        }
        notes += diagnostics.layers.map(\.note)
        let kept = parents.referenceNetwork.architecture.nodes.filter { ($0.layer as? Convolution).map { $0.groups > 1 } ?? false }.map(
            \.id)
        if !kept.isEmpty {
            notes.append("\(kept.joined(separator: ", ")): convolutions in groups are kept as their neurons' parents have them, not fitted")
        }
        notes += LayerFit.tieNotes(parents.referenceNetwork)
        if let head = diagnostics.head { notes.append(head.note) }
        if let agreement = diagnostics.agreement {
            let parents = diagnostics.parentAgreement.enumerated().map { "\(FusionError.letter($0)) \(percent($1))" }.joined(
                separator: ", ")
            notes.append(
                teacher.rule == .outputs
                    ? "R² against the parents' mean output on the samples: \(percent(agreement)) (\(parents))"
                    : "agreement with the parents' joint answer on the samples: \(percent(agreement)) (\(parents))")
        }
        return notes
    }
}
