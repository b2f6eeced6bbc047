import Formatting
import Fusion
import Networks
import Screen
import Training

extension Model {
    // MARK: Curves

    /// The drawn series of the shown metric.
    var chartSeries: [CurveChart.Series] { series(of: shownCurves, metric: train.metric) }

    private func series(of curves: [String: CurveHistory], metric: String) -> [CurveChart.Series] {
        series(of: curves, metric: metric, recent: train.showsRecent) { name in
            switch name {
            case "training": (name, .chartTrain, 0)
            case "validation": (name, .chartValidation, 0)
            default: (name.isEmpty ? metric : name, .chartTrain, 0)
            }
        }
    }

    /// Curves of a metric: what stands behind the slash names them. Only what is measured at each step is smoothed: a validation is a measurement
    /// of its own, and a learning rate has no noise.
    func series(
        of curves: [String: CurveHistory], metric: String, recent: Bool, look: (String) -> (name: String, role: Role, pattern: Int)
    ) -> [CurveChart.Series] {
        let found = curves.keys.sorted().compactMap { key -> CurveChart.Series? in
            let parts = key.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.first == metric, let curve = curves[key], !curve.isEmpty else { return nil }
            let (name, role, pattern) = look(parts.count > 1 ? parts[1] : "")
            let points = (recent ? curve.recent : curve.buckets).map { bucket in
                CurveChart.Point(
                    x: bucket.step, y: bucket.count > 0 ? bucket.mean : .nan, low: bucket.count > 0 ? bucket.low : .nan,
                    high: bucket.count > 0 ? bucket.high : .nan)
            }
            let isMarked = parts.count > 1 && parts[1] == "validation"
            let isNoisy = !isMarked && metric != "learning rate"
            return CurveChart.Series(
                name: name, points: points, role: role, pattern: pattern, smoothing: isNoisy ? train.smoothing : 0, isMarked: isMarked)
        }
        return found.filter { !$0.isMarked } + found.filter(\.isMarked)
    }

    /// Parents, ensemble and the network before the training, on the validation data, as lines across.
    var chartLevels: [CurveChart.Level] {
        guard train.shown == nil, let references = train.live?.references else { return [] }
        var letter = 0
        return references.rows.compactMap { row in
            let mark = Self.mark(row.role, letter: letter)
            if row.role == .parent { letter += 1 }
            let name = row.role == .parent ? mark.sign : row.role == .before ? "\(Letters.fused) before" : row.name
            let role: Role = row.role == .before ? .fused : mark.role
            let value = train.metric == "loss" ? row.loss : train.metric == "accuracy" ? row.accuracy : nil
            return value.map { CurveChart.Level(name: name, value: $0, role: role) }
        }
    }

    func drawChart(in area: Rectangle, onto cells: inout Cells) {
        let metrics = Self.metrics(shownCurves)
        var title = [Span(train.metric.prefix(1).uppercased() + train.metric.dropFirst(), .title)]
        if metrics.count > 1 { title.append(Span(" \((metrics.firstIndex(of: train.metric) ?? 0) + 1)/\(metrics.count)", .dim)) }
        title.append(
            Span(
                " · \(train.isLogarithmic ? "log" : "linear")\(train.smoothing > 0 ? " · EMA \(Format.significant(train.smoothing)) per step" : "")\(train.showsRecent ? " · latest" : "")",
                .dim))
        if train.frozen != nil { title.append(Span(" · frozen", .warn)) }
        if let shown = train.shown { title.append(Span(" · \(shown)", .info)) }
        let inside = cells.box(area, title: title, focused: hasFocus(.chart), appearance: appearance)
        let series = chartSeries
        guard !series.isEmpty else {
            drawNoCurves(in: inside.inset(vertical: 1, horizontal: 2), onto: &cells)
            return
        }
        let (plot, legend) = inside.split(bottom: 1)
        var chart = CurveChart(series: series, isLogarithmic: train.isLogarithmic)
        chart.levels = chartLevels
        chart.cursor = cursorStep
        chart.xTitle = "step"
        if let best = bestMark { chart.best = best }
        chart.draw(onto: &cells, in: plot, appearance: appearance)
        cells.addTarget(plot, MouseTarget.chart)
        drawLegend(series, in: legend, onto: &cells)
    }

    /// The best validation as a place in the shown metric.
    private var bestMark: (x: Double, y: Double)? {
        guard train.shown == nil, let live = train.live, let best = live.bestValidation else { return nil }
        let at = Double(best.epoch * (live.overview?.stepsPerEpoch ?? 1))
        switch train.metric {
        case "loss": return (at, best.loss)
        case (best.figure ?? .accuracy).name: return (at, best.accuracy)
        default: return nil
        }
    }

