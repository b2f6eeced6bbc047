import Datasets
import Fusion
import Training

extension Model {
    func fields(of form: FormID) -> [FormField] {
        switch form {
        case .tuning: return [.preset] + FineTuning.table.hyperparameters.map(FormField.hyperparameter)
        case .recipe where ownGroup != nil:
            let keys = recipe.method.editableKeys
            return recipe.method.hyperparameters.filter { keys.contains($0.key) }.map(FormField.hyperparameter) + [.neurons]
        case .recipe:
            return [.method] + (recipe.method.presets.isEmpty ? [] : [.preset]) + [.data, .evaluation]
                + recipe.method.hyperparameters.map(FormField.hyperparameter) + [.seed]
        }
    }

    /// What the form shows and changes.
    func settings(of form: FormID) -> Settings {
        form == .tuning ? train.settings : ownGroup.map { recipe.settings(of: $0.name) } ?? recipe.settings
    }

    func presets(of form: FormID) -> PresetChoices { PresetChoices(table: form == .tuning ? FineTuning.table : recipe.method.table) }

    func presetIndex(of form: FormID) -> Int? {
        presets(of: form).index(of: form == .tuning ? train.settings : recipe.settings)
    }

    /// The value of a field as text.
    func value(of field: FormField, in form: FormID) -> String {
        switch field {
        case .method: recipe.method.id
        case .preset: presetIndex(of: form).map { presets(of: form).ids[$0] } ?? "custom"
        case .hyperparameter(let hyperparameter): (settings(of: form)[hyperparameter.key] ?? hyperparameter.fallback).description
        case .neurons: ownNeurons.map(String.init) ?? "–"
        case .seed: String(recipe.seed)
        case .data: recipe.data ?? "none"
        case .evaluation: recipe.evaluation ?? "none"
        }
    }

    func help(of field: FormField, in form: FormID) -> String {
        switch field {
        case .method: recipe.method.summary
        case .preset:
            presetIndex(of: form).flatMap { presets(of: form).title($0) }
                ?? "Sets all hyperparameters, to their defaults or to those of a paper."
        case .hyperparameter(let hyperparameter): hyperparameter.help
        case .neurons: "Fused neurons of \(ownGroup?.name ?? "this layer"); as many as the reference parent has by default."
        case .seed: "Random seed; the same seed gives the same network."
        case .data: "Data for the method and for fine-tuning: KIND:PATH[:SPLIT], such as digits:train; none matches by weights."
        case .evaluation: "Data for evaluation: KIND:PATH[:SPLIT], such as digits:test; none skips the evaluation."
        }
    }

    /// The values allowed, as text.
    func range(of field: FormField, in form: FormID) -> String {
        switch field {
        case .method: "one of " + Methods.all.map(\.id).joined(separator: ", ")
        case .preset: "one of " + presets(of: form).ids.joined(separator: ", ")
        case .hyperparameter(let hyperparameter): hyperparameter.range
        case .data, .evaluation: "KIND:PATH[:SPLIT] such as digits:test or mnist:data/mnist, or none"
        case .neurons: "a whole number, 1 or more"
        case .seed: "a whole number, 0 or more"
        }
    }

    /// The values to choose from, where there are few, each with what it means.
    func choices(of field: FormField, in form: FormID) -> [(word: String, title: String)] {
        switch field {
        case .method: Methods.all.map { ($0.id, $0.title) }
        case .preset: presets(of: form).ids.enumerated().map { ($1, presets(of: form).title($0) ?? "") }
        case .hyperparameter(let hyperparameter): hyperparameter.choices
        case .neurons, .seed, .data, .evaluation: []
        }
    }

    // MARK: Changes

    func draft(_ field: FormField, in form: FormID, _ edit: FormEdit) throws -> FormDraft {
        if form == .tuning {
            let next = try changed(train.settings, field, edit)
            // Settings that contradict each other are refused here, not when the training starts.
            _ = try FineTuningSettings(next)
            return .tuning(next)
        }
        var next = recipe
        switch field {
        case .preset: next.settings = try changed(recipe.settings, field, edit)
        case .hyperparameter(let hyperparameter): try change(&next, hyperparameter, edit)
        case .method:
            switch edit {
            case .text(let text): next.method = try Methods.named(text.trimmingPlainSpaces)
            case .step(let steps): next.method = Methods.all.moved(from: Methods.all.firstIndex(of: recipe.method) ?? 0, by: steps)
            case .reset: next.method = Methods.standard
            }
        case .seed: next.seed = try whole(recipe.seed, field, edit, least: 0, fallback: 0)
        case .neurons:
            guard let ownGroup else { return .recipe(recipe) }
            if case .reset = edit {
                next.edits[ownGroup.name].neurons = nil
            } else {
                next.edits[ownGroup.name].neurons = try Int(whole(UInt64(ownNeurons ?? 1), field, edit, least: 1, fallback: 1))
            }
        case .data: next.data = try spec(recipe.data, \.data, edit)
        case .evaluation: next.evaluation = try spec(recipe.evaluation, \.evaluation, edit)
        }
        return .recipe(next)
    }

