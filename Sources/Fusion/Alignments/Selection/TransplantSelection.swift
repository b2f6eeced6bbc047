import Networks

/// The strongest neurons of every group of all parents, ranked by the energy of their weights or by importance (Öz et al. 2024).
struct TransplantSelection: Alignment {
    let parents: ParentSet
    let settings: GroupSettings
    /// Where neurons are ranked by importance; nil where by the energy of their weights alone.
    let scores: GroupScores?

    init(parents: ParentSet, settings: GroupSettings, scores: GroupScores?) throws {
        try parents.requireTransplantable()
        self.parents = parents
        self.settings = settings
        self.scores = scores
    }

    var order: [NeuronGroup] { parents.groups.selectionOrder }

    /// Every group's cut may depend on the others', so all are made, whichever is wanted.
    func plan(only group: NeuronGroup?, control: FusionControl) throws -> FusionPlan {
        var selection = NeuronSelection(parents: parents, settings: settings, importance: scores, control: control)
        let graft = try selection.run(), cuts = selection.cuts
        let plan = try parents.plan(
            of: graft, edits: settings.edits,
            diagnostics: { group in
                var own = DiagnosticsSet()
                own[SelectionDiagnostics.self] = SelectionDiagnostics(
                    group: group.name, parentNeurons: parents.widths(of: group),
                    kept: parents.networks.indices.map { parent in graft.members.first { $0.parent == parent }?.kept[group.id]?.count ?? 0
                    },
                    cuts: cuts[group.id] ?? [], errors: [])
                return own
            }, seconds: selection.seconds)
        for planned in plan.groups { control.progress?(.planned(planned)) }
        return group.map { group in FusionPlan(groups: plan.groups.filter { $0.group.id == group.id }) } ?? plan
    }

    func couplings(of group: NeuronGroup, from stored: [StoredCoupling]) throws -> [Coupling] {
        stored.enumerated().map { Coupling(selected: $1, parent: $0, role: group.role) }
    }
}

extension ParentSet {
    /// Whether a layer gives the group's values, at which an importance can be read.
    func isMeasurable(_ group: Int) -> Bool { groups[group].map { !$0.scored(in: referenceNetwork).isEmpty } ?? false }
}
