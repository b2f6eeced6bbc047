import Formatting
import Screen

extension Model {
    func drawSets(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(area, title: [Span("Sample sets", .title)], focused: hasFocus(.sets), appearance: appearance)
        switch samples {
        case .nothing, .waiting: cells.write("looking …", in: inside, style: .dim)
        case .failed(let reason): _ = write("\(appearance.error) \(reason)", in: inside, from: 0, style: Style(.error), onto: &cells)
        case .ready where setRows.isEmpty:
            var line = write("No sample models found.", in: inside, from: 0, onto: &cells)
            line = write("Build them: amalgam samples build", in: inside, from: line, style: .dim, onto: &cells)
            _ = write("Or pass checkpoints: amalgam A.pt B.pt", in: inside, from: line, style: .dim, onto: &cells)
        case .ready:
            let rows = setRows.map { row in [Span(row.title, row.recipe.parents == recipe.parents ? Style(.title) : .text)] }
            Table(
                columns: [.init("", .flexible(least: 8))], rows: rows, selected: models.selectedSet, isFocused: hasFocus(.sets),
                target: MouseTarget.sampleSet
            ).draw(onto: &cells, in: inside)
        }
    }

    func drawParents(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(area, title: [Span("Parents", .title)], appearance: appearance)
        switch opened {
        case .nothing: cells.write("none open", in: inside, style: .dim)
        case .waiting: cells.write("opening …", in: inside, style: .dim)
        case .failed(let reason): _ = write("\(appearance.error) \(reason)", in: inside, from: 0, style: Style(.error), onto: &cells)
        case .ready(let opened):
            var line = 0
            let count = opened.parents.count, isTerse = count * 4 > inside.rows, shown = count <= inside.rows ? count : inside.rows - 1
            for (index, parent) in opened.parents.prefix(shown).enumerated() {
                line = drawParent(parent, index: index, in: inside, from: line, isTerse: isTerse, onto: &cells)
            }
            if shown < count { line = write("+\(count - shown) more", in: inside, from: line, style: .dim, onto: &cells) }
            for note in opened.notes { line = write(note, in: inside, from: line, style: .dim, onto: &cells) }
        }
    }

    private func drawParent(
        _ parent: ParentSummary, index: Int, in area: Rectangle, from line: Int, isTerse: Bool, onto cells: inout Cells
    ) -> Int {
        let role = Role.parent(index)
        let accuracy =
            parent.accuracy.map { Format.percent($0) }
            ?? (jobs.first(MeasureJob.self) != nil ? "…" : "")
        let room = max(4, area.columns - Text.width(accuracy) - 5)
        cells.write(
            [
                Span("\(Letters.letter(index))\(Letters.sign(index)) ", role),
                Span(Labels.name(parent.name, room: room), Style(role).adding(.bold)),
            ], in: area, line: line)
        cells.writeAtRight(accuracy + " ", in: area, line: line, style: Style(role))
        if let problem = parent.problem { return write("  ! " + problem, in: area, from: line + 1, style: Style(.error), onto: &cells) }
        if isTerse { return line + 1 }
        let words = parent.architecture.isEmpty ? parent.widths.map(String.init).joined(separator: "-") : parent.architecture
        cells.write("   " + Text.clip(words, to: max(8, area.columns - 3)), in: area, line: line + 1)
        cells.write("   \(Format.grouped(parent.parameters)) parameters · \(parent.format)", in: area, line: line + 2, style: .dim)
        return line + 4
    }

    func drawDescription(in area: Rectangle, onto cells: inout Cells) {
        let row = setRows.indices.contains(models.selectedSet) ? setRows[models.selectedSet] : nil
        let inside = cells.box(area, title: [Span(row?.title ?? "Amalgam", .title)], appearance: appearance).inset(
            vertical: 0, horizontal: 1)
        if case .own(let recipe)? = row {
            let lines = recipe.parents.enumerated().map { "\(Letters.letter($0)) \(Text.printable($1))" }
            var line = 0
            for (index, text) in lines.enumerated() where line < inside.rows {
                let isLast = line == inside.rows - 1 && index < lines.count - 1
                cells.write(isLast ? "+\(lines.count - index) more" : Text.clipMiddle(text, to: inside.columns), in: inside, line: line)
                line += 1
            }
            if line < inside.rows {
                _ = write("data: \(recipe.data ?? "none; set it on screen 4")", in: inside, from: line, style: .dim, onto: &cells)
            }
        } else if case .sample(let set)? = row {
            let line = write(set.story, in: inside, from: 0, onto: &cells)
            if let data = set.recipe.evaluation, line < inside.rows {
                _ = write("evaluation data: \(data)", in: inside, from: line, style: .dim, onto: &cells)
            }
        } else {
            _ = write(
                "Fuse trained networks into one: see which neurons match, change hyperparameters with a live preview, fuse, compare.",
                in: inside, from: 0, onto: &cells)
        }
    }
}

extension Cells {
    /// Writes at the right end of a line, leaving what stands before it.
    mutating func writeAtRight(_ text: String, in area: Rectangle, line: Int, style: Style) {
        guard (0..<area.rows).contains(line) else { return }
        let shown = Text.clip(text, to: area.columns)
        put(shown, row: area.row + line, column: area.right - Text.width(shown), style: style)
    }
}