    private func changed(_ settings: Settings, _ field: FormField, _ edit: FormEdit) throws -> Settings {
        guard case .hyperparameter(let hyperparameter) = field else {
            return try PresetChoices(table: settings.table).changed(settings, by: edit)
        }
        var next = settings
        switch edit {
        case .text(let text): try next.set(hyperparameter.key, text: TypedNumber.plain(text.trimmingPlainSpaces, for: hyperparameter.kind))
        case .step(let steps):
            let value = settings[hyperparameter.key] ?? hyperparameter.fallback
            try next.set(hyperparameter.key, stepped(hyperparameter, value, by: steps))
        case .reset: next.reset(hyperparameter.key)
        }
        return next
    }

    /// The value next to another on its slider.
    private func stepped(_ hyperparameter: AnyHyperparameter, _ value: HyperparameterValue, by steps: Int) -> HyperparameterValue {
        guard case .integer(let number) = value, hyperparameter.text(value) == value.description,
            let scale = integerSteps(hyperparameter)
        else { return hyperparameter.stepped(value, by: steps) }
        return .integer(scale.moved(number, by: steps))
    }

    /// The steps of a whole number with a wide range; nil for any other.
    func integerSteps(_ hyperparameter: AnyHyperparameter) -> IntegerSteps? {
        guard case .integer(let range) = hyperparameter.kind else { return nil }
        let known = [hyperparameter.fallback] + (anchors[hyperparameter.key] ?? [])
        return IntegerSteps(range, anchors: known.compactMap { if case .integer(let number) = $0 { number } else { nil } })
    }

    /// A hyperparameter of all layers, or of the shown layer alone.
    private func change(_ recipe: inout Recipe, _ hyperparameter: AnyHyperparameter, _ edit: FormEdit) throws {
        guard let ownGroup else {
            recipe.settings = try changed(recipe.settings, .hyperparameter(hyperparameter), edit)
            return
        }
        if case .reset = edit {
            recipe.edits[ownGroup.name].values[hyperparameter.key] = nil
            return
        }
        let own = try changed(recipe.settings(of: ownGroup.name), .hyperparameter(hyperparameter), edit)
        try recipe.set(hyperparameter, own[hyperparameter.key] ?? hyperparameter.fallback, for: ownGroup.name)
    }

    private func whole(_ now: UInt64, _ field: FormField, _ edit: FormEdit, least: UInt64, fallback: UInt64) throws -> UInt64 {
        switch edit {
        case .reset: return fallback
        case .step(let steps):
            let (sum, overflow) =
                steps < 0 ? now.subtractingReportingOverflow(UInt64(-steps)) : now.addingReportingOverflow(UInt64(steps))
            return overflow ? now : max(least, sum)
        case .text(let text):
            guard let number = UInt64(TypedNumber.whole(text.trimmingPlainSpaces) ?? text.trimmingPlainSpaces), number >= least,
                field != .neurons || number < 1 << 31
            else {
                throw RecipeError.value(key: field.key, value: text, allowed: "whole numbers, \(least) or more")
            }
            return number
        }
    }

    /// A data spec: what was typed, or the next of those that sample sets use; none stands before the first.
    private func spec(_ now: String?, _ part: (Recipe) -> String?, _ edit: FormEdit) throws -> String? {
        switch edit {
        case .reset: return nil
        case .text(let text):
            let plain = text.trimmingPlainSpaces
            return plain.isEmpty || plain == "none" ? nil : try DataSpec(plain).description
        case .step(let steps):
            var known: [String?] = [nil]
            for spec in sampleSets.compactMap({ part($0.recipe) }) + [now].compactMap(\.self) where !known.contains(spec) {
                known.append(spec)
            }
            return known.moved(from: known.firstIndex(of: now) ?? 0, by: steps)
        }
    }
}
