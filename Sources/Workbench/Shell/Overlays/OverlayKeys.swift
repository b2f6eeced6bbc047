import Screen

extension Model {
    /// Actions while an overlay is up; nil lets the action through to the screen beneath.
    mutating func performInOverlay(_ action: Action, now: Double) -> [Effect]? {
        guard let overlay else { return nil }
        if overlay != .quit, action == .interrupt { return close() }
        if action == .back || action == .answerNo { return close() }
        switch overlay {
        case .browser(let browser): return perform(action, in: browser)
        case .log(let view): return perform(action, in: view)
        case .prompt(let prompt):
            switch action {
            case .enter: return accept(prompt, now: now)
            case .up, .down: moveInJumps(prompt, by: action == .up ? -1 : 1)
            default: return nil
            }
        case .confirm(let confirmation):
            guard action == .answerYes else { return nil }
            self.overlay = nil
            return carryOut(confirmation, now: now)
        case .quit:
            switch action {
            case .cancelAndQuit, .interrupt:
                exit = action == .interrupt ? .interrupted : .done
                return cancelEverything()
            case .keepAndQuit: return keepAndQuit(now: now)
            case .leaveAndQuit: return leaveAndQuit()
            default: return nil
            }
        case .palette(let query, let selected) where action == .completeCommand: complete(query.text, selected: selected)
        case .info: return nil
        case .edits(let selected) where action == .removeEdit: return removeEdit(selected)
        case .palette, .help, .themes, .copy, .edits, .layers, .fields:
            if action == .enter { return chooseSelected(now: now) }
            guard let selected = selectedLine, let next = action.moved(selected, count: lineCount, page: 1) else { return nil }
            select(line: next)
        }
        return []
    }

    /// Ends the training with its best weights, which are evaluated and recorded, and quits then.
    private mutating func keepAndQuit(now: Double) -> [Effect] {
        self.overlay = nil
        guard tuning != nil else {
            inform(busy == nil ? "The job has ended; q quits" : "A fusion keeps nothing before its end: c cancels it")
            return []
        }
        quitsAfterJob = true
        return stopTuning(keeps: true, now: now)
    }

    /// Quits at once; the training's checkpoint stays, from which it is resumed.
    private mutating func leaveAndQuit() -> [Effect] {
        self.overlay = nil
        guard let tuning else {
            inform(busy == nil ? "The job has ended; q quits" : "A fusion cannot be resumed: c cancels it")
            return []
        }
        exit = .done
        return [.leave(ticket: tuning.ticket)] + cancelEverything().filter { $0 != .cancel(ticket: tuning.ticket) }
    }

    private mutating func close() -> [Effect] {
        if case .themes(_, let original)? = overlay { theme = original }
        overlay = nil
        return []
    }

    private mutating func perform(_ action: Action, in view: LogView) -> [Effect]? {
        var view = view
        switch action {
        case .up: view.offset = min(max(0, logEntries(view.level).count - 1), view.offset + 1)
        case .down: view.offset = max(0, view.offset - 1)
        case .nextLogLevel: view = LogView(level: LogView.levels.moved(from: LogView.levels.firstIndex(of: view.level) ?? 0, by: 1))
        default: return nil
        }
        overlay = .log(view)
        return []
    }

    // MARK: Lists

    /// The selected line of the list in an overlay.
    private var selectedLine: Int? {
        switch overlay {
        case .palette(_, let selected), .help(_, let selected), .themes(let selected, _), .copy(let selected), .edits(let selected),
            .layers(_, let selected), .fields(_, let selected):
            selected
        default: nil
        }
    }

    private var lineCount: Int {
        switch overlay {
        case .palette(let query, _): suggestions(for: query.text)?.count ?? paletteMatches(query.text).count
        case .help(let filter, _): helpMatches(filter.text).count
        case .themes: themes.count
        case .copy: copyChoices.count
        case .edits: recipe.edits.lines.count
        case .layers(let query, _): layerMatches(query.text).count
        case .fields(let query, _): fieldMatches(query.text).count
        default: 0
        }
    }

    private mutating func select(line: Int) {
        let line = max(0, line)
        switch overlay {
        case .palette(let query, _): overlay = .palette(query: query, selected: line)
        case .help(let filter, _): overlay = .help(filter: filter, selected: line)
        case .themes(_, let original):
            overlay = .themes(selected: line, original: original)
            if themes.indices.contains(line) { theme = themes[line] }
        case .copy: overlay = .copy(selected: line)
        case .edits: overlay = .edits(selected: line)
        case .layers(let query, _): overlay = .layers(query: query, selected: line)
        case .fields(let query, _): overlay = .fields(query: query, selected: line)
        default: break
        }
    }

    private mutating func chooseSelected(now: Double) -> [Effect] {
        switch overlay {
        case .palette(let query, let selected):
            if let effects = accept(typed: query.text, selected: selected, now: now) { return effects }
            let found = paletteMatches(query.text)
            return found.indices.contains(selected) ? run(found[selected], now: now) : []
        case .help(let filter, let selected):
            let found = helpMatches(filter.text)
            return found.indices.contains(selected) ? run(found[selected], now: now) : []
        case .themes:
            overlay = nil
            say(.info, "Theme: \(theme)", now: now)
            return []
        case .copy(let selected): return copy(selected, now: now)
        case .edits(let selected): return showEdit(selected)
        case .layers(let query, let selected): return chooseLayer(query.text, selected)
        case .fields(let query, let selected): return chooseField(query.text, selected)
        default: return []
        }
    }

