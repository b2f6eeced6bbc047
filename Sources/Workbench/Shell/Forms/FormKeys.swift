import Fusion
import Screen
import Training

extension Model {
    private func state(of form: FormID) -> WritableKeyPath<Model, FormState> { form == .recipe ? \.fuse.form : \.train.form }

    /// The form of the shown screen.
    var shownForm: FormID { screen == .train ? .tuning : .recipe }

    func field(of form: FormID) -> FormField? {
        let fields = fields(of: form), selected = self[keyPath: state(of: form)].selected
        return fields.indices.contains(selected) ? fields[selected] : nil
    }

    func fieldHelp(_ form: FormID) -> String { field(of: form).map { help(of: $0, in: form) } ?? "" }

    mutating func clampForms() {
        for form in [FormID.recipe, .tuning] {
            let path = state(of: form)
            self[keyPath: path].selected = max(0, min(self[keyPath: path].selected, fields(of: form).count - 1))
        }
    }

    mutating func perform(_ action: Action, in form: FormID, now: Double) -> [Effect] {
        switch action {
        case .left, .right: return field(of: form).map { edit($0, in: form, .step(action == .left ? -1 : 1)) } ?? []
        case .resetValue: return field(of: form).map { edit($0, in: form, .reset) } ?? []
        case .enter:
            beginTyping(in: form)
            return []
        default:
            let path = state(of: form)
            guard
                let next = action.moved(
                    self[keyPath: path].selected, count: fields(of: form).count, page: inside(form == .recipe ? .form : .settings).rows - 1)
            else { return [] }
            self[keyPath: path].selected = next
            inform(fieldHelp(form))
            return []
        }
    }

    private mutating func edit(_ field: FormField, in form: FormID, _ change: FormEdit) -> [Effect] {
        if case .hyperparameter(let hyperparameter) = field, case .step = change, let reason = settings(of: form).idleReason(hyperparameter)
        {
            warn("\(hyperparameter.title) has no effect: it \(reason)")
            return []
        }
        do { return take(try draft(field, in: form, change), changing: field, in: form) } catch {
            refuse("\(error)")
            return []
        }
    }

    /// Takes what a form would hold, as one step that undo takes back.
    mutating func take(_ draft: FormDraft, changing field: FormField, in form: FormID) -> [Effect] {
        let title = (form == .recipe ? ownPrefix : "") + field.title, old = value(of: field, in: form), before = recipe
        guard draft != (form == .recipe ? .recipe(recipe) : .tuning(train.settings)) else {
            inform("\(title) stays \(old)")
            return []
        }
        // Recorded under the name of the change, which the new value is part of.
        var next = self
        switch draft {
        case .recipe(let recipe): next.history.record(recipe, title)
        case .tuning(let settings): next.train.history.record(settings, title)
        }
        let words = "\(title) \(old) → \(next.value(of: field, in: form))"
        switch draft {
        case .recipe(let recipe): history.record(recipe, words)
        case .tuning(let settings): train.history.record(settings, words)
        }
        inform(words + (form == .tuning && tuning != nil ? "; the running fine-tuning keeps its own" : ""))
        if case .hyperparameter(let hyperparameter) = field, let reason = settings(of: form).idleReason(hyperparameter) {
            warn("\(words), but it has no effect: it \(reason)")
        }
        return form == .recipe ? follow(before) : []
    }

    /// What a changed recipe makes necessary: an evaluation on other data, and new plans.
    mutating func follow(_ before: Recipe) -> [Effect] {
        clampSelections()
        return (before.data == recipe.data && before.evaluation == recipe.evaluation ? [] : dataChanged()) + replan()
    }

    /// Measured under other data, so no longer true.
    private mutating func dataChanged() -> [Effect] {
        neurons.forget()
        guard canFuse else { return [] }
        if case .ready(var parents) = opened {
            for index in parents.parents.indices { parents.parents[index].accuracy = nil }
            opened = .ready(parents)
        }
        return [jobs.start(MeasureJob(recipe: recipe))]
    }

    // MARK: Typing

    private mutating func beginTyping(in form: FormID) {
        guard let field = field(of: form) else { return }
        if case .hyperparameter(let hyperparameter) = field, let reason = settings(of: form).idleReason(hyperparameter) {
            warn("\(hyperparameter.title) has no effect: it \(reason)")
            return
        }
        let text =
            switch field {
            case .data: recipe.data ?? ""
            case .evaluation: recipe.evaluation ?? ""
            case .preset: presetIndex(of: form).map { presets(of: form).ids[$0] } ?? ""
            default: value(of: field, in: form)
            }
        self[keyPath: state(of: form)].problem = nil
        self[keyPath: state(of: form)].editing = TextField(text)
        inform("\(range(of: field, in: form)) · Enter accepts, Esc keeps the old value, Ctrl-u clears")
    }

    /// Takes the typed text as the value; what cannot be a value stays in the field with the reason beside it.
    mutating func acceptTyped() -> [Effect] {
        let form = shownForm, path = state(of: form)
        guard let text = self[keyPath: path].editing?.text, let field = field(of: form) else { return [] }
        do {
            let draft = try draft(field, in: form, .text(text))
            stopTyping()
            if case .hyperparameter(let hyperparameter) = field, let typed = typedValue(draft, of: hyperparameter) {
                anchors[hyperparameter.key] = [typed]
            }
            return take(draft, changing: field, in: form)
        } catch {
            self[keyPath: path].problem = range(of: field, in: form)
            refuse("\(error); the old value is kept")
            return []
        }
    }

    /// The value that a draft holds.
    private func typedValue(_ draft: FormDraft, of hyperparameter: AnyHyperparameter) -> HyperparameterValue? {
        switch draft {
        case .recipe(let recipe): ownGroup.map { recipe.settings(of: $0.name) }?[hyperparameter.key] ?? recipe.settings[hyperparameter.key]
        case .tuning(let settings): settings[hyperparameter.key]
        }
    }

    mutating func stopTyping() {
        for form in [FormID.recipe, .tuning] {
            self[keyPath: state(of: form)].editing = nil
            self[keyPath: state(of: form)].problem = nil
        }
    }

    /// Changes the text being typed.
    mutating func changeTyped(_ change: (inout TextField) -> Bool) -> Bool {
        let path = state(of: shownForm)
        guard var field = self[keyPath: path].editing, change(&field) else { return false }
        self[keyPath: path].editing = field
        self[keyPath: path].problem = nil
        return true
    }
}

extension Action {
    /// Where moving in a list of rows leads; nil for what is no move.
    func moved(_ row: Int, count: Int, page: Int) -> Int? {
        let page = max(1, page)
        let target: Int? =
            switch self {
            case .up: row - 1
            case .down: row + 1
            case .pageUp: row - page
            case .pageDown: row + page
            case .first: 0
            case .last: count - 1
            default: nil
            }
        return target.map { max(0, min(count - 1, $0)) }
    }
}
