import Fusion
import Screen

extension Model {
    /// The demands on the shown layer.
    var edits: PlanEdits.Group { group.map { recipe.edits[$0.name] } ?? PlanEdits.Group() }

    // MARK: Undo and redo

    /// Takes the last change back or makes it again: of the recipe with its edits, on screen 5 of the settings.
    mutating func travel(back: Bool, now: Double) -> [Effect] {
        let before = recipe
        let words =
            switch screen {
            case .train: back ? train.history.undo() : train.history.redo()
            default: back ? history.undo() : history.redo()
            }
        guard let words else {
            status = Status(level: .info, text: back ? "Nothing to undo" : "Nothing to redo")
            return []
        }
        status = Status(level: .info, text: "\(back ? "Undone" : "Done again"): \(words)")
        return screen == .train ? [] : follow(before)
    }

    // MARK: Pairs

    /// A pair of neurons by its name.
    func pairName(_ pairing: PlanEdits.Pairing) -> String { "\(parentLetter(pairing.parent))\(pairing.from) → F\(pairing.to)" }

    /// Why the plan under the cursor cannot be edited, nil where it can.
    private func editRefusal(_ coupling: CouplingSnapshot) -> String? {
        if recipe.method.editableKeys.isEmpty {
            let others = Methods.all.filter { !$0.editableKeys.isEmpty }.map(\.title).joined(separator: ", ")
            return
                "The method \(recipe.method.title) makes its plan and its weights in one go; \(others) on screen 4 has a plan that can be edited"
        }
        if coupling.isIdentity {
            return
                "Parent \(parentLetter(coupling.parent)) keeps its order here, so nothing is matched; p shows another parent, < > another layer"
        }
        return nil
    }

    /// Demands, or no longer, that the two neurons under the cursor correspond (or do not).
    mutating func demand(_ action: Action) -> [Effect] {
        guard let group, let coupling, let entry = cursorEntry else {
            status = Status(level: .info, text: canFuse ? "The plan is being made" : "No plan yet: open parents on screen 1")
            return []
        }
        if let refusal = editRefusal(coupling) {
            status = Status(level: .warn, text: refusal)
            return []
        }
        let pairing = PlanEdits.Pairing(parent: coupling.parent, from: entry.row, to: entry.column)
        let before = recipe
        var next = recipe, edits = recipe.edits[group.name]
        let words: String
        switch (action, edits.pinned.contains(pairing), edits.forbidden.contains(pairing)) {
        case (.pin, true, _):
            edits.pinned.remove(pairing)
            words = "is no longer pinned"
        case (.pin, false, _):
            // A neuron has one pinned partner on each side; the newer demand replaces the older.
            edits.pinned = edits.pinned.filter { $0.parent != pairing.parent || ($0.from != pairing.from && $0.to != pairing.to) }
            edits.pinned.insert(pairing)
            edits.forbidden.remove(pairing)
            words = "is pinned"
        case (_, _, true):
            edits.forbidden.remove(pairing)
            words = "is allowed again"
        default:
            edits.forbidden.insert(pairing)
            edits.pinned.remove(pairing)
            words = "is forbidden"
        }
        next.edits[group.name] = edits
        let sentence = "\(group.name): \(pairName(pairing)) \(words)"
        history.record(next, sentence)
        status = Status(level: .ok, text: "\(sentence) · u undoes, E lists")
        return follow(before)
    }

    // MARK: One layer alone

    /// The layer that the form is for alone; nil while it is for all.
    var ownGroup: GroupSummary? {
        guard fuse.isForGroup, !recipe.method.editableKeys.isEmpty, let group, group.role == .hidden else { return nil }
        return group
    }

    /// What the form shows and changes.
    var formSettings: Settings { ownGroup.map { recipe.settings(of: $0.name) } ?? recipe.settings }

    /// Fused neurons of the layer that the form is for.
    var ownNeurons: Int? {
        ownGroup.flatMap { recipe.edits[$0.name].neurons ?? plans[$0.name]?.picture.couplings.first?.plan.columns ?? $0.neurons.last }
    }

