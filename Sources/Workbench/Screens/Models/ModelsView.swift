import Formatting
import Screen

extension Model {
    func drawSets(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(area, title: [Span("Sample sets", .title)], focused: hasFocus(.sets), appearance: appearance)
        switch samples {
        case .nothing, .waiting: cells.write("looking …", in: inside, style: .dim)
        case .failed(let reason): _ = write("\(appearance.error) \(reason)", in: inside, from: 0, style: Style(.error), onto: &cells)
        case .ready(let sets) where sets.isEmpty:
            var line = write("No sample models found.", in: inside, from: 0, onto: &cells)
            line = write("Build them: amalgam samples build", in: inside, from: line, style: .dim, onto: &cells)
            _ = write("Or pass checkpoints: amalgam A.pt B.pt", in: inside, from: line, style: .dim, onto: &cells)
        case .ready(let sets):
            let rows = sets.map { set in [Span(set.title, set.recipe.parents == recipe.parents ? Style(.title) : .text)] }
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
            for (index, parent) in opened.parents.enumerated() {
                line = drawParent(
                    parent, index: index, in: inside, from: line, isTerse: opened.parents.count * 4 > inside.rows, onto: &cells)
            }
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
        cells.write("   " + parent.widths.map(String.init).joined(separator: "-"), in: area, line: line + 1)
        cells.write("   \(Format.grouped(parent.parameters)) parameters · \(parent.format)", in: area, line: line + 2, style: .dim)
        return line + 4
    }

    func drawDescription(in area: Rectangle, onto cells: inout Cells) {
        let set = sampleSets.indices.contains(models.selectedSet) ? sampleSets[models.selectedSet] : nil
        let isOwn = !named.isEmpty && set?.recipe.parents != recipe.parents
        let title = isOwn ? "Your parents" : set?.title ?? "Amalgam"
        let inside = cells.box(area, title: [Span(title, .title)], appearance: appearance).inset(vertical: 0, horizontal: 1)
        if isOwn {
            _ = write(recipe.parents.joined(separator: "\n"), in: inside, from: 0, onto: &cells)
        } else if let set {
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
