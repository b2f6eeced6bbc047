import Datasets
import Fusion
import Screen

/// One line of the recipe form: the method itself, a preset of it, a hyperparameter as its declaration says, or the seed.
enum FormField: Equatable, Sendable {
    case method
    /// All hyperparameters at once: the defaults, or what a paper used.
    case preset
    case hyperparameter(AnyHyperparameter)
    case seed
    /// What the method looks at, and what results are measured on: data specs.
    case data, evaluation
    /// How many fused neurons the shown layer gets, where the form is for it alone.
    case neurons

    /// As written in `:set` and in recipes.
    var key: String {
        switch self {
        case .method: "method"
        case .preset: "preset"
        case .hyperparameter(let hyperparameter): hyperparameter.key
        case .seed: "seed"
        case .data: "data"
        case .evaluation: "evaluate"
        case .neurons: PlanEdits.neuronsKey
        }
    }
}

extension Model {
    var formFields: [FormField] {
        // For one layer alone: what may differ from layer to layer.
        if ownGroup != nil {
            return recipe.method.hyperparameters.filter { recipe.method.editableKeys.contains($0.key) }.map(FormField.hyperparameter) + [
                .neurons
            ]
        }
        return [.method] + (recipe.method.presets.isEmpty ? [] : [.preset]) + recipe.method.hyperparameters.map(FormField.hyperparameter)
            + [.seed, .data, .evaluation]
    }

    var field: FormField? {
        let fields = formFields
        return fields.indices.contains(fuse.field) ? fields[fuse.field] : nil
    }

    /// The words of the preset field: the defaults, then the method's own presets.
    var presetWords: [String] { ["defaults"] + recipe.method.presets.map(\.id) }

    /// The settings behind each of them; nil where a method declares a preset that it does not accept.
    private func settings(ofPreset index: Int) -> Settings? {
        guard index > 0 else { return Settings(recipe.method) }
        let presets = recipe.method.presets
        guard presets.indices.contains(index - 1) else { return nil }
        return try? recipe.method.settings(preset: presets[index - 1].id)
    }

    /// The preset that the recipe is, nil when it is none of them.
    var presetIndex: Int? { presetWords.indices.first { settings(ofPreset: $0) == recipe.settings } }

    mutating func performOnForm(_ action: Action, now: Double) -> [Effect] {
        let page = max(1, inside(.form).rows - 1)
        switch action {
        case .up: fuse.field -= 1
        case .down: fuse.field += 1
        case .pageUp: fuse.field -= page
        case .pageDown: fuse.field += page
        case .first: fuse.field = 0
        case .last: fuse.field = formFields.count - 1
        case .left: return step(-1)
        case .right: return step(1)
        case .open:
            beginEditing()
            return []
        case .resetField: return resetField()
        default: return []
        }
        clampSelections()
        status = Status(level: .info, text: fieldHelp)
        return []
    }

    var fieldHelp: String { field.map(help) ?? "" }

    func help(of field: FormField) -> String {
        switch field {
        case .method: recipe.method.summary
        case .preset:
            presetIndex.flatMap { $0 > 0 ? recipe.method.presets[$0 - 1].title : nil }
                ?? "Sets all hyperparameters at once: the defaults, or what a paper used."
        case .hyperparameter(let hyperparameter): hyperparameter.help
        case .neurons:
            "How many fused neurons \(ownGroup?.name ?? "this layer") gets; as many as the reference parent has where nothing is said."
        case .seed: "The number all random choices start from; the same seed gives the same network."
        case .data:
            "What the method looks at and fine-tuning learns from: KIND:PATH[:SPLIT], such as digits:train; none compares by weights."
        case .evaluation: "What results are measured on: KIND:PATH[:SPLIT], such as digits:test; none measures nothing."
        }
    }

    // MARK: Changing values

    /// Takes a recipe in the place of the one there is.
    mutating func take(_ next: Recipe, _ words: String) -> [Effect] { change(words) { (recipe) throws(RecipeError) in recipe = next } }

    private mutating func change(_ words: String, _ edit: (inout Recipe) throws(RecipeError) -> Void) -> [Effect] {
        var next = recipe
        do {
            try edit(&next)
        } catch {
            status = Status(level: .error, text: error.description)
            return []
        }
        guard next != recipe else {
            status = Status(level: .info, text: "\(words): this is the end of the range")
            return []
        }
        let before = recipe
        history.record(next, words)
        status = Status(level: .info, text: words)
        return follow(before)
    }

    /// What a changed recipe makes necessary: other data is measured anew, and plans are made again.
    mutating func follow(_ before: Recipe) -> [Effect] {
        clampSelections()
        return (before.data == recipe.data && before.evaluation == recipe.evaluation ? [] : dataChanged()) + replan()
    }