    private func drawLegend(_ series: [CurveChart.Series], in area: Rectangle, onto cells: inout Cells) {
        var spans: [Span] = [Span(" ")]
        for one in series {
            let last = one.points.last { $0.y.isFinite }
            spans += [
                Span(one.isMarked ? "━•━ " : one.pattern == 0 ? "━━ " : "┅┅ ", Style(one.role)), Span("\(one.name) ", Style(one.role)),
                Span(last.map { HeatMap.number($0.y) + "  " } ?? "  ", .title),
            ]
        }
        if let best = bestMark { spans += [Span("◆ ", .chartBest), Span("best \(HeatMap.number(best.y)) @ \(Int(best.x))  ", .dim)] }
        let gaps = shownCurves.filter { $0.key.hasPrefix(train.metric) }.reduce(0) { $0 + $1.value.gaps }
        if gaps > 0 { spans.append(Span("\(appearance.warn) \(gaps) NaN  ", .warn)) }
        if let at = cursorStep { spans.append(Span("┊ step \(Int(at)): \(values(at: at, of: series).joined(separator: ", "))", .info)) }
        cells.write(spans, in: area)
    }

    private func drawNoCurves(in area: Rectangle, onto cells: inout Cells) {
        if let id = train.shown {
            let words = compare.details[id] == nil ? "Reading \(id) …" : "\(id) has no curves: it is not a training run. Esc returns"
            cells.write(words, in: area, style: .dim)
            return
        }
        if let live = train.live, live.isActive {
            cells.write("Waiting for the first step …", in: area, style: .dim)
            return
        }
        var line = write("Fine-tuning recovers the accuracy lost by fusing.", in: area, from: 0, style: Style(.title), onto: &cells)
        let next: String
        if fuse.result == nil {
            next =
                fusion == nil
                ? "No fused network yet: F fuses one, then t fine-tunes it."
                : "Fusion running; t fine-tunes its network when it is done."
        } else if fuse.result?.recipe.data == nil {
            next = "No data in this recipe: set “data” on screen 4, fuse again, then press t."
        } else {
            next =
                "t starts with the hyperparameters on the right (Tab moves there). Curves appear here; p pauses, x stops and keeps the best weights."
        }
        line = write(next, in: area, from: line + 1, onto: &cells)
        _ = write(
            "Runs from other sessions and earlier ones are on screen 6; Enter there shows their curves here.", in: area, from: line + 1,
            style: .dim, onto: &cells)
    }

    // MARK: The run

    /// The remaining time; `~` while it is not steady yet.
    func remaining(_ live: LiveRun) -> String? {
        guard live.phase == .running, let step = live.step, step.secondsLeft.isFinite, step.secondsLeft >= 0 else { return nil }
        let isSteady =
            live.position(epoch: step.epoch, step: step.step) - live.position(epoch: live.overview?.resumedEpoch ?? 1, step: 0) >= 5
        let seconds = Int(step.secondsLeft.rounded(.up))
        return "\(isSteady ? "" : "~")\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60) left"
    }

    func drawTrainingProgress(in area: Rectangle, onto cells: inout Cells) {
        guard let live = train.live else {
            let inside = cells.box(area, title: [Span("Run", .title)], appearance: appearance)
            cells.write([Span("t", .hotkey), Span(" fine-tunes the fused network")], in: inside)
            return
        }
        let (words, role) = phaseWords(live)
        let inside = cells.box(area, title: [Span("Run", .title)], note: [Span(words, role)], appearance: appearance)
        // All curves at the cursor have the panel to themselves where it has no room for both.
        let atCursor = cursorStep.map(linesAtCursor) ?? []
        guard atCursor.isEmpty || inside.rows >= Self.runRows + atCursor.count else {
            for (line, words) in atCursor.enumerated() where line < inside.rows { cells.write([words], in: inside, line: line) }
            return
        }
        var line = 0
        // After the end the place of a small panel is for what came of it.
        let isShort = inside.rows <= 12 && live.result != nil
        func row(_ label: String, _ value: [Span]) {
            pair(label, value, in: inside, line: line, width: 10, onto: &cells)
            line += 1
        }
        if let stalledFor { row("\(appearance.warn) stalled", [Span("no step for \(StallDetector.words(stalledFor))", .warn)]) }
        if let step = live.step {
            row("epoch", [Span("\(step.epoch)/\(step.epochs)"), Span("  step \(step.step)/\(step.steps)", .dim)])
            cells.bar(
                live.fraction, in: Rectangle(row: inside.row + line, column: inside.column, rows: 1, columns: max(0, inside.columns - 5)))
            cells.writeAtRight("\(Int(live.fraction * 100))%", in: inside, line: line, style: .text)
            line += 1
            if !isShort {
                row("speed", [Span("\(HeatMap.number(step.samplesPerSecond))/s"), Span(remaining(live).map { "  \($0)" } ?? "", .dim)])
            }
            row("loss", [Span(HeatMap.number(step.loss), Style(.chartTrain))])
        } else {
            row("state", [Span(live.isActive ? "preparing …" : "no steps", .dim)])
        }
        if let last = live.lastValidation, let best = live.bestValidation {
            row("val", [Span(last.value, Style(.chartValidation)), Span("  best \(best.value)", Style(.chartBest))])
        }
        if let references = live.references {
            let figures = references.rows.filter { $0.role == .parent || $0.role == .ensemble }
            if !figures.isEmpty { row("  parents", spans(of: figures, room: inside.columns - 10)) }
            if inside.rows > 9 { row("  on", [Span(references.data, references.overlap == nil ? .dim : Style(.warn))]) }
        }
        if !isShort {
            row(
                "lr",
                [Span(live.step.map { HeatMap.number($0.learningRate) } ?? "–"), Span("  \(sparkline(live, "learning rate", 10))", .dim)])
        }
        row(
            "grad norm",
            [
                Span(live.curves["gradient norm"]?.lastKnown.map(HeatMap.number) ?? "–"),
                Span("  \(sparkline(live, "gradient norm", 10))", .dim),
            ])
        drawTested(live, row: row, room: inside.columns - 10, hasRoom: inside.rows > 9)
        if current?.kind == .tuned, let path = current?.path {
            row("saved", [Span(Text.clipStart(Text.printable(path), to: max(4, inside.columns - 11)))])
        } else if live.isActive, let checkpoint = live.checkpoint {
            row("saved", [Span(checkpoint, .dim)])
        }
        for (index, words) in atCursor.enumerated() where line + index < inside.rows {
            cells.write([words], in: inside, line: line + index)
        }
    }

