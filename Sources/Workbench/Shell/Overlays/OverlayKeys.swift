import Screen

extension Model {
    /// Actions while an overlay is up; nil lets the action through to the screen beneath.
    mutating func performInOverlay(_ action: Action, now: Double) -> [Effect]? {
        guard let overlay else { return nil }
        if action == .interrupt, overlay != .quit {
            close(overlay)
            return []
        }
        switch overlay {
        case .palette(let query, let selected):
            let found = paletteMatches(query.text), count = suggestions(for: query.text)?.count ?? found.count
            switch action {
            case .up: self.overlay = .palette(query: query, selected: max(0, selected - 1))
            case .down: self.overlay = .palette(query: query, selected: min(max(0, count - 1), selected + 1))
            case .nextPanel: complete(query.text, selected: selected)
            case .open:
                if let effects = accept(typed: query.text, selected: selected, now: now) { return effects }
                return found.indices.contains(selected) ? run(found[selected], now: now) : []
            case .back: close(overlay)
            default: return nil
            }
        case .help(let filter, let selected):
            let found = helpMatches(filter.text)
            switch action {
            case .up: self.overlay = .help(filter: filter, selected: max(0, selected - 1))
            case .down: self.overlay = .help(filter: filter, selected: min(max(0, found.count - 1), selected + 1))
            case .open: return found.indices.contains(selected) ? run(found[selected], now: now) : []
            case .back: close(overlay)
            default: return nil
            }
        case .log(var view):
            switch action {
            case .up: view.offset = min(max(0, logEntries(view.level).count - 1), view.offset + 1)
            case .down: view.offset = max(0, view.offset - 1)
            case .nextPanel:
                view = LogView(level: LogView.levels[((LogView.levels.firstIndex(of: view.level) ?? 0) + 1) % LogView.levels.count])
            case .back:
                close(overlay)
                return []
            default: return nil
            }
            self.overlay = .log(view)
        case .browser(let browser): return perform(action, in: browser, now: now)
        case .prompt(let prompt):
            switch action {
            case .open: return accept(prompt, now: now)
            case .up, .down: moveInJumps(prompt, by: action == .up ? -1 : 1)
            case .back: close(overlay)
            default: return nil
            }
        case .confirm(let confirmation):
            switch action {
            case .answerYes:
                self.overlay = nil
                return carryOut(confirmation.deed, now: now)
            case .answerStay, .back: close(overlay)
            default: return nil
            }
        case .copy(let selected):
            switch action {
            case .up: self.overlay = .copy(selected: max(0, selected - 1))
            case .down: self.overlay = .copy(selected: min(copyChoices.count - 1, selected + 1))
            case .open: return copy(selected, now: now)
            case .back: close(overlay)
            default: return nil
            }
        case .edits(let selected): return performInEdits(action, selected)
        case .themes(let selected, let original):
            switch action {
            case .up, .down:
                let next = max(0, min(themes.count - 1, selected + (action == .up ? -1 : 1)))
                self.overlay = .themes(selected: next, original: original)
                if themes.indices.contains(next) { theme = themes[next] }
            case .open:
                self.overlay = nil
                say(.info, "Theme \(theme)", now: now)
            case .back: close(overlay)
            default: return nil
            }
        case .quit:
            switch action {
            case .answerCancelAndQuit, .interrupt:
                exit = action == .interrupt ? .interrupted : .done
                return cancelEverything()
            case .answerStay, .back: close(overlay)
            default: return nil
            }
        }
        return []
    }

    private mutating func carryOut(_ deed: Confirmation.Deed, now: Double) -> [Effect] {
        switch deed {
        case .overwrite(var file):
            file.overwrites = true
            return [.write(file)]
        case .overwriteReport(let runs, let path): return [jobs.start(.report(runs, path: path, overwrites: true))]
        case .delete(let id): return [jobs.start(.delete(id))]
        case .discard: return stopTuning(keeps: false, now: now)
        case .abandon(let ticket): return abandon(ticket, now: now)
        }
    }

    /// The entries of one level, or all.
    func logEntries(_ level: LogEntry.Level?) -> [LogEntry] { level.map { wanted in log.filter { $0.level == wanted } } ?? log }

    private mutating func close(_ overlay: Overlay) {
        if case .themes(_, let original) = overlay { theme = original }
        self.overlay = nil
    }

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
        let scored = keys.commands.enumerated().compactMap { index, binding -> (Int, Int, Binding)? in
            guard
                let score = Self.closeness(query, to: "\(binding.title) \(binding.id)")
                    ?? Self.closeness(query, to: binding.help).map({ $0 + 1000 })
            else { return nil }
            return (score, index, binding)
        }
        let order = scored.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
        guard query.isEmpty else { return order }
        // Without a query what was used last comes first.
        let latest = recent.compactMap { id in order.first { $0.id == id } }
        return latest + order.filter { !recent.contains($0.id) }
    }

    /// The commands that mean something where the help was opened, those of this screen only before those of every screen; the filter takes plain words.
    func helpMatches(_ filter: String) -> [Binding] {
        let here = keys.bindings(in: Context(screen)).enumerated().sorted {
            ($0.element.contexts.count, $0.offset) < ($1.element.contexts.count, $1.offset)
        }.map(\.element)
        guard !filter.isEmpty else { return here }
        return here.filter { "\($0.title) \($0.help) \($0.id)".lowercased().contains(filter.lowercased()) }
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
