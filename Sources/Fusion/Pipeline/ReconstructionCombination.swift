import Hyperparameters
import Networks

/// Selected neurons keep their weights, then every layer is refitted to what its neurons stand for in the parents, and the output layer to the
/// teacher.
struct ReconstructionCombination: Combination {
    let settings: Settings
    let inputs: ExpandedInputs
    /// Each parent's priors of every class, where they are known.
    let knownShares: [[Double]]?

    func fused(along plan: FusionPlan, of parents: ParentSet, control: FusionControl) throws -> FusionOutcome {
        let teacher = try ClassPriorWeighting(settings).teacher(
            of: parents, known: knownShares, rule: settings[Reconstruction.teacher], on: inputs, control: control)
        let selected = try SelectedNeurons(plan, parents: parents)
        var diagnostics = ReconstructionDiagnostics()
        diagnostics.groups = plan.groups.compactMap { $0.diagnostics[ReconstructionDiagnostics.Group.self] }
        diagnostics.classShares = teacher.shares
        var network = try selected.ordered(parents.transplanted(selected.graft, scales: selected.scales, control: control))
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
        var outcome = FusionOutcome(network: network, plan: plan, notes: try notes(diagnostics, teacher, of: parents, control: control))
        outcome.reconstruction = diagnostics
        outcome.diagnostics[DistillationContext.self] = DistillationContext(teacher: teacher, inputs: inputs)
        return outcome
    }

    private func notes(
        _ diagnostics: ReconstructionDiagnostics, _ teacher: Teacher, of parents: ParentSet, control: FusionControl
    ) throws -> [String] {
        var notes = [inputs.note]
        if teacher.rule != .outputs {
            notes.append(ClassPriorWeighting(settings).note(isKnown: knownShares != nil, parents: parents.count))
        }
        notes += try teacher.warnings(on: inputs, control: control)
        for group in diagnostics.groups {
            let origins = zip(group.kept, group.parentNeurons).enumerated().map {
                "\($1.0.count) of \($1.1) from \(FusionError.letter($0))"
            }.joined(separator: ", ")
            let idle = group.idle > 0 ? "; \(group.idle) add nothing to the others" : ""
            notes.append("\(group.name): \(origins); reconstruction error \(percent(group.error)) of the variance\(idle)")
        }
        notes += diagnostics.layers.map(\.note)
        let grouped = parents.referenceNetwork.architecture.nodes.filter { ($0.layer as? Convolution).map { $0.groups > 1 } ?? false }
        if !grouped.isEmpty {
            notes.append("\(grouped.map(\.id).joined(separator: ", ")): grouped convolutions keep the weights of their neurons' parents")
        }
        notes += LayerFit.tieNotes(parents.referenceNetwork)
        if let head = diagnostics.head { notes.append(head.note) }
        if let agreement = diagnostics.agreement {
            let own = diagnostics.parentAgreement.enumerated().map { "\(FusionError.letter($0)) \(percent($1))" }.joined(separator: ", ")
            notes.append(
                teacher.rule == .outputs
                    ? "R² against the parents' mean output on \(inputs.source.name): \(percent(agreement)) (\(own))"
                    : "agreement with the teacher on \(inputs.source.name): \(percent(agreement)) (\(own))")
        }
        return notes
    }
}

extension ExpandedInputs {
    /// What the inputs are made of, in a sentence.
    var note: String {
        let augmented =
            source.isOfTokens
            ? "sequences spliced from two samples" : augmentation == .none ? "mixup" : "mixup; half of the extra ones augmented"
        return count == samples
            ? "\(samples) samples of \(source.name)" : "\(samples) samples of \(source.name) expanded to \(count) inputs (\(augmented))"
    }
}
