import Screen

extension Model {
    func drawOverlay(onto cells: inout Cells) {
        switch overlay {
        case nil: return
        case .help(let filter, let selected):
            drawCommands(
                "Keys on \(screen.title)", helpMatches(filter.text), field: filter, placeholder: "type to filter", selected: selected,
                onto: &cells)
        case .palette(let query, let selected):
            drawCommands(
                "Commands", paletteMatches(query.text), field: query, placeholder: "type a command", selected: selected, onto: &cells)
        case .log(let view):
            cells.clearTargets()
            let area = cells.bounds.inset(vertical: 2, horizontal: 3)
            drawLog(in: area, view, onto: &cells)
        case .browser(let browser): drawBrowser(browser, onto: &cells)
        case .prompt(let prompt): drawPrompt(prompt, onto: &cells)
        case .confirm(let confirmation):
            let lines = Text.wrap(Text.printable(confirmation.question), to: 48).map { [Span($0)] }
            cells.dialog(
                title: "Confirm", lines: lines, answers: keys.hints(in: .confirm, glyphs: appearance.glyphs).hints, appearance: appearance)
        case .copy(let selected): drawCopyMenu(selected, onto: &cells)
        case .edits(let selected): drawEdits(selected, onto: &cells)
        case .fields(let query, let selected): drawFieldSearch(query, selected: selected, onto: &cells)
        case .info: drawInfo(onto: &cells)
        case .layers(let query, let selected): drawLayerSearch(query, selected: selected, onto: &cells)
        case .themes(let selected, _): drawThemes(selected, onto: &cells)
        case .quit:
            let lines = Text.wrap(quitWords, to: 68).map { [Span($0)] }
            let isTraining = tuning != nil
            let answers = keys.bindings(in: .quit).filter {
                $0.weight > 0 && (isTraining || ![.keepAndQuit, .leaveAndQuit].contains($0.action))
            }
            cells.dialog(
                title: "Quit?", lines: lines,
                answers: answers.sorted { $0.weight > $1.weight }.map {
                    Hint(keys: Keymap.keyLabel($0, appearance.glyphs), title: $0.title, target: MouseTarget.action($0.action))
                }, width: isTraining ? 76 : 56, appearance: appearance)
        }
    }

    private var quitWords: String {
        guard let busy else { return "The job has ended." }
        let state = "\(busy.job.capitalizedTitle) is at \(busy.percent) %."
        guard tuning != nil else { return state + " Quitting cancels it; nothing is kept." }
        let checkpoint = train.live?.checkpoint.map { "The last checkpoint is \($0)." } ?? "There is no checkpoint yet."
        return state + " k stops it, keeps the best weights as a run and quits; r quits at once and leaves it resumable; c discards it. "
            + checkpoint
    }

    private func drawCommands(
        _ title: String, _ found: [Binding], field: TextField, placeholder: String, selected: Int, onto cells: inout Cells
    ) {
        cells.clearTargets()
        let area = cells.bounds.centred(rows: size.rows - 4, columns: min(96, size.columns - 6))
        let suggested = if case .palette = overlay { suggestions(for: field.text) } else { nil as [Suggestion]? }
        let inside = cells.box(
            area, title: [Span(title, .title)], note: [Span("\(suggested?.count ?? found.count)", .dim)], focused: true,
            appearance: appearance
        ).inset(vertical: 0, horizontal: 1)
        let (line, rest) = inside.split(top: 1)
        field.draw(onto: &cells, in: line, placeholder: placeholder)
        let body = rest.split(top: 1).rest
        if case .palette = overlay, let typed = TypedCommand(field.text) {
            cells.write(words(of: typed), in: rest, style: Style(.info))
            if let suggested {
                drawSuggestions(suggested, selected: selected, in: body, onto: &cells)
                drawHintsOfDialog(onto: &cells)
                return
            }
        }
        if found.isEmpty { cells.write("no such command; Esc closes", in: body, style: .dim) }
        let rows = found.map { binding in
            [
                Span(binding.keys.prefix(2).map { $0.label(appearance.glyphs) }.joined(separator: " "), .hotkey),
                Span(binding.title, .title), Span(binding.help, .dim),
            ]
        }
        Table(
            columns: [.init("", .fixed(10)), .init("", .fixed(16)), .init("", .flexible(least: 20))], rows: rows, selected: selected,
            isFocused: true, target: MouseTarget.line
        ).draw(onto: &cells, in: body)
        drawHintsOfDialog(onto: &cells)
    }

