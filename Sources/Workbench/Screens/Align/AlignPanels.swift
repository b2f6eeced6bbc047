import Formatting
import Foundation
import Screen
import Transport

extension Model {
    /// The pair under the cursor.
    func drawReadout(in area: Rectangle, onto cells: inout Cells) {
        guard let coupling, let entry = cursorEntry else {
            cells.box(area, title: [Span("Pair", .title)], appearance: appearance)
            return
        }
        let letter = letter(coupling.parent), role = Role.parent(coupling.parent)
        var title = [
            Span("\(letter)\(entry.row)", Style(role).adding(.bold)), Span(" → ", .dim),
            Span("\(Letters.fused)\(entry.column)", Style(.fused)),
        ]
        if let constraint = constraint(entry.row, entry.column, parent: coupling.parent) {
            title.append(Span(" \(constraint.sign) \(constraint.word)", constraint.role))
        }
        let inside = cells.box(area, title: title, appearance: appearance)
        if selection != nil {
            drawSelectionReadout(coupling, entry, in: inside, onto: &cells)
            return
        }
        let mass = Double(coupling.plan[entry.row, entry.column])
        pair(
            "mass", [mass.isFinite ? Span(HeatMap.number(mass)) : Span("! NaN", Style(.mapNaN))], in: inside, line: 0, width: 11,
            onto: &cells)
        pair(
            "of row", [Span(mass.isFinite ? Format.percent(coupling.analysis.share(mass, row: entry.row)) : "–")], in: inside, line: 1,
            width: 11, onto: &cells)
        var line = 2
        if let cost = coupling.cost {
            pair("cost", [Span(HeatMap.number(Double(cost[entry.row, entry.column])))], in: inside, line: line, width: 11, onto: &cells)
            line += 1
        }
        if let importance = coupling.importance, importance.indices.contains(entry.row), inside.rows > 9 {
            pair("‖w‖", [Span(HeatMap.number(importance[entry.row]))], in: inside, line: line, width: 11, onto: &cells)
            line += 1
        }
        if let rectangle = selectedMass {
            pair(
                "Σ area",
                [Span(Format.decimal(rectangle.mass), Style(.title)), Span("  \(rectangle.rows)×\(rectangle.columns)", .dim)],
                in: inside, line: line, width: 11, onto: &cells)
            line += 1
        }
        pair(
            "eff. match", [Span(HeatMap.number(coupling.analysis.lines.rows[entry.row].effectiveMatches))], in: inside, line: line,
            width: 11, onto: &cells)
        drawPartners(
            coupling, entry, title: "best matches of \(letter)\(entry.row)", none: "none", in: inside, from: line + 1, onto: &cells)
    }

    /// The fused neurons nearest to the one in this row, with how near they are.
    func drawPartners(
        _ coupling: CouplingSnapshot, _ entry: (row: Int, column: Int), title: String, none: String, in area: Rectangle, from line: Int,
        onto cells: inout Cells
    ) {
        cells.write(title, in: area, line: line, style: .dim)
        let partners = coupling.partners(of: entry.row, count: max(0, area.rows - line - 1))
        if partners.isEmpty { cells.write("  \(none)", in: area, line: line + 1, style: Style(.warn)) }
        for (offset, match) in partners.enumerated() {
            let row = line + 1 + offset
            guard row < area.rows else { break }
            cells.write(
                Text.fit(" \(Letters.fused)\(match.column)", to: 7), in: area, line: row,
                style: match.column == entry.column ? Style(.title) : .text)
            cells.bar(
                match.share, in: Rectangle(row: area.row + row, column: area.column + 7, rows: 1, columns: max(0, area.columns - 14)),
                role: Role.parent(coupling.parent))
            cells.writeAtRight(HeatMap.number(match.share) + " ", in: area, line: row, style: .text)
        }
    }

