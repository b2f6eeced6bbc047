import Screen

/// The screen for a state: a pure function, drawn whole each time; the backend sends only what changed.
func view(_ model: Model) -> Cells {
    var cells = Cells(model.size)
    let layout = model.layout
    if layout.mode == .tooSmall {
        model.drawTooSmall(onto: &cells)
    } else {
        model.drawTitle(layout, onto: &cells)
        model.drawBanner(layout, onto: &cells)
        model.drawScreen(layout, onto: &cells)
        model.drawFoot(layout, onto: &cells)
        model.drawOverlay(onto: &cells)
    }
    return model.appearance.glyphs == .ascii ? cells.asciified() : cells
}

extension Model {
    func drawTooSmall(onto cells: inout Cells) {
        let words =
            "need \(Layout.least.columns)×\(Layout.least.rows), have \(size.columns)×\(size.rows) — enlarge the terminal, or run amalgam fuse; q quits"
        let lines = Text.wrap(words, to: max(1, size.columns - 2))
        let area = cells.bounds.centred(rows: lines.count, columns: size.columns)
        for (index, line) in lines.enumerated() { cells.write(line, in: area, line: index, align: .centre) }
    }

    // MARK: Title, status, hints

    func drawTitle(_ layout: Layout, onto cells: inout Cells) {
        let isRoomy = layout.title.columns >= 100
        var at = layout.title.column
        if isRoomy {
            cells.put(" amalgam", row: 0, column: at, style: Style(.title))
            at += 10
        }
        let chip = jobChip
        let room = layout.title.columns - Text.width(chip.text) - 2
        let whole = ScreenID.allCases.reduce(at) { $0 + Text.width($1.title) + (isRoomy ? 5 : 4) }
        for screen in ScreenID.allCases {
            let isActive = screen == self.screen
            // Where the names do not fit, the numbers stay: they are the keys.
            let label =
                isActive
                ? "[\(screen.rawValue) \(screen.title)]" : whole <= room ? " \(screen.rawValue) \(screen.title) " : " \(screen.rawValue) "
            cells.put(label, row: layout.title.row, column: at, style: isActive ? Style(.tabActive) : .dim)
            if !isActive { cells.put("\(screen.rawValue)", row: layout.title.row, column: at + 1, style: Style(.hotkey)) }
            cells.addTarget(Rectangle(row: layout.title.row, column: at, rows: 1, columns: Text.width(label)), MouseTarget.screen(screen))
            at += Text.width(label) + (isRoomy ? 1 : 0)
        }
        cells.put(chip.text, row: layout.title.row, column: layout.title.right - Text.width(chip.text) - 1, style: Style(chip.role))
    }

    /// The step of the tour, in a line of its own.
    func drawBanner(_ layout: Layout, onto cells: inout Cells) {
        guard let tourLine, !layout.banner.isEmpty else { return }
        cells.fill(layout.banner, style: Style(.input))
        cells.write([Span(" ▸ ", Style(.hotkey).on(.input)), Span(tourLine, .input)], in: layout.banner)
        cells.addTarget(layout.banner, MouseTarget.action(.tour))
    }

    /// The running job, in a few words, on every screen.
    private var jobChip: (text: String, role: Role) {
        if let busy {
            let name = busy.job is TuneJob ? "tuning" : "fusing", percent = "\(busy.percent)%"
            let isStopping = train.live?.phase == .stopping && busy.job is TuneJob
            if let cancelledAt = busy.cancelledAt {
                let slow = clock - cancelledAt >= StallDetector.patience
                return ("\(isStopping ? "stopping" : "cancelling") … \(slow ? "x abandons it" : percent)", .warn)
            }
            if let stalledFor {
                return ("\(appearance.warn) \(name) \(percent), no progress for \(StallDetector.words(stalledFor))", .warn)
            }
            if busy.job is TuneJob, let live = train.live {
                if live.phase == .paused { return ("⏸ paused \(percent)", .warn) }
                return ("⟳ \(name) \(percent)" + (remaining(live).map { "  \($0)" } ?? ""), .info)
            }
            return ("⟳ \(name) \(percent)", .info)
        }
        if isPlanning, groups.count > 1 {
            let done = groups.count { plans[$0.name]?.recipe == recipe || planProblems[$0.name]?.recipe == recipe }
            return ("⟳ planning \(done)/\(groups.count)", .info)
        }
        let job = jobs.first(PlanJob.self) ?? jobs.running.values.min { $0.ticket < $1.ticket }
        return job.map { ("⟳ \(type(of: $0.job).title)", .info) } ?? ("idle", .dim)
    }

    func drawFoot(_ layout: Layout, onto cells: inout Cells) {
        let (sign, role) = Self.sign(status.level, appearance)
        let recipeState = history.isChanged ? "● recipe changed" : ""
        let room = layout.status.columns - Text.width(recipeState) - 3
        cells.write(
            [
                Span(" " + sign, role),
                Span(Text.clip(status.text, to: max(0, room - Text.width(sign) - 1)), status.level == .info ? .text : role),
            ], in: layout.status)
        if !recipeState.isEmpty, room > 20 { cells.writeAtRight(recipeState + " ", in: layout.status, line: 0, style: Style(.warn)) }
        let (hints, kept) = keys.hints(in: context, glyphs: appearance.glyphs, isBusy: busy != nil)
        cells.hints(hints, kept: kept, in: layout.hints)
    }

    /// The sign and the look of a level: the sign says it where there is no colour.
    static func sign(_ level: LogEntry.Level, _ appearance: Appearance) -> (String, Role) {
        switch level {
        case .info: ("", .text)
        case .ok: (appearance.ok + " ", .ok)
        case .warn: (appearance.warn + " ", .warn)
        case .error: (appearance.error + " ", .error)
        case .command: ("$ ", .info)
        }
    }

    // MARK: Panels

    func drawScreen(_ layout: Layout, onto cells: inout Cells) {
        for (panel, area) in layout.panels.sorted(by: { ($0.value.row, $0.value.column) < ($1.value.row, $1.value.column) }) {
            if panel == .log {
                drawLog(in: area, LogView(), onto: &cells)
            } else {
                screen.room.draw(panel, of: self, in: area, onto: &cells)
            }
        }
    }

    func hasFocus(_ panel: Panel) -> Bool { self.panel == panel && overlay == nil }

    /// Lines of text from the top of an area, each wrapped.
    func write(_ text: String, in area: Rectangle, from line: Int, style: Style = .text, onto cells: inout Cells) -> Int {
        var at = line
        for part in Text.wrap(text, to: area.columns) {
            guard at < area.rows else { break }
            cells.write(part, in: area, line: at, style: style)
            at += 1
        }
        return at
    }

    /// A label and its value on one line.
    func pair(_ label: String, _ value: [Span], in area: Rectangle, line: Int, width: Int = 14, onto cells: inout Cells) {
        cells.write(label, in: area, line: line, style: .dim)
        cells.write(value, in: area, line: line, indent: min(width, max(0, area.columns - 6)))
    }
}
