import Formatting
import Fusion
import Screen
import Store

extension Model {
    func drawPreview(in area: Rectangle, onto cells: inout Cells) {
        guard let coupling, let group, var map = heatMap else {
            let inside = cells.box(area, title: [Span("Preview", .title)], appearance: appearance)
            drawNoPlan(in: inside.inset(vertical: -1, horizontal: 0), onto: &cells)
            return
        }
        map.window = GridWindow(coupling.plan)
        map.cursor = nil
        map.pooling = coupling.explained == nil ? .sum : .max
        map.matrix = coupling.shown
        map.isSigned = false
        map.limit = nil
        let geometry = map.geometry(in: area.inset(), appearance: appearance, decorated: false)
        let title =
            [
                Span("Plan \(group.name)", .title),
                Span(
                    " · \(letter(coupling.parent)) → \(Letters.fused) · \(align.order.rawValue) · \(map.pooling.rawValue) \(geometry.block.rows):\(geometry.block.columns)",
                    .dim),
            ] + (recipe.method == Automatic.method ? [Span(" · of the first recipe", .info)] : [])
        let inside = cells.box(area, title: title, appearance: appearance)
        map.draw(onto: &cells, in: inside, appearance: appearance, decorated: false)
    }

    /// The fused network beside what it must be compared with.
    func drawResults(in area: Rectangle, onto cells: inout Cells) {
        let origin = fuse.result.map { $0.loadedFrom.map { "loaded from \($0)" } ?? "fused in \(Format.duration($0.fuseSeconds))" } ?? ""
        let title = "Result", room = area.columns - Text.width(title) - Text.width(origin) - 9
        let inside = cells.box(
            area, title: [Span(title, .title)] + notesMark(room: room), note: origin.isEmpty ? [] : [Span(origin, .dim)],
            appearance: appearance)
        var line = 0
        if let fusion {
            let words = stalledFor.map { "\(fusion.step) · no progress for \(StallDetector.words($0)), x stops it" } ?? fusion.step
            cells.write(
                fusion.isCancelling ? "cancelling …" : words, in: inside, line: 0,
                style: Style(fusion.isCancelling || stalledFor != nil ? .warn : .text))
            cells.bar(
                fusion.fraction, in: Rectangle(row: inside.row + 1, column: inside.column, rows: 1, columns: max(0, inside.columns - 5)))
            cells.writeAtRight("\(fusion.percent)%", in: inside, line: 1, style: .text)
            line = 2
        }
        guard let result = fuse.result else {
            guard fusion == nil else { return }
            if canFuse {
                cells.write([Span("F", .hotkey), Span(" fuses all layers and evaluates")], in: inside, line: line)
                line = write(
                    "the fused network, its parents, their ensemble and the plain average", in: inside, from: line + 1, style: .dim,
                    onto: &cells)
                if let forecastWords { _ = write(forecastWords, in: inside, from: line, style: .dim, onto: &cells) }
            } else {
                cells.write([Span("1", .hotkey), Span(" opens parents to fuse")], in: inside, line: line)
            }
            return
        }
        drawResultRows(result, in: inside, from: line, onto: &cells)
    }

    /// Accuracy class by class: what the fused network took over from whom.
    private func drawClasses(_ result: FusionResult, in area: Rectangle, line: inout Int, onto cells: inout Cells) {
        let shown = result.rows.filter { ($0.role == .parent || $0.role == .fused) && !$0.classes.isEmpty }
        guard shown.count >= 2, area.rows > line + shown.count + 3 else { return }
        cells.write("per-class accuracy", in: area, line: line, style: .dim)
        line += 1
        var letter = 0
        for row in shown {
            let (sign, role) = Self.mark(row.role, letter: letter)
            if row.role == .parent { letter += 1 }
            let bars = row.classes.map { $0.map { Bars.vertical(max(0.01, $0)) } ?? "·" }
            let room = max(1, (area.columns - 20) / max(1, bars.count))
            let text = bars.prefix(area.columns - 5).map { String(repeating: $0, count: min(2, room)) }.joined()
            let worst = row.classes.enumerated().compactMap { index, value in value.map { (index, $0) } }.min { $0.1 < $1.1 }
            cells.write(
                [
                    Span(sign + " ", role), Span(text, role),
                    Span(worst.map { "  worst class \($0.0): \(Format.percent($0.1, digits: 0))" } ?? "", .dim),
                ],
                in: area, line: line)
            line += 1
        }
        line += 1
    }