    private mutating func step(_ steps: Int) -> [Effect] {
        switch field {
        case .method:
            let methods = Methods.all
            guard let index = methods.firstIndex(of: recipe.method) else { return [] }
            let next = methods[((index + steps) % methods.count + methods.count) % methods.count]
            return change("method \(next.title)") { (recipe) throws(RecipeError) in recipe.method = next }
        case .preset:
            let count = presetWords.count
            let next = presetIndex.map { (($0 + steps) % count + count) % count } ?? (steps > 0 ? 1 % count : 0)
            guard let settings = settings(ofPreset: next) else {
                status = Status(level: .error, text: "The preset \(presetWords[next]) does not fit its method")
                return []
            }
            return change("preset \(presetWords[next])") { (recipe) throws(RecipeError) in recipe.settings = settings }
        case .hyperparameter(let hyperparameter):
            if let reason = formSettings.idleReason(hyperparameter) {
                status = Status(level: .warn, text: "\(hyperparameter.title) has no effect now: it \(reason)")
                return []
            }
            let old = formSettings[hyperparameter.key] ?? hyperparameter.fallback
            let new = hyperparameter.stepped(old, by: steps), group = ownGroup?.name
            return change("\(prefixOfOwn)\(hyperparameter.title) \(old) → \(new)") { (recipe) throws(RecipeError) in
                try recipe.set(hyperparameter, new, for: group)
            }
        case .neurons:
            guard let ownGroup, let count = ownNeurons else { return [] }
            let next = max(1, count + steps)
            return change("\(prefixOfOwn)\(next) neurons") { (recipe) throws(RecipeError) in recipe.edits[ownGroup.name].neurons = next }
        case .data:
            let spec = nextSpec(recipe.data, { $0.data }, steps)
            return change(Self.dataWords("data", spec)) { (recipe) throws(RecipeError) in recipe.data = spec }
        case .evaluation:
            let spec = nextSpec(recipe.evaluation, { $0.evaluation }, steps)
            return change(Self.dataWords("measured on", spec)) { (recipe) throws(RecipeError) in recipe.evaluation = spec }
        case .seed:
            let (sum, overflow) =
                steps < 0 ? recipe.seed.subtractingReportingOverflow(UInt64(-steps)) : recipe.seed.addingReportingOverflow(UInt64(steps))
            guard !overflow else { return [] }
            return change("seed \(sum)") { (recipe) throws(RecipeError) in recipe.seed = sum }
        case nil: return []
        }
    }

    private mutating func resetField() -> [Effect] {
        switch field {
        case .preset:
            return change("all hyperparameters at their defaults") { (recipe) throws(RecipeError) in
                recipe.settings = Settings(recipe.method)
            }
        case .method: return change("method \(Methods.all[0].title)") { (recipe) throws(RecipeError) in recipe.method = Methods.all[0] }
        case .hyperparameter(let hyperparameter) where ownGroup != nil:
            let name = ownGroup?.name ?? ""
            return change("\(prefixOfOwn)\(hyperparameter.title) as in all layers") { (recipe) throws(RecipeError) in
                recipe.edits[name].values[hyperparameter.key] = nil
            }
        case .neurons:
            let name = ownGroup?.name ?? ""
            return change("\(prefixOfOwn)as many neurons as the reference parent") { (recipe) throws(RecipeError) in
                recipe.edits[name].neurons = nil
            }
        case .hyperparameter(let hyperparameter):
            return change("\(hyperparameter.title) is \(hyperparameter.fallback), its default") { (recipe) throws(RecipeError) in
                recipe.settings.reset(hyperparameter.key)
            }
        case .seed: return change("seed 0") { (recipe) throws(RecipeError) in recipe.seed = 0 }
        case .data: return change(Self.dataWords("data", nil)) { (recipe) throws(RecipeError) in recipe.data = nil }
        case .evaluation: return change(Self.dataWords("measured on", nil)) { (recipe) throws(RecipeError) in recipe.evaluation = nil }
        case nil: return []
        }
    }

    // MARK: Data

    static func dataWords(_ name: String, _ spec: String?) -> String { "\(name): \(spec ?? "none")" }

    /// A data spec that can be read, nil for none.
    private static func spec(_ text: String) throws -> String? {
        let plain = text.trimmingPlainSpaces
        return plain.isEmpty || plain == "none" ? nil : try DataSpec(plain).description
    }