    /// Stands before what is said of a change.
    var prefixOfOwn: String { ownGroup.map { "\($0.name): " } ?? "" }

    mutating func toggleOwnGroup() -> [Effect] {
        let selected = field
        if ownGroup == nil {
            guard !recipe.method.editableKeys.isEmpty, let group, group.role == .hidden else {
                let reason =
                    recipe.method.editableKeys.isEmpty
                    ? "\(recipe.method.title) treats all layers alike; optimal transport does not have to"
                    : "Classes keep their numbers: < > chooses a hidden layer"
                status = Status(level: .warn, text: group == nil ? "No layers yet: open parents on screen 1" : reason)
                return []
            }
            fuse.isForGroup = true
        } else {
            fuse.isForGroup = false
        }
        fuse.field = selected.flatMap { formFields.firstIndex(of: $0) } ?? 0
        status = Status(
            level: .info,
            text: ownGroup.map { "Changes are for \($0.name) alone, d takes one back; o returns to all layers" }
                ?? "Changes are for all layers")
        return []
    }

    // MARK: The list

    mutating func showEdits() -> [Effect] {
        guard !recipe.edits.isEmpty else {
            status = Status(level: .info, text: "No edits: m and M on screen 2 pin and forbid pairs, o on screen 4 changes one layer alone")
            return []
        }
        overlay = .edits(selected: 0)
        return []
    }

    mutating func performInEdits(_ action: Action, _ selected: Int) -> [Effect]? {
        let lines = recipe.edits.lines
        switch action {
        case .up: overlay = .edits(selected: max(0, selected - 1))
        case .down: overlay = .edits(selected: max(0, min(lines.count - 1, selected + 1)))
        case .open:
            guard lines.indices.contains(selected) else { return [] }
            overlay = nil
            return go(to: lines[selected])
        case .removeEdit:
            guard lines.indices.contains(selected) else { return [] }
            let before = recipe
            var next = recipe
            next.edits.remove(lines[selected])
            history.record(next, "\(words(lines[selected])) is taken back")
            status = Status(level: .ok, text: "\(words(lines[selected])) is taken back; u undoes that")
            overlay = next.edits.isEmpty ? nil : .edits(selected: min(selected, next.edits.lines.count - 1))
            return follow(before)
        case .back: overlay = nil
        default: return nil
        }
        return []
    }

    /// An edit in words.
    func words(_ line: EditLine) -> String {
        switch line.kind {
        case .pinned(let pairing): "\(line.group): \(pairName(pairing)) pinned"
        case .forbidden(let pairing): "\(line.group): \(pairName(pairing)) forbidden"
        case .value(let key, let value): "\(line.group): \(recipe.method.hyperparameter(key)?.title ?? key) \(value)"
        case .neurons(let count): "\(line.group): \(count) neurons"
        }
    }

    /// Shows what an edit is about: its pair in the plan, or its field in the form.
    private mutating func go(to line: EditLine) -> [Effect] {
        guard let index = groups.firstIndex(where: { $0.name == line.group }) else { return [] }
        let effects = index == selectedGroup ? [] : selectGroup(index)
        guard let pairing = line.pairing else {
            screen = .fuse
            focus[.fuse] = .form
            fuse.isForGroup = true
            fuse.field =
                formFields.firstIndex { field in
                    switch (field, line.kind) {
                    case (.hyperparameter(let hyperparameter), .value(let key, _)): hyperparameter.key == key
                    case (.neurons, .neurons): true
                    default: false
                    }
                } ?? 0
            status = Status(level: .info, text: "Changes are for \(line.group) alone, d takes one back; o returns to all layers")
            return effects
        }
        screen = .align
        align.look = .plan
        align.parent = pairing.parent
        place(row: pairing.from, column: pairing.to)
        clampCursor()
        status = Status(level: .info, text: announcement)
        return effects
    }
}
