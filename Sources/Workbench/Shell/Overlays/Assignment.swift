import Fusion
import Screen

/// Something that `:set KEY=VALUE` can set, with its value.
struct Assignable: Equatable, Sendable {
    /// The form that holds it; nil for what the program itself holds.
    var form: FormID?
    var key: String
    var value: String
    /// The values allowed, as text.
    var range: String
    var help: String
    /// The values to choose from, where there are few, each with what it means.
    var choices: [(word: String, title: String)] = []

    static func == (a: Assignable, b: Assignable) -> Bool { a.form == b.form && a.key == b.key && a.value == b.value }
}

/// A line that completes what is being typed.
struct Suggestion: Equatable, Sendable {
    /// What the field would hold.
    var text: String
    var title: String
    var value: String
    var help: String
    /// Whether it can be run as it is; else a value is still missing.
    var isComplete: Bool
}

extension Model {
    /// Everything that can be set, keys of the shown form first.
    var assignables: [Assignable] {
        let forms: [FormID] = screen == .train ? [.tuning, .recipe] : [.recipe, .tuning]
        return forms.flatMap { form in
            fields(of: form).map { field in
                Assignable(
                    form: form, key: field.key, value: value(of: field, in: form), range: range(of: field, in: form),
                    help: help(of: field, in: form), choices: choices(of: field, in: form))
            }
        } + [
            Assignable(
                key: "mouse", value: isMouseOn ? "on" : "off", range: "on, off", help: "Whether the program captures the mouse.",
                choices: [("on", "clicks, wheel and drags work"), ("off", "the terminal selects text")]),
            Assignable(
                key: "theme", value: theme, range: themes.joined(separator: ", "), help: "The colours.", choices: themes.map { ($0, "") }),
            Assignable(
                key: "glyphs", value: appearance.glyphs.rawValue, range: GlyphSet.allCases.map(\.rawValue).joined(separator: ", "),
                help: "The characters that maps are drawn with.", choices: GlyphSet.allCases.map { ($0.rawValue, "") }),
        ]
    }

    func assignable(_ key: String) -> Assignable? {
        let key = FormField.synonyms[key] ?? key
        return assignables.first { $0.key == key }
    }

    /// What completes `set …`: keys, then values; nil where no such command is being typed.
    func suggestions(for text: String) -> [Suggestion]? {
        guard text.hasPrefix("set "), case .set(let key, let value)? = TypedCommand(text) else { return nil }
        let typed = text.dropFirst(4).drop { $0 == " " }
        guard let end = typed.firstIndex(where: { $0 == "=" || $0 == " " }) else {
            // Keys that begin so come before those that hold it.
            let all = assignables,
                found = all.filter { $0.key.hasPrefix(key) } + all.filter { !$0.key.hasPrefix(key) && $0.key.contains(key) }
            var seen: Set<String> = []
            return found.filter { seen.insert($0.key).inserted }.map { setting in
                Suggestion(
                    text: "set \(setting.key)\(setting.form == nil ? " " : "=")", title: setting.key, value: setting.value,
                    help: setting.help, isComplete: false)
            }
        }
        guard let setting = assignable(key) else { return [] }
        let separator = typed[end] == "=" ? "=" : " "
        return setting.choices.filter { $0.word.hasPrefix(value) }.map { word, title in
            Suggestion(
                text: "set \(key)\(separator)\(word)", title: word, value: word == setting.value ? "current" : "", help: title,
                isComplete: true)
        }
    }

    /// Enter on a command being typed: runs it, or completes it by the selected line first.
    mutating func accept(typed text: String, selected: Int, now: Double) -> [Effect]? {
        guard let command = TypedCommand(text) else { return nil }
        if text.trimmingPlainSpaces == "set", suggestions(for: text) == nil {
            overlay = .palette(query: TextField("set "), selected: 0)
            return []
        }
        guard let suggested = suggestions(for: text), suggested.indices.contains(selected),
            !suggested.contains(where: { $0.isComplete && $0.text == text && selected == 0 })
        else {
            return run(command, now: now)
        }
        let chosen = suggested[selected]
        guard chosen.isComplete, let whole = TypedCommand(chosen.text) else {
            overlay = .palette(query: TextField(chosen.text), selected: 0)
            return []
        }
        return run(whole, now: now)
    }

    /// Tab takes the selected line into the field.
    mutating func complete(_ text: String, selected: Int) {
        guard let suggested = suggestions(for: text), suggested.indices.contains(selected) else { return }
        overlay = .palette(query: TextField(suggested[selected].text), selected: 0)
    }

    // MARK: Setting

    /// Sets a key of the shown form, else of the other one, as `--set` does on the command line.
    mutating func assign(_ key: String, _ text: String) -> [Effect] {
        guard key.contains("/") else {
            guard let setting = assignable(key), let form = setting.form,
                let field = fields(of: form).first(where: { $0.key == setting.key })
            else {
                refuse("Unknown key “\(key)”; :set and a space lists all keys")
                return []
            }
            guard !text.isEmpty || field == .data || field == .evaluation else {
                refuse("\(key) is \(setting.value); write set \(key)=VALUE, \(setting.range)")
                return []
            }
            return attempt {
                let draft = try $0.draft(field, in: form, .text(text))
                $0.select(field, in: form)
                return $0.take(draft, changing: field, in: form)
            }
        }
        // For one layer, as in `fc1/epsilon=0.1`.
        let name = key.split(separator: "/").dropLast().joined(separator: "/")
        guard groups.contains(where: { $0.name == name }) else {
            refuse(
                "No layer “\(name)”"
                    + (groups.isEmpty ? ": open parents on screen 1" : "; layers: \(groups.map(\.name).joined(separator: ", "))"))
            return []
        }
        return attempt {
            var next = $0.recipe
            let before = next
            try next.apply(assignment: "\(key)=\(text)")
            let own = key.split(separator: "/").last.map(String.init) ?? key
            let old = before.edits[name].values[own]?.description ?? before.settings[own]?.description
            let words = "\(key) \(old.map { "\($0) → " } ?? "")\(text)"
            $0.history.record(next, words)
            $0.inform(next == before ? "\(key) stays \(text)" : words)
            return $0.follow(before)
        }
    }

    /// Closes the palette where the change succeeds; else says why it does not.
    private mutating func attempt(_ change: (inout Model) throws -> [Effect]) -> [Effect] {
        var next = self
        do {
            let effects = try change(&next)
            self = next
            overlay = nil
            return effects
        } catch {
            refuse("\(error)")
            return []
        }
    }

    private mutating func select(_ field: FormField, in form: FormID) {
        guard let index = fields(of: form).firstIndex(of: field) else { return }
        if form == .recipe { fuse.form.selected = index } else { train.form.selected = index }
    }
}
