import Screen
import Transport

extension Model {
    /// Every layer's plan in the space there is.
    func drawAllLayers(in area: Rectangle, onto cells: inout Cells) {
        let shown = groups
        guard !shown.isEmpty else { return }
        let perLine = max(1, min(shown.count, area.columns / 22))
        let lines = (shown.count + perLine - 1) / perLine
        let height = max(4, area.rows / max(1, lines)), width = area.columns / perLine
        let first = Table.firstVisible(selected: selectedGroup / perLine, count: lines, visible: max(1, area.rows / height)) * perLine
        for (offset, group) in shown.dropFirst(first).enumerated() {
            let place = Rectangle(
                row: area.row + offset / perLine * height, column: area.column + offset % perLine * width, rows: height, columns: width)
            guard place.bottom <= area.bottom else { break }
            let (head, body) = place.split(top: 1)
            let isSelected = first + offset == selectedGroup
            cells.write(
                [
                    Span(isSelected ? "▸" : " ", .hotkey), Span(group.name, isSelected ? Style(.title) : .text), Span(" "),
                    matchedSpan(group),
                ], in: head.split(right: 1).rest)
            cells.addTarget(place, MouseTarget.miniature(first + offset))
            guard let coupling = plans[group.name]?.snapshot.coupling(of: align.parent) else { continue }
            let order = coupling.order(align.order)
            HeatMap(
                matrix: coupling.shown, rowOrder: order.rows, columnOrder: order.columns, pooling: coupling.explained == nil ? .sum : .max,
                scale: align.scale
            )
            .draw(
                onto: &cells,
                in: Rectangle(row: body.row, column: body.column + 1, rows: max(1, body.rows - 1), columns: max(1, body.columns - 3)),
                appearance: appearance, decorated: false)
        }
    }

    /// For every layer the strongest matches as lines, parent on the left, fused on the right.
    func drawFlow(in area: Rectangle, onto cells: inout Cells) {
        let shown = groups.compactMap { group -> (String, CouplingSnapshot)? in
            plans[group.name]?.snapshot.coupling(of: align.parent).map { (group.name, $0) }
        }
        guard !shown.isEmpty else { return }
        let visible = max(1, min(shown.count, area.columns / 16))
        let first = Table.firstVisible(selected: shown.firstIndex { $0.0 == group?.name }, count: shown.count, visible: visible)
        let width = area.columns / visible
        let (head, rest) = area.split(top: 1), (body, foot) = rest.split(bottom: 1)
        for (offset, (name, coupling)) in shown[first..<first + visible].enumerated() {
            let isSelected = name == group?.name
            let role = Role.parent(coupling.parent)
            let column = area.column + offset * width
            cells.put(Text.clip(name, to: width - 2), row: head.row, column: column + 1, style: isSelected ? Style(.title) : .dim)
            cells.put(
                "\(letter(coupling.parent))\(Letters.sign(coupling.parent))", row: foot.row, column: column, style: Style(role))
            cells.put("\(Letters.fused)", row: foot.row, column: column + width - 4, style: Style(.fused))
            var canvas = BrailleCanvas(Rectangle(row: body.row, column: column + 1, rows: body.rows, columns: max(1, width - 4)))
            func height(_ index: Int, of count: Int) -> Int { count > 1 ? index * (canvas.height - 1) / (count - 1) : 0 }
            func line(_ match: Match, _ style: Style) {
                canvas.line(
                    from: (height(match.row, of: coupling.plan.rows), 0),
                    to: (height(match.column, of: coupling.plan.columns), canvas.width - 1), style: style)
            }
            // As many as can be followed by the eye: those of the most important neurons, each at its own number on both sides.
            let selected = isSelected ? cursorEntry?.row : nil
            let leading = Set(coupling.order(.importance).rows.prefix(max(8, body.rows)))
            for match in coupling.analysis.matches
            where match.share >= PlanAnalysis.orphanShare && match.row != selected && leading.contains(match.row) {
                line(match, match.share >= 0.5 ? Style(role) : .dim)
            }
            if let selected {
                for partner in coupling.partners(of: selected, count: 3) where partner.share >= 0.05 {
                    line(partner, Style(.warn).adding(.bold))
                }
            }
            canvas.draw(onto: &cells, appearance: appearance)
        }
    }

    func drawPlanTable(in area: Rectangle, onto cells: inout Cells) {
        guard let coupling else { return }
        let letter = letter(coupling.parent), order = order(of: coupling)
        func line(_ place: Int) -> [Span] {
            let row = order.rows[place], spread = coupling.analysis.lines.rows[row], partners = coupling.partners(of: row, count: 2)
            let isDropped = selection != nil && spread.best == nil, isUnmatched = isDropped || coupling.analysis.orphanRows.contains(row)
            return [
                Span("\(letter)\(row)", Style(Role.parent(coupling.parent))),
                Span(partners.first.map { "\(Letters.fused)\($0.column)" } ?? "none", isUnmatched ? Style(.warn) : Style(.fused)),
                Span(partners.first.map { HeatMap.number($0.share) } ?? "–"),
                Span(partners.dropFirst().first.map { "\(Letters.fused)\($0.column)" } ?? "", .dim),
                Span(partners.dropFirst().first.map { HeatMap.number($0.share) } ?? "", .dim),
                Span(selection == nil ? HeatMap.number(spread.effectiveMatches) : "–", selection == nil ? .text : .dim),
                Span(coupling.importance.flatMap { $0.indices.contains(row) ? HeatMap.number($0[row]) : nil } ?? "–", .dim),
                Span(isDropped ? "dropped" : isUnmatched ? "unmatched" : selection == nil ? "" : "selected", isUnmatched ? .warn : .ok),
            ]
        }
        let columns: [Table.Column] = [
            .init("neuron", .fixed(7)), .init("best", .fixed(6)), .init("share", .fixed(6), .right), .init("next", .fixed(6)),
            .init("share", .fixed(6), .right),
            .init("eff.", .fixed(6), .right), .init("‖w‖", .fixed(7), .right), .init("", .flexible(least: 6, most: 10)),
        ]
        Table(columns: columns, count: order.rows.count, selected: align.row, isFocused: hasFocus(.map), row: line).draw(
            onto: &cells, in: area)
    }
}
