import Formatting
import Screen

extension Model {
    static let letters: [(sign: String, role: Role, pattern: Int)] = [
        ("1", .chartTrain, 0), ("2", .chartValidation, 2), ("3", .chart3, 4), ("4", .chart4, 1),
    ]

    func drawRuns(in area: Rectangle, onto cells: inout Cells) {
        let title =
            [Span("Runs", .title), Span(" · by \(compare.order.rawValue)\(compare.isReversed ? ", reversed" : "")", .dim)]
            + (compare.filter.isEmpty ? [] : [Span(" · only “\(Text.printable(compare.filter))”", .warn)])
        let inside = cells.box(
            area, title: title,
            note: compare.rows.value.map { rows in
                [Span(compare.filter.isEmpty ? "\(rows.count)" : "\(compare.sorted.count) of \(rows.count)", .dim)]
            } ?? [], focused: hasFocus(.runs),
            appearance: appearance)
        switch compare.rows {
        case .nothing, .waiting: cells.write("reading …", in: inside, style: .dim)
        case .failed(let reason): _ = write("\(appearance.error) \(reason)", in: inside, from: 0, style: Style(.error), onto: &cells)
        case .ready(let rows) where rows.isEmpty:
            var line = write("No runs yet.", in: inside, from: 0, style: Style(.title), onto: &cells)
            line = write(
                "F on screen 4 fuses, t fine-tunes; runs of the command line are listed here, too.", in: inside, from: line,
                onto: &cells)
        case .ready:
            let sorted = compare.sorted
            guard !sorted.isEmpty else {
                _ = write(
                    "No run holds “\(compare.filter)”; / changes the filter, Esc removes it.", in: inside, from: 0, style: .dim,
                    onto: &cells)
                return
            }
            // Figures on different data are not compared.
            let best = Dictionary(grouping: sorted, by: \.data).mapValues { $0.compactMap(\.accuracy).max() }
            Table(
                columns: runColumns(inside.columns), count: sorted.count, selected: compare.selected, isFocused: hasFocus(.runs),
                target: MouseTarget.run
            ) { runCells(sorted[$0], best: best[sorted[$0].data] ?? nil) }.draw(onto: &cells, in: inside)
        }
    }

    private func runColumns(_ room: Int) -> [Table.Column] {
        let columns: [Table.Column] = [
            .init("", .fixed(1)), .init("run", .fixed(5)), .init("kind", .fixed(8)), .init("method", .flexible(least: 9, most: 18)),
            .init("accuracy", .fixed(9), .right), .init("Δ best", .fixed(7), .right),
            .init("loss", .fixed(7), .right), .init("data", .flexible(least: 8, most: 20), cutsMiddle: true),
            .init("time", .fixed(8), .right),
            .init("state", .fixed(9)), .init("parents", .flexible(least: 10)),
        ]
        return columns
    }

    private func runCells(_ run: RunRow, best: Double?) -> [Span] {
        let mark = compare.marked.firstIndex(of: run.id).map { Self.letters[min($0, Self.letters.count - 1)] }
        let state: (String, Role) =
            switch run.status {
            case "finished": ("\(appearance.ok) done", .ok)
            case "running": stalledFor(run).map { ("\(appearance.warn) \(StallDetector.words($0))", .warn) } ?? ("⟳ running", .info)
            case "failed": ("\(appearance.error) failed", .error)
            default: ("\(appearance.warn) \(run.status)", .warn)
            }
        let gap = run.accuracy.flatMap { accuracy in best.map { accuracy - $0 } }
        let from = run.title ?? run.continues.map { "continues \($0)" } ?? Labels.parents(run.parents)
        return [
            Span(mark?.sign ?? "", mark.map { Style($0.role).adding(.bold) } ?? .text), Span(run.id, mark.map { Style($0.role) } ?? .text),
            Span(run.kind, .dim), Span(run.method),
            Span(run.accuracy.map { Format.percent($0) } ?? run.measured.map { Text.clip($0, to: 9) } ?? "–", .title),
            Span(gap.map { $0 == 0 ? "best" : Format.percentDigits($0) } ?? "", gap == 0 ? Style(.chartBest) : .dim),
            Span(run.loss.map(HeatMap.number) ?? "–"), Span(run.data.map { Text.printable($0) } ?? "–", .dim),
            Span(Format.duration(run.seconds), .dim), Span(state.0, state.1),
            Span(Text.printable(from), .dim),
        ]
    }

