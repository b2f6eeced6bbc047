import Screen

/// The workbench without a picture: screens are read out as sentences, numbers and commands answer. The same state, the same commands.
///
/// For screen readers, for terminals that cannot be drawn on, and for pipes.
struct LineConversation {
    private(set) var model: Model
    /// How much of the log and which status have been read out.
    private var logCount = 0
    private var lastStatus = ""
    private var lastScreen: ScreenID?

    init(_ model: Model) { self.model = model }

    static let greeting =
        "Amalgam line mode. A number selects an item, a word runs a command, an empty line repeats the screen, ? lists commands, wait waits for jobs, q quits."

    mutating func begin(now: Double) -> (lines: [String], effects: [Effect]) {
        let effects = model.begin(now: now)
        return ([Self.greeting], effects)
    }

    /// What a worker, a signal or the clock has to say.
    mutating func receive(_ event: Event, now: Double) -> (lines: [String], effects: [Effect]) {
        let effects = update(&model, event, now: now)
        return (news(), effects)
    }

    /// Answers a line of input.
    mutating func answer(_ line: String, now: Double) -> (lines: [String], effects: [Effect]) {
        let text = line.trimmingPlainSpaces
        model.clock = now
        lastStatus = ""
        var lines: [String] = [], effects: [Effect] = []
        switch model.overlay {
        case .confirm, .quit: effects = reply(text, now: now)
        case .prompt(var prompt):
            prompt.field = TextField(text)
            model.overlay = .prompt(prompt)
            effects = model.perform(text.isEmpty ? .back : .enter, now: now)
            if case .prompt(let refused) = model.overlay {
                lines.append("Rejected: \(refused.problem ?? "")")
                model.overlay = nil
            }
        default: effects = model.isTyping ? type(text, &lines, now: now) : obey(text, &lines, now: now)
        }
        lines += news()
        if let question { lines.append(question) }
        return (lines, effects)
    }

    /// The input has come to its end.
    mutating func end() -> [Effect] {
        if model.exit == nil { model.exit = .done }
        return model.cancelEverything()
    }

    // MARK: Answers

    private mutating func reply(_ text: String, now: Double) -> [Effect] {
        let press = text.first.map { KeyPress.character($0) } ?? KeyPress(.escape)
        guard let binding = model.keys.binding(for: press, in: model.context) else { return model.perform(.back, now: now) }
        return model.perform(binding.action, now: now)
    }

    /// Text for the open field; what is refused leaves the old value.
    private mutating func type(_ text: String, _ lines: inout [String], now: Double) -> [Effect] {
        guard !text.isEmpty else { return model.perform(.back, now: now) }
        if model.screen == .train { model.train.form.editing = TextField(text) } else { model.fuse.form.editing = TextField(text) }
        let effects = model.perform(.enter, now: now)
        if model.isTyping {
            let reason = model.status.text
            _ = model.perform(.back, now: now)
            model.refuse(reason)
        }
        return effects
    }

    private mutating func obey(_ text: String, _ lines: inout [String], now: Double) -> [Effect] {
        if text.isEmpty {
            lines += reading
            return []
        }
        if text == "?" {
            lines += commands
            return []
        }
        if let number = Int(text) {
            let items = model.lineItems
            guard items.indices.contains(number - 1) else {
                lines.append(items.isEmpty ? "Nothing to select here; ? lists commands" : "Select 1 to \(items.count)")
                return []
            }
            return items[number - 1].choose(&model, now)
        }
        if let typed = TypedCommand(text) { return model.run(typed, now: now) }
        guard let binding = command(text) else {
            lines.append("Unknown command “\(text)”; ? lists commands")
            return []
        }
        let effects = model.overlay == nil ? model.run(binding, now: now) : model.perform(binding.action, now: now)
        read(&lines)
        return effects
    }

    /// What a picture alone shows is read out or left.
    private mutating func read(_ lines: inout [String]) {
        switch model.overlay {
        case .log:
            lines += model.log.suffix(20).map { "\($0.level.rawValue): \($0.text)" }
            model.overlay = nil
        case .help, .palette:
            lines += commands
            model.overlay = nil
        case .copy:
            lines += model.copyChoices.map { "\($0.title): \($0.text)" }
            model.overlay = nil
        case .edits:
            lines += model.recipe.edits.lines.map { model.words($0) }
            model.overlay = nil
        case .themes:
            lines.append("No colours in line mode")
            model.overlay = nil
        case .layers:
            lines += groups(model)
            model.overlay = nil
        case .fields:
            lines += model.fields(of: model.shownForm).map { "\($0.title): \(model.value(of: $0, in: model.shownForm))" }
            model.overlay = nil
        case .info:
            let form = model.shownForm
            if let field = model.field(of: form) {
                lines += model.info(of: field, in: form).map { $0.label.isEmpty ? $0.text : "\($0.label): \($0.text)" }
            }
            model.overlay = nil
        case .browser: lines += reading
        case .prompt, .confirm, .quit, nil: break
        }
    }

    private func groups(_ model: Model) -> [String] { model.groups.map { "layer \(Text.printable($0.name))" } }

    /// A command by its title, its name, its key, or the beginning of its title; those of this screen first.
    private func command(_ text: String) -> Binding? {
        let wanted = text.lowercased(), here = model.keys.bindings(in: model.context), all = here + model.keys.commands
        // “fuse” fuses, “Fuse” shows the screen of that name.
        return all.first { $0.title == text } ?? all.first { $0.title.lowercased() == wanted || $0.id == wanted } ?? here.first {
            $0.keys.contains { $0.name == text }
        }
            ?? all.first { $0.title.lowercased().hasPrefix(wanted) }
    }

    // MARK: Output

    /// The whole screen: sentences, then what a number chooses.
    private var reading: [String] {
        let items = model.lineItems.enumerated().map { "\($0.offset + 1)  \(Text.printable($0.element.label))" }
        let hints = model.keys.bindings(in: model.context).filter { $0.weight > 30 && $0.hint == nil }.sorted { $0.weight > $1.weight }
            .prefix(8).map(\.title)
        return
            (model.overlay == nil
            ? model.lineReading : ["Files. A number opens a folder or marks a parent; “open marked” opens them."]) + items + [
                "Commands: \(hints.joined(separator: ", ")). ? lists all."
            ]
    }

    private var commands: [String] { model.helpMatches("").map { "\($0.title): \($0.help)" } }

    /// The open question.
    private var question: String? {
        switch model.overlay {
        case .confirm(let confirmation): "\(confirmation.question) y or n?"
        case .quit: "A job is running. c cancels it and quits, s stays."
        case .prompt(let prompt): "\(prompt.title): \(prompt.placeholder)? An empty line cancels."
        default: nil
        }
    }

    /// What was logged since, the status where it is new, and the screen where it is another.
    private mutating func news() -> [String] {
        var lines: [String] = []
        let logged = model.log.dropFirst(min(logCount, model.log.count))
        logCount = model.log.count
        for entry in logged {
            lines.append(
                (entry.level == .command
                    ? "Command line: " : entry.level == .error ? "Error: " : entry.level == .warn ? "Warning: " : "") + entry.text)
        }
        let status = model.status.text
        if status != lastStatus, !status.isEmpty, !logged.contains(where: { $0.text == status }) { lines.append(status) }
        lastStatus = status
        if lastScreen != model.screen, model.exit == nil {
            if lastScreen != nil { lines += reading }
            lastScreen = model.screen
        }
        return lines
    }
}
