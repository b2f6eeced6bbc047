import Fusion
import Screen

extension Model {
    func rows(of form: FormID) -> [Form.Row] { fields(of: form).map { row($0, in: form) } }

    func row(_ field: FormField, in form: FormID) -> Form.Row {
        switch field {
        case .method:
            let index = Methods.all.firstIndex(of: recipe.method) ?? 0
            return Form.Row(label: field.title, control: .choice(recipe.method.title, index: index, count: Methods.all.count))
        case .preset:
            return Form.Row(
                label: field.title,
                control: .choice(value(of: field, in: form), index: presetIndex(of: form) ?? 0, count: presets(of: form).ids.count))
        case .seed, .data, .evaluation: return Form.Row(label: field.title, control: .words(value(of: field, in: form)))
        case .hyperparameter(let hyperparameter):
            var row = row(hyperparameter, settings(of: form))
            guard form == .recipe else { return row }
            if let ownGroup {
                row.isChanged = recipe.edits[ownGroup.name].values[hyperparameter.key] != nil
                if row.isChanged { row.note = "\(ownGroup.name) only" }
            } else {
                let own = recipe.edits.groups.compactMap { name in recipe.edits[name].values[hyperparameter.key].map { "\(name) \($0)" } }
                if !own.isEmpty { row.note = own.joined(separator: ", ") }
            }
            return row
        case .neurons:
            let isOwn = ownGroup.map { recipe.edits[$0.name].neurons != nil } ?? false
            return Form.Row(
                label: field.title, control: .words(value(of: field, in: form)),
                note: isOwn ? "\(ownGroup?.name ?? "") only" : "as the reference parent", isChanged: isOwn)
        }
    }

    private func row(_ hyperparameter: AnyHyperparameter, _ settings: Settings) -> Form.Row {
        let value = settings[hyperparameter.key] ?? hyperparameter.fallback, idle = settings.idleReason(hyperparameter)
        return Form.Row(
            label: hyperparameter.title,
            control: Self.control(hyperparameter, value, parents: recipe.parents.count, steps: integerSteps(hyperparameter)),
            note: idle ?? Self.note(hyperparameter),
            isDisabled: idle != nil, isChanged: value != hyperparameter.fallback && idle == nil)
    }

    private static func control(
        _ hyperparameter: AnyHyperparameter, _ value: HyperparameterValue, parents: Int, steps: IntegerSteps?
    ) -> Form.Control {
        switch (hyperparameter.kind, value) {
        case (.choice(let choices), .choice(let word)):
            .choice(word, index: choices.firstIndex { $0.word == word } ?? 0, count: choices.count)
        case (.flag, .flag(let isOn)): .flag(isOn)
        case (.text, .text(let text)): .words(text)
        case (.parent, .choice(let word)): .choice(word, index: 0, count: 1)
        case (.numbers, .numbers): .words(value.description)
        default: number(hyperparameter, value, parents: parents, steps: steps)
        }
    }

    /// A slider; a value that the method decides has no place on it, and is written with what is in force.
    private static func number(
        _ hyperparameter: AnyHyperparameter, _ value: HyperparameterValue, parents: Int, steps: IntegerSteps?
    ) -> Form.Control {
        let text = hyperparameter.text(value, parents: parents == 0 ? nil : parents)
        guard text == value.description else { return .words(text) }
        if let steps, case .integer(let number) = value { return .slider(text, fraction: steps.position(of: number)) }
        return .slider(text, fraction: hyperparameter.position(of: value) ?? 0)
    }

    private static func note(_ hyperparameter: AnyHyperparameter) -> String {
        switch hyperparameter.kind {
        case .choice, .flag, .text: ""
        case .parent, .numbers: hyperparameter.range
        case .integer, .real: hyperparameter.unit.isEmpty ? hyperparameter.range : hyperparameter.unit
        }
    }
}