    /// What a run has to say besides the values at the cursor.
    private static let runRows = 13

    /// The network on the evaluation data before and after, and the parents there; a split of its own, under its own name.
    private func drawTested(_ live: LiveRun, row: (String, [Span]) -> Void, room: Int, hasRoom: Bool) {
        guard let result = live.result else { return }
        if let accuracy = result.accuracy {
            row(
                "test",
                [
                    Span(result.before.map { "\(Format.percent($0)) → " } ?? "", .dim),
                    Span(Format.percent(accuracy), Style(.fused).adding(.bold)),
                ])
        } else if let measured = result.measured {
            row("test", [Span(measured, Style(.fused).adding(.bold))])
        } else {
            return
        }
        guard hasRoom else { return }
        let parents = (opened.value?.parents ?? []).compactMap { parent in
            parent.accuracy.map { ResultRow(role: .parent, name: parent.name, accuracy: $0, parameters: parent.parameters) }
        }
        if !parents.isEmpty { row("  parents", spans(of: parents, room: room)) }
        if let data = live.request.recipe.evaluation { row("  on", [Span(data, .dim)]) }
    }

    /// Figures of several networks on one line, as far as there is room.
    private func spans(of rows: [ResultRow], room: Int) -> [Span] {
        var letter = 0, spans: [Span] = [], used = 0
        for one in rows {
            let (sign, role) = Self.mark(one.role, letter: letter)
            if one.role == .parent { letter += 1 }
            let words = (one.role == .parent ? sign : "ens ") + (one.accuracy.map { Format.percentDigits($0, digits: 1) } ?? "–") + " "
            guard used + Text.width(words) <= room else { return spans + [Span("…", .dim)] }
            spans.append(Span(words, Style(role)))
            used += Text.width(words)
        }
        return spans
    }

    /// The values of curves at a step, by name: of a validation the last one before it.
    func values(at step: Double, of series: [CurveChart.Series]) -> [String] {
        series.compactMap { one in
            let points = one.smoothed
            let found = one.isMarked ? points.last { $0.x <= step } : points.min { abs($0.x - step) < abs($1.x - step) }
            return found.map { "\(one.name) \(HeatMap.number($0.y))" }
        }
    }

    /// All curves at the cursor, not only the shown metric.
    private func linesAtCursor(_ step: Double) -> [Span] {
        [Span("at step \(Int(step))", .info)]
            + Self.metrics(shownCurves).flatMap { metric in
                values(at: step, of: series(of: shownCurves, metric: metric)).map {
                    Span(" " + ($0.hasPrefix(metric) ? "" : "\(metric) ") + $0, .text)
                }
            }
    }

    private func phaseWords(_ live: LiveRun) -> (String, Role) {
        switch live.phase {
        case .running: ("running", .info)
        case .paused: ("paused", .warn)
        case .stopping: ("stopping …", .warn)
        case .cancelling: ("cancelling …", .warn)
        case .ended(let reason): (live.result?.run ?? reason, reason == "completed" ? .ok : .warn)
        case .failed: ("\(appearance.error) failed", .error)
        }
    }

    private func sparkline(_ live: LiveRun, _ name: String, _ columns: Int) -> String {
        Bars.sparkline(live.curves[name]?.buckets.map { $0.count > 0 ? $0.mean : .nan } ?? [], columns: columns)
    }

    func drawTrainingSettings(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(area, title: [Span("Fine-tuning", .title)], focused: hasFocus(.settings), appearance: appearance)
        Form(
            rows: rows(of: .tuning), selected: train.form.selected, isFocused: hasFocus(.settings), editing: train.form.editing,
            problem: train.form.problem, target: MouseTarget.setting
        ).draw(onto: &cells, in: inside)
    }
}
