import Foundation
import Fusion
import Screen

/// The Align screen of a method that keeps neurons of the parents: its numbers in its own words.
extension Model {
    /// The pair under the cursor.
    func drawKeptReadout(_ coupling: CouplingSnapshot, _ entry: (row: Int, column: Int), in area: Rectangle, onto cells: inout Cells) {
        let letter = parentLetter(coupling.parent), own = coupling.analysis.best[entry.row]?.column
        var line = 0
        func row(_ label: String, _ value: Span) {
            pair(label, [value], in: area, line: line, width: 11, onto: &cells)
            line += 1
        }
        row("\(letter)\(entry.row)", own.map { Span("kept as F\($0)", .ok) } ?? Span("not kept", .warn))
        if own != entry.column {
            row("F\(entry.column)", Span(origin(of: entry.column).map { "is \($0)" } ?? "is none's", .fused))
            if let given = coupling.given {
                row("gives back", Span(Formatting.wholePercent(Double(given[entry.row, entry.column])), Style(.title)))
            }
        }
        if let importance = coupling.importance, importance.indices.contains(entry.row), area.rows > 9 {
            row("‖w‖", Span(HeatMap.number(importance[entry.row])))
        }
        if let rectangle = selectedMass { row("Σ area", Span(String(format: "%.4f", rectangle.mass), Style(.title))) }
        let title = coupling.given == nil ? "goes to" : "alone gives back of \(letter)\(entry.row)"
        drawPartners(coupling, entry, title: title, none: "nothing", in: area, from: line + 1, onto: &cells)
    }

    /// How many neurons live on, and how well they stand for the others.
    func drawKeptNumbers(_ kept: SelectionSummary, _ coupling: CouplingSnapshot, in area: Rectangle, onto cells: inout Cells) {
        var lines: [(String, [Span])] = kept.kept.indices.prefix(max(1, area.rows - 3)).map { parent in
            ("kept of \(FusionLetters.letter(parent))", [Span(kept.words(of: parent), Style(Role.parent(parent)))])
        }
        if let leftOver = kept.leftOver {
            lines.append(
                (
                    "left over",
                    [Span(Formatting.percent(leftOver), Style(.title)), Span(area.columns >= 34 ? "  by all kept together" : "", .dim)]
                ))
            lines.append(
                (
                    "as they come",
                    [Span(Bars.sparkline(kept.errors, columns: max(4, min(kept.errors.count, area.columns - 14))), Style(.fused))]
                ))
        }
        let lost = coupling.best.indices.filter { coupling.analysis.best[$0] == nil }
        if coupling.given != nil, !lost.isEmpty {
            let mean = lost.reduce(0) { $0 + (coupling.best[$1]?.share ?? 0) } / Double(lost.count)
            lines.append(
                (
                    "stand-ins",
                    [
                        Span(Formatting.wholePercent(mean), Style(.title)),
                        Span(area.columns >= 34 ? "  by the best one alone" : " alone", .dim),
                    ]
                ))
        }
        for (index, line) in lines.enumerated() where index < area.rows {
            pair(line.0, line.1, in: area, line: index, width: 13, onto: &cells)
        }
        if area.columns >= 34 { drawMiniature(coupling, in: area, onto: &cells) }
    }
}
