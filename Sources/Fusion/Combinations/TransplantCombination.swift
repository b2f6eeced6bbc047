import Hyperparameters
import Networks

/// Selected neurons keep their weights, with zeros between neurons of different parents; the parents' parts of the output layer are added up,
/// each times its weight (Öz et al. 2024).
struct TransplantCombination: Combination {
    let settings: Settings
    let inputs: (any InputSource)?

    func fused(along plan: FusionPlan, of parents: ParentSet, control: FusionControl) throws -> FusionOutcome {
        let addsLogits = settings[Transplantation.outputScale] == .none
        let selected = try SelectedNeurons(plan, parents: parents, addsLogits: addsLogits), scales = selected.scales
        var network = try parents.transplanted(selected.graft, scales: scales, control: control)
        var notes = try notes(plan, parents)
        let correction = LogitRescaling(parents: parents, graft: selected.graft, scales: scales)
        let factor: Double? =
            switch settings[Transplantation.logitScale] {
            case .none: nil
            case .energy: try correction.byEnergy()
            case .samples:
                try inputs.map { try correction.bySamples($0, count: settings[Transplantation.samples], fused: network, control: control) }
            }
        if let factor {
            network = try parents.transplanted(selected.graft, scales: scales.map { $0 * factor }, control: control)
            notes.append("the logits were multiplied by \(HyperparameterValue.real(factor))")
        }
        return FusionOutcome(
            network: try selected.ordered(network), plan: plan, weights: addsLogits ? nil : scales,
            notes: notes)
    }

    private func notes(_ plan: FusionPlan, _ parents: ParentSet) throws -> [String] {
        // Those of a deep network are looked up group by group; the first and the last groups show what happened.
        let selections = plan.groups.compactMap(\.selection).map(\.description), shown = 12
        var notes =
            selections.count <= shown
            ? selections
            : selections.prefix(shown / 2) + ["… and \(selections.count - shown) more groups …"] + selections.suffix(shown / 2)
        let others = plan.groups.filter { $0.group.role == .hidden && $0.neurons != $0.group.neurons }
        if !others.isEmpty {
            let list = others.prefix(4).map { "\($0.group.name) \($0.neurons) instead of \($0.group.neurons)" }.joined(separator: ", ")
            notes.append(
                "widths differ from the reference parent's: \(list)\(others.count > 4 ? " and \(others.count - 4) more" : ""); size=parent gives them exactly"
            )
        }
        notes += try ParentSimilarity.warnings(parents)
        if settings[Transplantation.score] == .importance,
            plan.groups.contains(where: { $0.group.role == .hidden && !parents.isMeasurable($0.group.id) })
        {
            notes.append(
                "importance scores are not defined inside attention: its heads and channels were ranked by the energy of their weights")
        }
        let kinds = Set(parents.referenceNetwork.trace.layers.map(\.kind))
        if kinds.contains(where: { ["layer_norm", "group_norm", "rms_norm"].contains($0) }) {
            notes.append(
                "layer normalisation averages over neurons of different parents, so the wide network is not exactly the parents' mean")
        }
        return notes
    }
}