    // MARK: Curves of several runs

    var compareSeries: [CurveChart.Series] {
        compare.drawn.enumerated().flatMap { index, id in
            let look = Self.letters[min(index, Self.letters.count - 1)]
            var curves = compare.details[id]?.curves ?? [:]
            // Where there is a validation it is what runs are compared by.
            let validation = "\(compare.metric)/validation"
            if let curve = curves[validation], !curve.isEmpty { curves = [validation: curve] }
            return series(of: curves, metric: compare.metric, recent: false) { name in
                (name.isEmpty || name == "validation" ? id : "\(id) \(name)", look.role, look.pattern)
            }
        }
    }

    func drawRunCurves(in area: Rectangle, onto cells: inout Cells) {
        switch compare.view {
        case .curves: break
        case .size, .time: return drawFront(in: area, onto: &cells)
        case .classes: return drawClassTransfer(in: area, onto: &cells)
        case .confusion: return drawConfusion(in: area, onto: &cells)
        }
        let title = [
            Span("\(compare.metric.prefix(1).uppercased() + compare.metric.dropFirst())", .title),
            Span(" · \(compare.drawn.joined(separator: " "))", .dim),
        ]
        let inside = cells.box(area, title: title, appearance: appearance)
        let series = compareSeries
        guard !series.isEmpty else {
            let words =
                compare.drawn.isEmpty
                ? "space marks runs to compare their curves here"
                : "no \(compare.metric) curves: only fine-tuning runs have them; { } shows other metrics"
            _ = write(words, in: inside, from: 0, style: .dim, onto: &cells)
            return
        }
        var chart = CurveChart(series: series, isLogarithmic: train.isLogarithmic && compare.metric == "loss")
        chart.xTitle = "step"
        chart.draw(onto: &cells, in: inside, appearance: appearance)
    }

    // MARK: One run, or the difference of two

    func drawRunDetail(in area: Rectangle, onto cells: inout Cells) {
        guard let run = compare.run else {
            cells.box(area, title: [Span("Details", .title)], appearance: appearance)
            return
        }
        if let first = compare.marked.first(where: { $0 != run.id }), let other = compare.rows.value?.first(where: { $0.id == first }) {
            drawDifference(other, run, in: area, onto: &cells)
            return
        }
        let inside = cells.box(
            area, title: [Span(run.id, .title), Span(" · \(run.method)", .dim)], focused: hasFocus(.detail), appearance: appearance)
        guard let detail = compare.details[run.id] else {
            cells.write("reading …", in: inside, style: .dim)
            return
        }
        var line = 0
        if let silence = stalledFor(run) {
            line = write("\(appearance.warn) \(Self.stalledWords(silence))", in: inside, from: line, style: Style(.warn), onto: &cells)
        }
        if let reason = run.reason {
            line = write("\(appearance.error) \(reason)", in: inside, from: line, style: Style(.error), onto: &cells)
        }
        if run.isResumable, line < inside.rows {
            cells.write([Span("R", .hotkey), Span(" goes on from its checkpoint", .info)], in: inside, line: line)
            line += 1
        }
        if let data = run.data, line < inside.rows {
            cells.write(
                [Span("on ", .dim), Span(Text.clipMiddle(Text.printable(data), to: max(4, inside.columns - 3)), .dim)], in: inside,
                line: line)
            line += 1
        }
        let lineage = lineageWords(run)
        if !lineage.isEmpty, line < inside.rows {
            cells.write([Span("from ", .dim), Span(Text.clip(lineage, to: max(4, inside.columns - 5)))], in: inside, line: line)
            line += 1
        }
        var letter = 0
        let shown = detail.rows.fitting(inside.rows - line - (detail.network == nil ? 0 : 1))
        for row in shown where line < inside.rows {
            let (sign, role) = Self.mark(row.role, letter: letter)
            if row.role == .parent { letter += 1 }
            let value = row.value ?? Format.none
            cells.write(
                [
                    Span("\(sign) ", role),
                    Span(
                        Labels.name(Text.printable(Labels.stem(row.name)), room: max(4, inside.columns - Text.width(value) - 5)),
                        role),
                ], in: inside, line: line)
            cells.writeAtRight(value + " ", in: inside, line: line, style: Style(role))
            line += 1
        }
        if let network = detail.network, line < inside.rows {
            let words = "network: "
            cells.write(
                [Span(words, .dim), Span(Text.clipStart(Text.printable(network), to: max(4, inside.columns - words.count)))], in: inside,
                line: line)
            line += 1
        }
        for note in detail.notes where line < inside.rows { line = write(note, in: inside, from: line, style: .dim, onto: &cells) }
        if line + 1 < inside.rows { _ = write(run.command, in: inside, from: line + 1, style: .dim, onto: &cells) }
    }

