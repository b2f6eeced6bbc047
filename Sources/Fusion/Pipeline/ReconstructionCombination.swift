import Hyperparameters
import Networks

/// Selected neurons keep their weights, then every layer is refitted to what its neurons stand for in the parents, and the output layer to the
/// teacher.
struct ReconstructionCombination: Combination {
    let parents: ParentSet
    let settings: Settings
    let inputs: ExpandedInputs
    /// Each parent's priors of every class, where they are known.
    let knownShares: [[Double]]?
    var knownAnswers: [AnswerStatistics?] = []
    let pass: SharedPass

    private var isRefitting: Bool { settings[Reconstruction.hidden] == .refit }

    /// The steps that are fitted; the output layer is one of them only where it has no fit of its own.
    func steps(of network: Network) -> [FitStep] {
        let isHeadFitted = HeadFit.unit(of: network) == nil && settings[Reconstruction.head] != .transplant
        return isRefitting ? FitStep.all(of: network).filter { !$0.givesClasses || isHeadFitted } : []
    }

    /// The rows of each step, by its target: known before the fused network is, so that one pass of the parents gives them.
    var chosenRows: [String: StepRows] {
        let growth = settings[Reconstruction.size] == .width ? settings[Reconstruction.width] : 1
        let network = parents.referenceNetwork, all = steps(of: network), kept = FusedWalk.inputsKept(at: all, of: network, growth: growth)
        func chosen(isTight: Bool) -> [StepRows] {
            all.map {
                StepRows(
                    $0, of: network, inputs: inputs, rows: settings[Reconstruction.rows], growth: growth, kept: kept[$0.target] ?? .max,
                    isTight: isTight)
            }
        }
        let loose = chosen(isTight: false), rows = TargetRows.isTooMuch(loose, parents: parents) ? chosen(isTight: true) : loose
        return Dictionary(rows.map { ($0.target, $0) }, uniquingKeysWith: { one, _ in one })
    }

    private func gathered(statistics: GroupStatistics?, control: FusionControl) throws -> ParentPass {
        let chosen = chosenRows, order = steps(of: parents.referenceNetwork).compactMap { chosen[$0.target] }
        return try ParentPass(
            parents: parents, inputs: inputs, statistics: statistics, targets: TargetRows(order, parents: parents),
            teacher: Teacher(parents: parents, shares: nil, rule: settings[Reconstruction.teacher]), features: features, control: control)
    }

    /// What a selection by itself needs of the parents.
    func selectionPass(_ control: FusionControl) throws -> ParentPass {
        guard closest.others < 1 else { return try ParentPass(parents: parents, inputs: inputs, statistics: statistics, control: control) }
        return try ParentPass(
            parents: parents, inputs: inputs, statistics: statistics,
            teacher: Teacher(parents: parents, shares: nil, rule: settings[Reconstruction.teacher]), features: features, control: control)
    }

    /// Which parent's neurons count most.
    var closest: ClosestParent { ClosestParent(parents: parents, settings: settings, inputs: inputs, knownShares: knownShares) }

    /// What the parents' output layers read, where they are fitted: as controls, or to find the closest parent.
    private var features: ParentFeatures? {
        guard settings[Controls.rule] != .none || closest.others < 1, let unit = HeadFit.unit(of: parents.referenceNetwork) else {
            return nil
        }
        return ParentFeatures(of: unit.source)
    }

    /// How neurons vary together, nothing of which is gathered yet.
    var statistics: GroupStatistics {
        GroupStatistics(parents: parents, inputs: inputs, settings: settings)
    }

    func prepare(control: FusionControl) throws {
        pass.put(try gathered(statistics: statistics, control: control))
    }