    /// The next of the data that sample sets use; none stands before the first.
    private func nextSpec(_ now: String?, _ part: (Recipe) -> String?, _ steps: Int) -> String? {
        var known: [String?] = [nil]
        for spec in sampleSets.compactMap({ part($0.recipe) }) + [now].compactMap(\.self) where !known.contains(spec) { known.append(spec) }
        let index = known.firstIndex(of: now) ?? 0
        return known[((index + steps) % known.count + known.count) % known.count]
    }

    /// What was seen and measured under other data is not what this data says.
    private mutating func dataChanged() -> [Effect] {
        forgetNeurons()
        guard canFuse else { return [] }
        if case .ready(var parents) = opened {
            for index in parents.parents.indices { parents.parents[index].accuracy = nil }
            opened = .ready(parents)
        }
        return [jobs.start(.measure(recipe))]
    }

    // MARK: Typing values

    private mutating func beginEditing() {
        fuse.problem = nil
        guard let field else { return }
        switch field {
        case .preset: fuse.editing = TextField(presetIndex.map { presetWords[$0] } ?? "")
        case .hyperparameter(let hyperparameter):
            if let reason = formSettings.idleReason(hyperparameter) {
                status = Status(level: .warn, text: "\(hyperparameter.title) has no effect now: it \(reason)")
                return
            }
            fuse.editing = TextField(words(of: field))
        case .neurons: fuse.editing = TextField(ownNeurons.map(String.init) ?? "")
        case .data: fuse.editing = TextField(recipe.data ?? "")
        case .evaluation: fuse.editing = TextField(recipe.evaluation ?? "")
        case .method, .seed: fuse.editing = TextField(words(of: field))
        }
        status = Status(level: .info, text: "\(allowedWords(field)) · Enter accepts, Esc keeps the old value, Ctrl-u clears")
    }

    /// What a field holds now.
    func words(of field: FormField) -> String {
        switch field {
        case .method: recipe.method.id
        case .preset: presetIndex.map { presetWords[$0] } ?? "your own"
        case .hyperparameter(let hyperparameter): (formSettings[hyperparameter.key] ?? hyperparameter.fallback).description
        case .neurons: ownNeurons.map(String.init) ?? "–"
        case .seed: String(recipe.seed)
        case .data: recipe.data ?? "none"
        case .evaluation: recipe.evaluation ?? "none"
        }
    }

    func allowedWords(_ field: FormField) -> String {
        switch field {
        case .method: "One of " + Methods.all.map(\.id).joined(separator: ", ")
        case .preset: "One of " + presetWords.joined(separator: ", ")
        case .hyperparameter(let hyperparameter): hyperparameter.range
        case .data, .evaluation: "KIND:PATH[:SPLIT] such as digits:test or mnist:data/mnist, or nothing"
        case .neurons: "A whole number from 1"
        case .seed: "A whole number from 0"
        }
    }

    /// Takes the text as the value; what cannot be a value stays in the field with the reason beside it.
    mutating func acceptText(now: Double) -> [Effect] {
        guard let text = fuse.editing?.text, let field else { return [] }
        let next: Recipe
        do { next = try recipe(with: field, as: text) } catch {
            fuse.problem = "\(allowedWords(field))"
            status = Status(level: .error, text: "\(error); the old value is kept")
            return []
        }
        fuse.editing = nil
        fuse.problem = nil
        return take(next, prefixOfOwn + title(of: field))
    }

    /// The recipe with a field's value from text.
    func recipe(with field: FormField, as text: String) throws -> Recipe {
        var next = recipe
        let word = text.trimmingPlainSpaces
        switch field {
        case .method: next.method = try Methods.named(word)
        case .preset: next.settings = word == presetWords[0] ? Settings(next.method) : try next.method.settings(preset: word)
        case .hyperparameter(let hyperparameter): try next.set(hyperparameter, try hyperparameter.parse(text), for: ownGroup?.name)
        case .neurons:
            guard let ownGroup, let count = Int(word), count > 0 else {
                throw RecipeError.value(key: field.key, value: text, allowed: "whole numbers from 1")
            }
            next.edits[ownGroup.name].neurons = count
        case .seed:
            guard let seed = UInt64(word) else { throw RecipeError.value(key: field.key, value: text, allowed: "whole numbers from 0") }
            next.seed = seed
        case .data: next.data = try Self.spec(text)
        case .evaluation: next.evaluation = try Self.spec(text)
        }
        return next
    }

    func title(of field: FormField) -> String {
        switch field {
        case .method: "method"
        case .preset: "preset"
        case .hyperparameter(let hyperparameter): hyperparameter.title
        case .neurons: "neurons"
        case .data: "data"
        case .evaluation: "measured on"
        case .seed: "seed"
        }
    }
}

extension String {
    var trimmingPlainSpaces: String { String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()) }
}