    /// The loss along the segment between the parents: a hill where they are not aligned.
    private func drawBarrier(in area: Rectangle, line: inout Int, onto cells: inout Cells) {
        guard let barrier = fuse.barrier, area.rows > line + barrier.curves.count + 2 else { return }
        cells.write("loss from A to B" + (barrier.recipe == recipe ? "" : ", earlier recipe"), in: area, line: line, style: .dim)
        line += 1
        for curve in barrier.curves {
            let text = Bars.sparkline(curve.losses, columns: min(curve.losses.count, max(4, area.columns - 26)))
            cells.write(
                [
                    Span(Text.fit(curve.name, to: 14) + " ", .dim), Span(text, curve.name == "plain" ? .dim : Style(.fused)),
                    Span("  barrier \(HeatMap.number(curve.lossBarrier))", .title),
                ], in: area, line: line)
            line += 1
        }
        line += 1
    }

    private func drawResultRows(_ result: FusionResult, in area: Rectangle, from start: Int, onto cells: inout Cells) {
        var letter = 0
        // One line is for what can be done with it, or that it is of another recipe.
        let room = area.rows - start, rows = result.rows.fitting(room >= 5 ? room - 1 : room)
        for (offset, row) in rows.enumerated() {
            let line = start + offset
            let (sign, role) = Self.mark(row.role, letter: letter)
            if row.role == .parent { letter += 1 }
            let value = Text.clip(row.value ?? Format.none, to: max(9, area.columns / 2))
            let hasBar = area.columns >= 40 && row.accuracy != nil
            let nameRoom = hasBar ? min(16, area.columns / 3) : area.columns - Text.width(value) - 4
            cells.write(
                [Span(sign + " ", Style(role)), Span(Labels.name(Labels.stem(row.name), room: max(4, nameRoom)), Style(role))],
                in: area,
                line: line)
            if hasBar, let accuracy = row.accuracy {
                let left = 4 + nameRoom
                cells.bar(
                    accuracy,
                    in: Rectangle(row: area.row + line, column: area.column + left, rows: 1, columns: max(0, area.columns - left - 10)),
                    role: row.role == .fused ? .fused : row.role == .parent ? role : .barFill)
            }
            cells.writeAtRight(value, in: area, line: line, style: Style(role))
        }
        var line = start + rows.count + (area.rows > rows.count + 3 ? 1 : 0)
        drawClasses(result, in: area, line: &line, onto: &cells)
        drawBarrier(in: area, line: &line, onto: &cells)
        if let path = current?.path, line < area.rows {
            cells.write(
                [Span("saved: ", .dim), Span(Text.clipStart(Text.printable(path), to: max(4, area.columns - 8)))], in: area, line: line)
            line += 1
        }
        if line < area.rows {
            let isStale = result.recipe != recipe
            cells.write(
                isStale
                    ? "earlier recipe; F " + (forecastTime.map { "takes \($0)" } ?? "fuses this one")
                    : current?.path == nil ? "W saves the network, y copies the command" : "y copies the command line",
                in: area, line: line, style: Style(isStale ? .warn : .dim))
        }
    }

    /// The sign and the look of a result's role; `letter` counts parents.
    static func mark(_ role: EvaluationRole, letter: Int) -> (sign: String, role: Role) {
        if role == .parent { return ("\(Letters.letter(letter))\(Letters.sign(letter))", Role.parent(letter)) }
        if role.isOutcome { return ("\(Letters.fused) ", .fused) }
        return ("  ", role == .average ? .dim : .text)
    }
}