    /// A click on a line of the list.
    mutating func chooseLine(_ index: Int, now: Double) -> [Effect] {
        switch overlay {
        case .themes:
            select(line: index)
            return []
        case .prompt(var prompt):
            prompt.selected = index
            overlay = .prompt(prompt)
        case .browser(var browser):
            let again = browser.selected == index
            browser.selected = index
            let effects = show(browser)
            return again ? effects + perform(.enter, now: now) : effects
        default: select(line: index)
        }
        return perform(.enter, now: now)
    }

    private mutating func carryOut(_ confirmation: Confirmation, now: Double) -> [Effect] {
        switch confirmation {
        case .overwrite(var file):
            file.overwrites = true
            return [.write(file)]
        case .overwriteReport(let runs, let path): return [jobs.start(ReportJob(runs: runs, path: path, overwrites: true))]
        case .overwriteNetwork(let source, let path): return [jobs.start(SaveNetworkJob(source: source, path: path, overwrites: true))]
        case .replaceParents(.set(let row, _, _)): return openRow(row)
        case .replaceParents(.own(let parents)): return openOwn(parents)
        case .delete(let id): return [jobs.start(DeleteRunJob(run: id))]
        case .discardTraining: return stopTuning(keeps: false, now: now)
        case .abandon(let ticket, _, _): return abandon(ticket, now: now)
        }
    }

    // MARK: Commands

    /// A longer text was pasted by mistake: no command has such a name.
    private static let longestQuery = 200

    /// The entries of one level, or all.
    func logEntries(_ level: LogEntry.Level?) -> [LogEntry] { level.map { wanted in log.filter { $0.level == wanted } } ?? log }

    /// Runs a command from a list. One that belongs to another screen goes there first.
    mutating func run(_ binding: Binding, now: Double) -> [Effect] {
        overlay = nil
        recent = Array(([binding.id] + recent.filter { $0 != binding.id }).prefix(8))
        var effects: [Effect] = []
        if !binding.contexts.contains(Context(screen)), let there = binding.contexts.lazy.compactMap(\.screen).first {
            effects = show(there)
        }
        return effects + perform(binding.action, now: now)
    }

    /// Commands whose name, id or help holds the letters in this order, closest first.
    func paletteMatches(_ query: String) -> [Binding] {
        guard query.utf8.count <= Self.longestQuery else { return [] }
        let scored = keys.commands.enumerated().compactMap { index, binding -> (Int, Int, Binding)? in
            let name = "\(binding.title) \(binding.id)"
            // A whole word of the name, then one of the sentence, then letters in this order.
            if let score = Self.closeness(query, to: name), Self.hasWord(query, in: name) { return (score, index, binding) }
            if Self.hasWord(query, in: binding.help) { return (1000, index, binding) }
            guard
                let score = Self.closeness(query, to: name).map({ $0 + 2000 }) ?? Self.closeness(query, to: binding.help).map({ $0 + 3000 })
            else { return nil }
            return (score, index, binding)
        }
        let order = scored.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
        guard query.isEmpty else { return order }
        // Without a query what was used last comes first, then what one does; keys that only move are found by typing.
        let first = recent + Bindings.verbs.filter { !recent.contains($0) }
        let leading = first.compactMap { id in order.first { $0.id == id } }
        return leading + order.filter { !first.contains($0.id) && !Bindings.isMotion($0) }
    }

    /// The commands that mean something where the help was opened, those of this screen only before those of every screen; the filter takes plain words.
    func helpMatches(_ filter: String) -> [Binding] {
        guard filter.utf8.count <= Self.longestQuery else { return [] }
        let here = keys.bindings(in: Context(screen)).enumerated().sorted {
            ($0.element.contexts.count, $0.offset) < ($1.element.contexts.count, $1.offset)
        }.map(\.element)
        guard !filter.isEmpty else { return here }
        return here.filter { "\($0.title) \($0.help) \($0.id)".lowercased().contains(filter.lowercased()) }
    }

    /// Whether a word of the text begins with the query, which has three letters or more.
    static func hasWord(_ query: String, in text: String) -> Bool {
        let wanted = query.lowercased().trimmingPlainSpaces
        return wanted.count >= 3 && text.lowercased().split { !$0.isLetter }.contains { $0.hasPrefix(wanted) }
    }

    /// How far apart the letters of the query lie in the text, letters at the beginning of a word counting as near; nil where one is missing.
    static func closeness(_ query: String, to text: String) -> Int? {
        let letters = Array(text.lowercased())
        var score = 0, next = 0
        for letter in query.lowercased() where letter != " " {
            guard let place = letters[next...].firstIndex(of: letter) else { return nil }
            let beginsWord = place == 0 || !letters[place - 1].isLetter
            score += (place - next) * (beginsWord ? 1 : 4)
            next = place + 1
        }
        return score
    }
}