    /// What a run came from, back to its parents: “r2 fuse (otfusion) ← even + odd”.
    func lineageWords(_ run: RunRow) -> String {
        let line = CompareState.lineage(of: run, in: compare.rows.value ?? []).dropFirst()
        let names = Labels.parents((line.last ?? run).parents)
        let steps = line.map { "\($0.id) \($0.kind) (\($0.method))" } + (names.isEmpty ? [] : [names])
        return Text.printable(steps.joined(separator: " ← "))
    }

    static func stalledWords(_ seconds: Double) -> String {
        "No update for \(StallDetector.words(seconds)): its process hangs, was killed, or its machine is gone. Its records are kept."
    }

    private func drawDifference(_ first: RunRow, _ second: RunRow, in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(
            area, title: [Span("\(first.id) → \(second.id)", .title)], focused: hasFocus(.detail), appearance: appearance)
        var rows: [[Span]] = []
        func number(_ name: String, _ a: Double?, _ b: Double?, isPercent: Bool, higherIsBetter: Bool) {
            guard let a, let b else { return }
            let gain = b - a
            let role: Role = gain == 0 ? .dim : (gain > 0) == higherIsBetter ? .ok : .warn
            let words = isPercent ? Format.percentDigits(gain) : HeatMap.number(gain)
            rows.append([
                Span(name), Span(isPercent ? Format.percent(a) : HeatMap.number(a), .dim),
                Span(isPercent ? Format.percent(b) : HeatMap.number(b)), Span((gain > 0 ? "+" : "") + words, role),
            ])
        }
        number("accuracy", first.accuracy, second.accuracy, isPercent: true, higherIsBetter: true)
        number("loss", first.loss, second.loss, isPercent: false, higherIsBetter: false)
        number("seconds", first.seconds, second.seconds, isPercent: false, higherIsBetter: false)
        for difference in Self.recipeDifferences(first.recipe, second.recipe) {
            rows.append([
                Span(difference.key), Span(Text.printable(difference.first), .dim), Span(Text.printable(difference.second)), Span(""),
            ])
        }
        if rows.isEmpty { cells.write("no differences", in: inside, style: .dim) }
        Table(
            columns: [
                .init("", .flexible(least: 8, most: 18)), .init(first.id, .flexible(least: 6), .right),
                .init(second.id, .flexible(least: 6), .right), .init("", .fixed(8), .right),
            ], rows: rows
        ).draw(onto: &cells, in: inside)
    }
}