    /// What can be set, or the values it can be set to.
    private func drawSuggestions(_ suggested: [Suggestion], selected: Int, in area: Rectangle, onto cells: inout Cells) {
        let rows = suggested.map { [Span($0.title, .hotkey), Span($0.value, $0.isComplete ? .dim : .title), Span($0.help, .dim)] }
        Table(
            columns: [
                .init("", .flexible(least: 14, most: 22)), .init("", .flexible(least: 4, most: 16)), .init("", .flexible(least: 20)),
            ], rows: rows, selected: selected, isFocused: true, target: MouseTarget.line
        )
        .draw(onto: &cells, in: area)
    }

    private func drawThemes(_ selected: Int, onto cells: inout Cells) {
        cells.clearTargets()
        let area = cells.bounds.centred(rows: themes.count + 4, columns: 30)
        let inside = cells.box(area, title: [Span("Theme", .title)], focused: true, appearance: appearance)
        let rows = themes.map { [Span($0)] }
        Table(columns: [.init("", .flexible(least: 10))], rows: rows, selected: selected, isFocused: true, target: MouseTarget.line).draw(
            onto: &cells, in: inside.split(bottom: 2).rest)
        let samples: [Span] = [
            Span(" A● ", Style(.parentA)), Span("B▲ ", Style(.parentB)), Span("◆ ", Style(.fused)), Span("\(appearance.ok) ", .ok),
            Span("\(appearance.warn) ", .warn), Span(appearance.error, .error),
        ]
        cells.write(samples, in: inside, line: inside.rows - 1)
    }

    /// The newest entries at the foot; the offset counts entries back from them.
    func drawLog(in area: Rectangle, _ view: LogView, onto cells: inout Cells) {
        let isOpen = if case .log = overlay { true } else { false }
        let inside = cells.box(
            area, title: [Span("Log", .title)],
            note: isOpen
                ? [Span("\(view.level.map { "\($0.rawValue): " } ?? "")\(logEntries(view.level).count) entries", .dim)]
                : [Span("! opens", .dim)], focused: isOpen, appearance: appearance)
        let log = logEntries(view.level)
        guard !log.isEmpty else {
            cells.write(view.level == nil ? "no entries yet" : "no entries of this level", in: inside, style: .dim)
            return
        }
        var lines: [[Span]] = []
        for entry in log.dropLast(min(view.offset, log.count - 1)).reversed() where lines.count < inside.rows {
            let (sign, role) = Self.sign(entry.level, appearance)
            let stamp = "[\(Self.stamp(entry.time))] "
            let parts = Text.wrap(sign + entry.text, to: max(10, inside.columns - Text.width(stamp)))
            for (index, part) in parts.enumerated().reversed() {
                lines.append([Span(index == 0 ? stamp : String(repeating: " ", count: Text.width(stamp)), .dim), Span(part, Style(role))])
            }
        }
        for (index, line) in lines.prefix(inside.rows).reversed().enumerated() { cells.write(line, in: inside, line: index) }
    }

    /// Minutes, seconds and tenths since the start.
    static func stamp(_ time: Double) -> String {
        let tenths = time.isFinite ? max(0, Int(min(time, 1e9) * 10)) : 0
        let minutes = tenths / 600, seconds = tenths / 10 % 60
        return (minutes < 10 ? "0" : "") + "\(minutes):" + (seconds < 10 ? "0" : "") + "\(seconds).\(tenths % 10)"
    }
}
