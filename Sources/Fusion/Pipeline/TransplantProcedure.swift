import Networks
import Tensors
import Transport

/// Selection as the alignment, transplant as the combination.
struct TransplantProcedure: FusionProcedure {
    let parents: ParentSet
    let settings: Settings
    let inputs: (any InputSource)?
    /// Where neurons are ranked by importance; nil where by the energy of their weights.
    let scores: GroupScores?

    init(parents: ParentSet, settings: Settings, inputs: (any InputSource)?, scores: GroupScores? = nil) throws {
        try parents.requireTransplantable()
        self.parents = parents
        self.settings = settings
        self.inputs = inputs
        self.scores = scores
    }

    func plan(only group: String?, control: FusionControl) throws -> FusionPlan {
        let wanted = try group.map { try parents.groups.named($0) }
        var plan = try selected(control: control).plan
        // Every group's cut may depend on the others', so all are made and one is shown.
        if let wanted { plan.groups.removeAll { $0.group.id != wanted.id } }
        return plan
    }

    func fuse(control: FusionControl) throws -> FusionOutcome {
        let (plan, graft) = try selected(control: control)
        var scales = [Double](repeating: 0, count: parents.count)
        for member in graft.members { scales[member.parent] = member.scale }
        var network = try parents.transplanted(along: plan, scales: scales, control: control)
        var notes = try notes(plan)
        let correction = LogitScale(parents: parents, graft: graft, scales: scales)
        let factor: Double? =
            switch settings[Transplantation.logitScale] {
            case .none: nil
            case .energy: try correction.byEnergy()
            case .samples:
                try inputs.map { inputs in
                    try correction.bySamples(inputs, count: settings[Transplantation.samples], fused: network, control: control)
                }
            }
        if let factor {
            network = try parents.transplanted(along: plan, scales: scales.map { $0 * factor }, control: control)
            notes.append("the logits were multiplied by \(HyperparameterValue.real(factor))")
        }
        return FusionOutcome(
            network: network, plan: plan, weights: settings[Transplantation.outputScale] == .none ? nil : scales, notes: notes)
    }

    // MARK: Plan

    private func selected(control: FusionControl) throws -> (plan: FusionPlan, graft: Graft) {
        var selection = NeuronSelection(parents: parents, settings: settings, importance: scores, control: control)
        let graft = try selection.run()
        let plan = parents.plan(of: graft, cuts: selection.cuts, seconds: selection.seconds)
        for group in plan.groups { control.progress?(.planned(group)) }
        return (plan, graft)
    }

    // MARK: Notes

    private func notes(_ plan: FusionPlan) throws -> [String] {
        var notes: [String] = []
        // The diagnostics of a deep network are looked up group by group; the first and the last groups show what happened.
        let accounts = plan.groups.compactMap(\.selection).map(\.description), shown = 12
        notes +=
            accounts.count <= shown
            ? accounts : accounts.prefix(shown / 2) + ["… and \(accounts.count - shown) groups more …"] + accounts.suffix(shown / 2)
        let others = plan.groups.filter { $0.group.role == .hidden && $0.neurons != $0.group.neurons }
        if !others.isEmpty {
            let list = others.prefix(4).map { "\($0.group.name) \($0.neurons) instead of \($0.group.neurons)" }.joined(separator: ", ")
            notes.append(
                "widths differ from the first parent's: \(list)\(others.count > 4 ? " and \(others.count - 4) more" : ""); size=parent gives them exactly"
            )
        }
        notes += try ParentSimilarity.warnings(parents)
        let kinds = Set(parents.referenceNetwork.trace.layers.map(\.kind))
        if scores != nil, plan.groups.contains(where: { $0.group.role == .hidden && !parents.isMeasurable($0.group.id) }) {
            notes.append("importance cannot be read inside attention: its heads and channels were ranked by the energy of their weights")
        }
        if kinds.contains(where: { ["layer_norm", "group_norm", "rms_norm"].contains($0) }) {
            notes.append("layer normalisation joins neurons of different parents, so the wide network is not exactly the parents' mean")
        }
        return notes
    }
}

extension ParentSet {
    /// Whether a layer gives the group's values, at which an importance can be read.
    func isMeasurable(_ group: Int) -> Bool { groups[group].map { !$0.scored(in: referenceNetwork).isEmpty } ?? false }

    /// The couplings that a graft comes to, in the order of the network.
    func plan(
        of graft: Graft, cuts: [Int: [SelectionDiagnostics.Cut]] = [:], errors: [Int: [Double]] = [:], costs: [Int: [Matrix]] = [:],
        seconds: [Int: Double] = [:]
    ) -> FusionPlan {
        let selectable = Set(groups.selectable.map(\.id))
        return FusionPlan(
            groups: groups.all.filter { $0.role == .classes || selectable.contains($0.id) }.map { group in
                guard group.role == .hidden else {
                    return GroupPlan(
                        group: group, couplings: networks.indices.map { .identity(parent: $0, neurons: group.neurons) }, seconds: 0)
                }
                let own = networks.map { $0.groups[group.id]?.neurons ?? 0 }
                let kept = networks.indices.map { parent in graft.members.first { $0.parent == parent }?.kept[group.id] ?? [] }
                let width = graft.width(group.id)
                var couplings: [Coupling] = [], start = 0
                for parent in networks.indices {
                    let cost = costs[group.id].flatMap { $0.indices.contains(parent) ? $0[parent] : nil }
                    couplings.append(.transplanted(parent: parent, kept: kept[parent], of: own[parent], at: start, in: width, cost: cost))
                    start += kept[parent].count
                }
                let diagnostics = SelectionDiagnostics(
                    group: group.name, parentNeurons: own, kept: kept.map(\.count), cuts: cuts[group.id] ?? [],
                    errors: errors[group.id] ?? [])
                return GroupPlan(group: group, couplings: couplings, seconds: seconds[group.id] ?? 0, selection: diagnostics)
            })
    }

    /// The network that a plan of kept neurons comes to.
    func transplanted(along plan: FusionPlan, scales: [Double], control: FusionControl) throws -> Network {
        let combination = TransplantCombination(scales: scales)
        let layout = TransplantCombination.FusedLayout(plan, parents: count)
        let names = referenceNetwork.parameterNames
        var fused: [String: Tensor] = [:]
        for (index, name) in names.enumerated() {
            try control.check()
            control.progress?(.combining(parameter: name, index: index, of: names.count))
            fused[name] = try combination.fused(name, parents: self, layout: layout)
        }
        let architecture = try referenceNetwork.architecture(widths: layout.widths), parameters = fused
        return try Network(architecture, parameters: parameters)
    }
}

extension Coupling {
    /// The parent's `kept` neurons are the fused ones from `start` on.
    static func transplanted(parent: Int, kept: [Int], of neurons: Int, at start: Int, in width: Int, cost: Matrix? = nil) -> Coupling {
        let mass = 1 / Double(max(1, width))
        var source = [Double](repeating: 0, count: neurons), target = [Double](repeating: 0, count: width)
        var sources = [Int?](repeating: nil, count: width)
        var entries: [TransportPlan.Entry] = []
        for (offset, neuron) in kept.enumerated() {
            source[neuron] = mass
            target[start + offset] = mass
            sources[start + offset] = neuron
            entries.append(TransportPlan.Entry(row: neuron, column: start + offset, mass: mass))
        }
        return Coupling(
            parent: parent, plan: TransportPlan(rows: neurons, columns: width, entries: entries), source: source, target: target,
            cost: cost, map: .scattered(sources))
    }
}
