import Screen

/// The workbench as a conversation: what the screen holds is read out, a number or a command answers. The same state, the same commands, no picture.
///
/// For screen readers, for terminals that cannot be drawn on, and for pipes.
struct LineConversation {
    private(set) var model: Model
    /// What has been said of the log and of the status line.
    private var told = 0
    private var lastStatus = ""
    private var lastScreen: ScreenID?

    init(_ model: Model) { self.model = model }

    static let greeting =
        "Amalgam, line by line. A number chooses, a word is a command, an empty line reads the screen again, ? lists the commands, wait waits for jobs, q leaves."

    mutating func begin(now: Double) -> (lines: [String], effects: [Effect]) {
        let effects = model.begin(now: now)
        return ([Self.greeting], effects)
    }

    /// What a worker, a signal or the clock has to say.
    mutating func take(_ event: Event, now: Double) -> (lines: [String], effects: [Effect]) {
        let effects = update(&model, event, now: now)
        return (news(), effects)
    }

    /// A line of the person's.
    mutating func hear(_ line: String, now: Double) -> (lines: [String], effects: [Effect]) {
        let text = line.trimmingPlainSpaces
        model.clock = now
        lastStatus = ""
        var lines: [String] = [], effects: [Effect] = []
        switch model.overlay {
        case .confirm, .quit: effects = answer(text, now: now)
        case .prompt(var prompt):
            prompt.field = TextField(text)
            model.overlay = .prompt(prompt)
            effects = model.perform(text.isEmpty ? .back : .open, now: now)
            if case .prompt(let refused) = model.overlay {
                lines.append("Not taken: \(refused.problem ?? "")")
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

    private mutating func answer(_ text: String, now: Double) -> [Effect] {
        let press = text.first.map { KeyPress.character($0) } ?? KeyPress(.escape)
        guard let binding = model.keys.binding(for: press, in: model.context) else { return model.perform(.back, now: now) }
        return model.perform(binding.action, now: now)
    }

    /// Text for the open field; what is refused leaves the old value.
    private mutating func type(_ text: String, _ lines: inout [String], now: Double) -> [Effect] {
        guard !text.isEmpty else { return model.perform(.back, now: now) }
        if model.screen == .train { model.train.form.editing = TextField(text) } else { model.fuse.editing = TextField(text) }
        let effects = model.perform(.open, now: now)
        if model.isTyping {
            let reason = model.status.text
            _ = model.perform(.back, now: now)
            model.status = Status(level: .error, text: reason)
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
                lines.append(items.isEmpty ? "There is nothing to choose here; ? lists the commands" : "Choose 1 to \(items.count)")
                return []
            }
            return items[number - 1].choose(&model, now)
        }
        if let typed = TypedCommand(text) { return model.carryOut(typed, now: now) }
        guard let binding = command(text) else {
            lines.append("There is no command “\(text)”; ? lists them")
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
            lines.append("There are no colours here")
            model.overlay = nil
        case .browser: lines += reading
        case .prompt, .confirm, .quit, nil: break
        }
    }

    /// A command by its title, its name, its key, or the beginning of its title; those of this screen first.
    private func command(_ text: String) -> Binding? {
        let wanted = text.lowercased(), here = model.keys.bindings(in: model.context), all = here + model.keys.commands
        // “fuse” fuses, “Fuse” shows the screen of that name.
        return all.first { $0.title == text } ?? all.first { $0.title.lowercased() == wanted || $0.id == wanted } ?? here.first {
            $0.keys.contains { $0.name == text }
        }
            ?? all.first { $0.title.lowercased().hasPrefix(wanted) }
    }

    // MARK: What is said

    /// The whole screen: sentences, then what a number chooses.
    private var reading: [String] {
        let items = model.lineItems.enumerated().map { "\($0.offset + 1)  \(Text.printable($0.element.label))" }
        let hints = model.keys.bindings(in: model.context).filter { $0.weight > 30 && $0.hint == nil }.sorted { $0.weight > $1.weight }
            .prefix(8).map(\.title)
        return
            (model.overlay == nil
            ? model.lineReading : ["Files. A number enters a folder or marks a parent; “open the marked” opens them."]) + items + [
                "Commands: \(hints.joined(separator: ", ")). ? lists all."
            ]
    }

    private var commands: [String] { model.helpMatches("").map { "\($0.title): \($0.help)" } }

    /// What waits for an answer.
    private var question: String? {
        switch model.overlay {
        case .confirm(let confirmation): "\(confirmation.question) y or n?"
        case .quit: "A job is running. c cancels it and leaves, s stays."
        case .prompt(let prompt): "\(prompt.title): \(prompt.placeholder)? An empty line leaves everything as it is."
        default: nil
        }
    }

    /// What was logged since, the status where it is new, and the screen where it is another.
    private mutating func news() -> [String] {
        var lines: [String] = []
        let logged = model.log.dropFirst(min(told, model.log.count))
        told = model.log.count
        for entry in logged {
            lines.append(
                (entry.level == .command
                    ? "The same by command: " : entry.level == .error ? "Error: " : entry.level == .warn ? "Note: " : "") + entry.text)
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
