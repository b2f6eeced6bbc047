import Formatting
import Screen

/// The panels of the Align screen for methods that select neurons of the parents.
extension Model {
    /// The pair under the cursor.
    func drawSelectionReadout(_ coupling: CouplingSnapshot, _ entry: (row: Int, column: Int), in area: Rectangle, onto cells: inout Cells) {
        let name = "\(letter(coupling.parent))\(entry.row)", own = coupling.analysis.best[entry.row]?.column
        var line = 0
        func row(_ label: String, _ value: Span) {
            pair(label, [value], in: area, line: line, width: 11, onto: &cells)
            line += 1
        }
        row(name, own.map { Span("selected: \(Letters.fused)\($0)", .ok) } ?? Span("dropped", .warn))
        if own != entry.column {
            row("\(Letters.fused)\(entry.column)", Span(origin(of: entry.column).map { "is \($0)" } ?? "–", .fused))
            if let explained = coupling.explained {
                row("explains", Span(Format.percent(Double(explained[entry.row, entry.column]), digits: 0) + " (R²)", Style(.title)))
            }
        }
        if let importance = coupling.importance, importance.indices.contains(entry.row), area.rows > 9 {
            row("‖w‖", Span(HeatMap.number(importance[entry.row])))
        }
        if let rectangle = selectedMass { row("Σ area", Span(Format.decimal(rectangle.mass), Style(.title))) }
        let title = coupling.explained == nil ? "maps to" : "best predictors of \(name)"
        drawPartners(coupling, entry, title: title, none: "none", in: area, from: line + 1, onto: &cells)
    }

    /// How many neurons are selected, and how well they explain the others.
    func drawSelection(_ selection: SelectionSummary, _ coupling: CouplingSnapshot, in area: Rectangle, onto cells: inout Cells) {
        let isWide = area.columns >= 34
        var lines: [(String, [Span])] = selection.selected.indices.prefix(max(1, area.rows - 3)).map { parent in
            ("from \(Letters.letter(parent))", [Span(selection.count(of: parent), Style(Role.parent(parent)))])
        }
        if let error = selection.reconstructionError {
            let curve = Bars.sparkline(selection.errors, columns: max(4, min(selection.errors.count, area.columns - 14)))
            lines.append(("rec. error", [Span(Format.percent(error), Style(.title)), Span(isWide ? "  of the variance" : "", .dim)]))
            lines.append(("error vs n", [Span(curve, Style(.fused))]))
        }
        let dropped = coupling.best.indices.filter { coupling.analysis.best[$0] == nil }
        if coupling.explained != nil, !dropped.isEmpty {
            let mean = dropped.reduce(0) { $0 + (coupling.best[$1]?.share ?? 0) } / Double(dropped.count)
            lines.append(
                (
                    "substitutes",
                    [Span("R² " + Format.decimal(mean, 2), Style(.title)), Span(isWide ? "  mean, dropped neurons" : "", .dim)]
                ))
        }
        for (index, line) in lines.enumerated() where index < area.rows {
            pair(line.0, line.1, in: area, line: index, width: 13, onto: &cells)
        }
        if isWide { drawMiniature(coupling, in: area, onto: &cells) }
    }
}
