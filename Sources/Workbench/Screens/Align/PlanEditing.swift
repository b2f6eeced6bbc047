import Fusion
import Provenance
import Screen

extension Model {
    /// The constraints and values of the shown layer.
    var edits: PlanEdits.Group { group.map { recipe.edits[$0.name] } ?? PlanEdits.Group() }

    // MARK: Pairs

    /// A pair of neurons by its name.
    func pairName(_ pairing: PlanEdits.Pairing) -> String { "\(letter(pairing.parent))\(pairing.from) → \(Letters.fused)\(pairing.to)" }

    /// Why the plan under the cursor cannot be edited, nil where it can.
    private func editRefusal(_ coupling: CouplingSnapshot) -> String? {
        if recipe.method.editableKeys.isEmpty {
            let others = Methods.all.filter { !$0.editableKeys.isEmpty }.map(\.title).joined(separator: ", ")
            return "Pins are not supported by \(recipe.method.title); choose \(others) on screen 4"
        }
        return coupling.isIdentity
            ? "Parent \(letter(coupling.parent)) keeps its order here, so nothing is matched; p shows another parent, < > another layer"
            : nil
    }

    /// Pins or forbids the pair under the cursor, or removes that constraint.
    mutating func constrain(_ action: Action) -> [Effect] {
        guard let group, let coupling, let entry = cursorEntry else {
            inform(noPlanReason)
            return []
        }
        if let refusal = editRefusal(coupling) {
            warn(refusal)
            return []
        }
        let pairing = PlanEdits.Pairing(parent: coupling.parent, from: entry.row, to: entry.column), before = recipe
        var next = recipe, edits = recipe.edits[group.name]
        let words: String
        switch (action, edits.pinned.contains(pairing), edits.forbidden.contains(pairing)) {
        case (.pin, true, _):
            edits.pinned.remove(pairing)
            words = "unpinned"
        case (.pin, false, _):
            // A neuron has one pinned partner on each side; the newer pin replaces the older.
            edits.pinned = edits.pinned.filter { $0.parent != pairing.parent || ($0.from != pairing.from && $0.to != pairing.to) }
            edits.pinned.insert(pairing)
            edits.forbidden.remove(pairing)
            words = "pinned"
        case (_, _, true):
            edits.forbidden.remove(pairing)
            words = "allowed again"
        default:
            edits.forbidden.insert(pairing)
            edits.pinned.remove(pairing)
            words = "forbidden"
        }
        next.edits[group.name] = edits
        let sentence = "\(group.name): \(pairName(pairing)) \(words)"
        history.record(next, sentence)
        confirm("\(sentence) · u undoes, E lists all edits")
        return follow(before)
    }

    // MARK: One layer alone

    /// The layer that the form is for alone; nil while it is for all.
    var ownGroup: GroupSummary? {
        guard fuse.isForGroup, !recipe.method.editableKeys.isEmpty, let group, group.role == .hidden else { return nil }
        return group
    }

    /// Fused neurons of the layer that the form is for.
    var ownNeurons: Int? {
        ownGroup.flatMap { recipe.edits[$0.name].neurons ?? plans[$0.name]?.snapshot.couplings.first?.plan.columns ?? $0.neurons.last }
    }

    var ownPrefix: String { ownGroup.map { "\($0.name): " } ?? "" }
    private func ownSentence(_ name: String) -> String { "Values for \(name) only; d resets one, o returns to all layers" }

    mutating func toggleOwnGroup() {
        let selected = field(of: .recipe)
        if ownGroup == nil {
            guard let group else { return inform("No layers yet: open parents on screen 1") }
            guard !recipe.method.editableKeys.isEmpty else { return warn("\(recipe.method.title) has no per-layer hyperparameters") }
            guard group.role == .hidden else { return warn("Classes keep their order: < > selects a hidden layer") }
            fuse.isForGroup = true
        } else {
            fuse.isForGroup = false
        }
        fuse.form.selected = selected.flatMap { fields(of: .recipe).firstIndex(of: $0) } ?? 0
        inform(ownGroup.map { ownSentence($0.name) } ?? "Values for all layers")
    }

    // MARK: The list

    mutating func listEdits() {
        guard !recipe.edits.isEmpty else {
            return inform("No edits: m and M on screen 2 pin and forbid pairs, o on screen 4 sets values for one layer")
        }
        overlay = .edits(selected: 0)
    }

    mutating func removeEdit(_ selected: Int) -> [Effect] {
        let lines = recipe.edits.lines
        guard lines.indices.contains(selected) else { return [] }
        let before = recipe, words = "\(words(lines[selected])): removed"
        var next = recipe
        next.edits.remove(lines[selected])
        history.record(next, words)
        confirm("\(words) · u undoes")
        overlay = next.edits.isEmpty ? nil : .edits(selected: min(selected, next.edits.lines.count - 1))
        return follow(before)
    }

    /// An edit in words.
    func words(_ line: EditLine) -> String { "\(line.group): \(detail(line))" }

    func detail(_ line: EditLine) -> String {
        switch line.kind {
        case .pinned(let pairing): "\(pairName(pairing)) pinned"
        case .forbidden(let pairing): "\(pairName(pairing)) forbidden"
        case .value(let key, let value): "\(recipe.method.hyperparameter(key)?.title ?? key) \(value)"
        case .neurons(let count): "\(count) neurons"
        }
    }

    /// Shows an edit: its pair in the plan, or its field in the form.
    mutating func showEdit(_ selected: Int) -> [Effect] {
        let lines = recipe.edits.lines
        guard lines.indices.contains(selected), let index = groups.firstIndex(where: { $0.name == lines[selected].group }) else {
            return []
        }
        let line = lines[selected]
        overlay = nil
        let effects = index == selectedGroup ? [] : selectGroup(index)
        guard let pairing = line.pairing else {
            screen = .fuse
            focus[.fuse] = .form
            fuse.isForGroup = true
            let key = if case .value(let key, _) = line.kind { key } else { PlanEdits.neuronsKey }
            fuse.form.selected = fields(of: .recipe).firstIndex { $0.key == key } ?? 0
            inform(ownSentence(line.group))
            return effects
        }
        screen = .align
        align.view = .plan
        align.parent = pairing.parent
        place(row: pairing.from, column: pairing.to)
        clampCursor()
        inform(pairSentence)
        return effects
    }
}
