import Fusion
import Screen
import Training

/// Something that `:set KEY=VALUE` can set, with what it is now.
struct Setting: Equatable, Sendable {
    enum Place: Equatable, Sendable {
        case recipe, tuning, program

        /// Said before a key that the shown form does not hold.
        var words: String { self == .tuning ? "fine-tuning's " : "" }
    }

    var place: Place
    var key: String
    var now: String
    /// The values allowed, in words.
    var range: String
    var help: String
    /// The values to choose from, where there are few, each with what it means.
    var values: [(word: String, title: String)] = []

    static func == (a: Setting, b: Setting) -> Bool { a.place == b.place && a.key == b.key && a.now == b.now }
}

/// A line that completes what is being typed.
struct Suggestion: Equatable, Sendable {
    /// What the field would hold.
    var text: String
    var title: String
    var now: String
    var help: String
    /// Whether it can be carried out as it is; else a value is still wanted.
    var isWhole: Bool
}

extension Model {
    /// Everything that can be set, keys of the shown form first.
    var settings: [Setting] {
        let forms = screen == .train ? tuningSettings + recipeSettings : recipeSettings + tuningSettings
        return forms + [
            Setting(
                place: .program, key: "mouse", now: isMouseOn ? "on" : "off", range: "on, off", help: "Whose the mouse is.",
                values: [("on", "clicks, wheel and drags work"), ("off", "the terminal's own selection works")]),
            Setting(
                place: .program, key: "theme", now: theme, range: themes.joined(separator: ", "), help: "The colours.",
                values: themes.map { ($0, "") }),
            Setting(
                place: .program, key: "glyphs", now: appearance.glyphs.rawValue,
                range: GlyphSet.allCases.map(\.rawValue).joined(separator: ", "), help: "The characters that pictures are drawn with.",
                values: GlyphSet.allCases.map { ($0.rawValue, "") }),
        ]
    }

    private var recipeSettings: [Setting] {
        formFields.map { field in
            var setting = Setting(place: .recipe, key: field.key, now: words(of: field), range: allowedWords(field), help: help(of: field))
            switch field {
            case .method: setting.values = Methods.all.map { ($0.id, $0.title) }
            case .preset:
                setting.values = presetWords.enumerated().map { ($1, $0 > 0 ? recipe.method.presets[$0 - 1].title : "as declared") }
            case .hyperparameter(let hyperparameter): setting.values = hyperparameter.words
            default: break
            }
            return setting
        }
    }

    private var tuningSettings: [Setting] {
        knobFields.map { field in
            switch field {
            case .preset:
                Setting(
                    place: .tuning, key: "preset", now: tuningPresetIndex.map { tuningPresets[$0] } ?? "your own",
                    range: "one of \(tuningPresets.joined(separator: ", "))",
                    help: "Sets all of it at once: the defaults, or what a paper used.", values: tuningPresets.map { ($0, "") })
            case .knob(let knob):
                Setting(
                    place: .tuning, key: knob.key, now: (train.settings[knob.key] ?? knob.fallback).description, range: knob.range,
                    help: knob.help, values: knob.words)
            }
        }
    }

    func setting(_ key: String) -> Setting? { settings.first { $0.key == key } }

    /// What completes `set …`: keys, then values; nil where no such command is being typed.
    func suggestions(for text: String) -> [Suggestion]? {
        guard text.hasPrefix("set "), case .set(let key, let value)? = TypedCommand(text) else { return nil }
        let typed = text.dropFirst(4).drop { $0 == " " }
        guard let end = typed.firstIndex(where: { $0 == "=" || $0 == " " }) else {
            // Keys that begin so come before those that hold it.
            let all = settings, found = all.filter { $0.key.hasPrefix(key) } + all.filter { !$0.key.hasPrefix(key) && $0.key.contains(key) }
            var seen: Set<String> = []
            return found.filter { seen.insert($0.key).inserted }.map { setting in
                Suggestion(
                    text: "set \(setting.key)\(setting.place == .program ? " " : "=")", title: setting.key, now: setting.now,
                    help: setting.help, isWhole: false)
            }
        }
        guard let setting = setting(key) else { return [] }
        let separator = typed[end] == "=" ? "=" : " "
        return setting.values.filter { $0.word.hasPrefix(value) }.map { word, title in
            Suggestion(
                text: "set \(key)\(separator)\(word)", title: word, now: word == setting.now ? "now" : "", help: title, isWhole: true)
        }
    }

