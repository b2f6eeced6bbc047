import Networks
import Transport

/// The settings of each neuron group: the recipe's, with the group's own edits over them.
struct GroupChoices: Sendable {
    let base: Settings
    let edits: PlanEdits
    private var own: [String: Settings] = [:]

    init(_ base: Settings) throws {
        self.base = base
        edits = PlanEdits()
        try base.checkClipRange()
    }

    /// - Throws: where an edit names a group that is not there, or a parent.
    init(_ settings: Settings, edits: PlanEdits, groups: NeuronGroups, parents count: Int) throws {
        base = settings
        self.edits = edits
        for name in edits.groups {
            _ = try groups.named(name)
            if let pairing = edits[name].pinned.union(edits[name].forbidden).sorted().first(where: { $0.parent >= count }) {
                throw RecipeError.value(
                    key: "\(name): parent", value: FusionError.letter(pairing.parent), allowed: "A … \(FusionError.letter(count - 1))")
            }
            var changed = settings
            for (key, value) in edits[name].values.sorted(by: { $0.key < $1.key }) { try changed.set(key, value) }
            own[name] = changed
        }
        for settings in used { try settings.checkClipRange() }
    }

    subscript(group: NeuronGroup) -> Settings { own[group.name] ?? base }

    /// All settings that some group has.
    var used: [Settings] { [base] + own.values }

    func constraints(of group: NeuronGroup, parent: Int) -> PlanConstraints { edits.constraints(group: group.name, parent: parent) }
}