    /// Statistics of the layer's plan.
    func drawStatistics(in area: Rectangle, onto cells: inout Cells) {
        let title = group.map { "Layer \($0.name)" } ?? "Layer"
        let inside = cells.box(
            area, title: [Span(title, .title)], note: planned.map { [Span(Format.duration($0.snapshot.seconds), .dim)] } ?? [],
            appearance: appearance)
        guard let coupling else { return }
        if let selection {
            drawSelection(selection, coupling, in: inside, onto: &cells)
            return
        }
        let analysis = coupling.analysis
        var lines: [(String, [Span])] = [
            ("entropy", [Span("\(HeatMap.number(analysis.meanEntropy < 1e-9 ? 0 : analysis.meanEntropy)) nats")]),
            ("eff. match", [Span(HeatMap.number(analysis.effectiveMatches))]),
            ("confident", [Span(Format.percent(analysis.clearShare, digits: 0))]),
            (
                "unmatched",
                [
                    Span(
                        "\(letter(coupling.parent)) \(analysis.orphanRows.count)", Style(analysis.orphanRows.isEmpty ? .text : .warn)),
                    Span("  \(Letters.fused) \(analysis.orphanColumns.count)", Style(analysis.orphanColumns.isEmpty ? .text : .warn)),
                ]
            ),
            ("total mass", [Span(Format.decimal(analysis.total))]),
        ]
        lines += certificateLines(coupling)
        if inside.rows > 9 { lines += [("merges", [Span("\(analysis.merges)")]), ("splits", [Span("\(analysis.splits)")])] }
        if let cost = coupling.transportCost, inside.rows > 9 { lines.insert(("cost", [Span(HeatMap.number(cost))]), at: 0) }
        for (index, line) in lines.enumerated() { pair(line.0, line.1, in: inside, line: index, width: 12, onto: &cells) }
        if inside.columns >= 34 { drawMiniature(coupling, in: inside, onto: &cells) }
        if lines.count < inside.rows {
            pair(
                "strength",
                [
                    Span(Bars.sparkline(analysis.strengthHistogram.map(Double.init), columns: 10), Style(Role.parent(coupling.parent))),
                    Span(" 0…1", .dim),
                ], in: inside, line: lines.count, width: 12, onto: &cells)
        }
    }

    /// The whole plan in 8×4 cells at the upper right, with the part in view marked.
    func drawMiniature(_ coupling: CouplingSnapshot, in area: Rectangle, onto cells: inout Cells) {
        guard !align.origins.isEmpty, area.rows >= 4 else { return }
        let place = Rectangle(row: area.row, column: area.right - 8, rows: 4, columns: 8)
        let window = align.window(rows: coupling.plan.rows, columns: coupling.plan.columns)
        for row in 0..<4 {
            for column in 0..<8 {
                let y = (Double(row) + 0.5) / 4 * Double(coupling.plan.rows), x = (Double(column) + 0.5) / 8 * Double(coupling.plan.columns)
                let isSeen =
                    y >= Double(window.row) && y < Double(window.row + window.rows) && x >= Double(window.column)
                    && x < Double(window.column + window.columns)
                cells.set(isSeen ? "█" : "·", row: place.row + row, column: place.column + column, style: isSeen ? Style(.info) : .dim)
            }
        }
        // A view smaller than a mark is still somewhere.
        let row = place.row + min(3, (window.row + window.rows / 2) * 4 / max(1, coupling.plan.rows)),
            column = place.column + min(7, (window.column + window.columns / 2) * 8 / max(1, coupling.plan.columns))
        cells.set("█", row: row, column: column, style: Style(.info))
    }

    /// What the solver certifies.
    func certificateLines(_ coupling: CouplingSnapshot) -> [(String, [Span])] {
        guard let certificate = coupling.certificate else {
            return [("certificate", [Span(coupling.isIdentity ? "identity" : "none", .dim)])]
        }
        let state =
            certificate.converged
            ? Span("\(appearance.ok) \(certificate.iterations) iter.", .ok) : Span("\(appearance.warn) not converged", .warn)
        var lines: [(String, [Span])] = [(certificate.converged ? "converged" : "solver", [state])]
        lines.append(("margins", [Span("error " + Format.magnitude(max(certificate.rowError, certificate.columnError)))]))
        if let gap = certificate.dualityGap { lines.append(("duality gap", [Span(gap == 0 ? "0" : Format.magnitude(abs(gap)))])) }
        switch certificate.uniqueness {
        case .unique: lines.append(("optimum", [Span("\(appearance.ok) unique", .ok)]))
        case .multiple: lines.append(("optimum", [Span("\(appearance.warn) not unique", .warn)]))
        case .unknown: break
        }
        return lines
    }

    func drawMatches(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(
            area, title: [Span("Matches", .title)], note: coupling.map { [Span("\($0.analysis.matches.count)", .dim)] } ?? [],
            focused: hasFocus(.matches), appearance: appearance)
        guard let coupling else { return }
        let letter = letter(coupling.parent)
        let matches = coupling.analysis.matches
        func row(_ place: Int) -> [Span] {
            let match = matches[place]
            let constraint = constraint(match.row, match.column, parent: coupling.parent)
            return [
                Span("\(letter)\(match.row)", Style(Role.parent(coupling.parent))),
                Span(constraint.map { String($0.sign) } ?? "→", Style(constraint?.role ?? .dim)),
                Span("\(Letters.fused)\(match.column)", Style(.fused)),
                Span(HeatMap.number(match.mass)), Span(Format.percent(match.share, digits: 0)),
            ]
        }
        let columns: [Table.Column] = [
            .init("from", .flexible(least: 5, most: 8)), .init("", .fixed(1)), .init("to", .flexible(least: 5, most: 8)),
            .init("mass", .fixed(8), .right), .init("share", .fixed(6), .right),
        ]
        Table(
            columns: columns, count: matches.count, selected: align.selectedMatch, isFocused: hasFocus(.matches), target: MouseTarget.match,
            row: row
        ).draw(onto: &cells, in: inside)
    }
}