    /// Enter on a command being typed: carries it out, or completes it by the selected line first.
    mutating func accept(typed text: String, selected: Int, now: Double) -> [Effect]? {
        guard let command = TypedCommand(text) else { return nil }
        if text.trimmingPlainSpaces == "set", suggestions(for: text) == nil {
            overlay = .palette(query: TextField("set "), selected: 0)
            return []
        }
        guard let suggested = suggestions(for: text), suggested.indices.contains(selected),
            !suggested.contains(where: { $0.isWhole && $0.text == text && selected == 0 })
        else {
            return carryOut(command, now: now)
        }
        let chosen = suggested[selected]
        guard chosen.isWhole, let whole = TypedCommand(chosen.text) else {
            overlay = .palette(query: TextField(chosen.text), selected: 0)
            return []
        }
        return carryOut(whole, now: now)
    }

    /// Tab takes the selected line into the field.
    mutating func complete(_ text: String, selected: Int) {
        guard let suggested = suggestions(for: text), suggested.indices.contains(selected) else { return }
        overlay = .palette(query: TextField(suggested[selected].text), selected: 0)
    }

    // MARK: Setting

    /// Sets a key of the shown form, else of the other one, as `--set` does on the command line.
    mutating func assign(_ key: String, _ text: String, now: Double) -> [Effect] {
        guard let slash = key.lastIndex(of: "/") else {
            guard let setting = setting(key) else {
                status = Status(level: .error, text: "“\(key)” is not known: :set and a space lists what can be set")
                return []
            }
            guard !text.isEmpty || key == "data" || key == "evaluate" else {
                status = Status(level: .error, text: "\(key) is \(setting.now); write set \(key)=VALUE, \(setting.range)")
                return []
            }
            return setting.place == .tuning ? assignTuning(key, text) : assignRecipe(key, text)
        }
        // For one layer, as in `fc1/epsilon=0.1`.
        let group = String(key[..<slash])
        guard groups.contains(where: { $0.name == group }) else {
            status = Status(
                level: .error,
                text: "There is no layer “\(group)”"
                    + (groups.isEmpty ? ": open parents on screen 1" : "; there are \(groups.map(\.name).joined(separator: ", "))"))
            return []
        }
        var next = recipe
        do { try next.apply(assignment: "\(key)=\(text)") } catch {
            status = Status(level: .error, text: "\(error)")
            return []
        }
        overlay = nil
        return take(next, "\(key) \(text)")
    }

    private mutating func assignRecipe(_ key: String, _ text: String) -> [Effect] {
        guard let place = formFields.firstIndex(where: { $0.key == key }) else { return [] }
        let field = formFields[place], before = words(of: field)
        let next: Recipe
        do { next = try recipe(with: field, as: text) } catch {
            status = Status(level: .error, text: "\(error)")
            return []
        }
        overlay = nil
        fuse.field = place
        let effects = take(next, "\(prefixOfOwn)\(title(of: field)) \(before) → \(text)")
        if case .hyperparameter(let hyperparameter) = field, let reason = formSettings.idleReason(hyperparameter) {
            status = Status(level: .warn, text: "\(hyperparameter.title) is set, but has no effect now: it \(reason)")
        }
        return effects
    }

    private mutating func assignTuning(_ key: String, _ text: String) -> [Effect] {
        guard let place = knobFields.firstIndex(where: { $0.key == key }) else { return [] }
        let before = setting(key)?.now ?? "", next: Settings
        do { next = try tuning(with: knobFields[place], as: text) } catch {
            status = Status(level: .error, text: "\(error)")
            return []
        }
        overlay = nil
        train.form.selected = place
        train.history.record(next, "\(key) \(before) → \(text)")
        status = Status(
            level: .info, text: "Fine-tuning: \(key) \(before) → \(text)" + (tuning == nil ? "" : "; the run that goes on keeps its own"))
        if case .knob(let knob) = knobFields[place], let reason = train.settings.idleReason(knob) {
            status = Status(level: .warn, text: "\(knob.title) is set, but has no effect now: it \(reason)")
        }
        return []
    }
}

extension AnyHyperparameter {
    /// The values to choose from, where there are few.
    var words: [(word: String, title: String)] {
        switch kind {
        case .choice(let choices): choices.map { ($0.word, $0.title) }
        case .flag: [("true", ""), ("false", "")]
        default: []
        }
    }
}
