import Hyperparameters
import Networks
import Transport

/// The settings of each neuron group: the recipe's, with the group's own edits over them.
struct GroupSettings: Sendable {
    let base: Settings
    let edits: PlanEdits
    private var own: [String: Settings] = [:]

    init(_ base: Settings) {
        self.base = base
        edits = PlanEdits()
    }

    /// - Throws: where an edit names a group or a parent that does not exist, or a value that is not allowed.
    init(_ settings: Settings, edits: PlanEdits, parents: ParentSet) throws {
        base = settings
        self.edits = edits
        let count = parents.count
        for name in edits.groups {
            _ = try parents.groups.named(name)
            if let pairing = edits[name].pinned.union(edits[name].forbidden).sorted().first(where: { $0.parent >= count }) {
                throw RecipeError.value(
                    key: "\(name): parent", value: FusionError.letter(pairing.parent), allowed: "A … \(FusionError.letter(count - 1))")
            }
            var changed = settings
            for (key, value) in edits[name].values.sorted(by: { $0.key < $1.key }) { try changed.set(key, value) }
            own[name] = changed
        }
    }

    /// The same groups with other settings made of theirs.
    func mapped(_ transform: (Settings) throws -> Settings) rethrows -> GroupSettings {
        var mapped = GroupSettings(try transform(base))
        mapped.own = try own.mapValues(transform)
        return mapped
    }

    subscript(group: NeuronGroup) -> Settings { own[group.name] ?? base }

    /// All settings that some group has.
    var used: [Settings] { [base] + own.values }

    func constraints(of group: NeuronGroup, parent: Int) -> PlanConstraints { edits.constraints(group: group.name, parent: parent) }
}