    func fused(along plan: FusionPlan, of parents: ParentSet, control: FusionControl) throws -> FusionOutcome {
        let pass = try pass.taken() ?? gathered(statistics: nil, control: control)
        let teacher = try ClassPriorWeighting(settings).teacher(
            of: parents, known: knownShares, rule: settings[Reconstruction.teacher], on: inputs, asked: pass.teacher, control: control)
        let selected = try SelectedNeurons(plan, parents: parents)
        var diagnostics = ReconstructionDiagnostics()
        diagnostics.groups = plan.groups.compactMap { $0.diagnostics[ReconstructionDiagnostics.Group.self] }
        diagnostics.classShares = teacher.priors
        let start = try selected.ordered(parents.transplanted(selected.graft, scales: selected.scales, control: control))
        let walk = FusedWalk(start, inputs: inputs)
        if isRefitting {
            let fit = LayerFit(
                parents: parents, teacher: teacher, inputs: inputs, mixtures: try NeuronMixtures(plan, parents: parents),
                rows: settings[Reconstruction.rows], ridge: settings[Reconstruction.ridge])
            var targets = pass.targets
            try fit.refitted(
                walk, steps: steps(of: start), chosen: chosenRows, targets: &targets, diagnostics: &diagnostics, control: control)
        }
        if settings[Reconstruction.head] != .transplant, let head = HeadFit.unit(of: start) {
            let fit = HeadFit(
                teacher: teacher, inputs: inputs, temperature: settings[Reconstruction.temperature],
                divergence: settings[Reconstruction.head] == .divergence ? HeadDivergence() : nil, walk: walk,
                known: try walk.shared(head.source, control: control))
            let solved = try fit.fitted(walk.network, control: control)
            walk.go(on: solved.network, changed: [head.node.id])
            diagnostics.head = solved.diagnostics
        }
        let network = walk.network
        diagnostics.agreement = try teacher.agreement(on: walk, control: control)
        diagnostics.parentAgreement = try teacher.agreement(control: control, on: inputs)
        var outcome = FusionOutcome(network: network, plan: plan, notes: try notes(diagnostics, teacher, of: parents, control: control))
        outcome.reconstruction = diagnostics
        outcome.diagnostics[DistillationContext.self] = DistillationContext(
            teacher: teacher, inputs: inputs, features: pass.features)
        return outcome
    }

    private func notes(
        _ diagnostics: ReconstructionDiagnostics, _ teacher: Teacher, of parents: ParentSet, control: FusionControl
    ) throws -> [String] {
        var notes = [inputs.note] + [inputs.limit?.note].compactMap(\.self)
        if teacher.rule != .outputs {
            notes.append(ClassPriorWeighting(settings).note(isKnown: knownShares != nil, parents: parents.count))
        }
        notes += try teacher.warnings(on: inputs, known: knownAnswers, control: control)
        if let weights = diagnostics.groups.lazy.compactMap(\.weights).first, let closest = weights.firstIndex(of: 1),
            let others = weights.min(), others < 1
        {
            notes.append(
                "neurons of \(FusionError.letter(closest)), the parent closest to the teacher on these samples, counted 1 where neurons were selected, those of the other parents \(rounded(others)): others-weight=1 counts all alike"
            )
        }
        for group in diagnostics.groups {
            let origins = zip(group.kept, group.parentNeurons).enumerated().map {
                "\($1.0.count) of \($1.1) from \(FusionError.letter($0))"
            }.joined(separator: ", ")
            let idle = group.idle > 0 ? "; \(group.idle) add nothing to the others" : ""
            notes.append("\(group.name): \(origins); reconstruction error \(percent(group.error)) of the variance\(idle)")
        }
        let asked = statistics, single = parents.groups.selectable.filter { asked.isSingle($0.id) }
        if !single.isEmpty {
            notes.append(
                "neurons of \(single.count) of \(parents.groups.selectable.count) groups were compared in single precision: precision=double compares them in double"
            )
        }
        let limited = isRefitting ? chosenRows.values.filter(\.isMemoryLimited) : []
        if let fewest = limited.map(\.images).min() {
            notes.append(
                "\(limited.count) layers were fitted on fewer inputs than there are, at least \(fewest), and more positions of each: values of more do not fit into memory"
            )
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
            ? "sequences spliced from two samples"
            : [.none, .automatic].contains(augmentation) ? "mixup" : "mixup; half of the extra ones augmented"
        return count == samples
            ? "\(samples) samples of \(source.name)" : "\(samples) samples of \(source.name) expanded to \(count) inputs (\(augmented))"
    }
}
