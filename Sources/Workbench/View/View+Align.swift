import Foundation
import Fusion
import Screen
import Transport

extension Model {
    private var mapTitle: [Span] {
        guard let group, let coupling else { return [Span("Plan", .title)] }
        let letter = parentLetter(coupling.parent)
        var title = [
            Span("Plan \(group.name)  ", .title),
            Span("\(letter)\(FusionLetters.sign(coupling.parent)) \(coupling.plan.rows)", Style(Role.parent(coupling.parent))),
        ]
        title += [Span(" × ", .dim), Span("F\(FusionLetters.fused) \(coupling.plan.columns)", Style(.fused))]
        if let kept, kept.kept.indices.contains(coupling.parent) { title.append(Span(" · \(kept.kept[coupling.parent]) kept", .ok)) }
        // Said first: what follows is cut where there is no room.
        if !edits.pinned.isEmpty { title.append(Span(" \(Self.pinSign)\(edits.pinned.count)", .ok)) }
        if !edits.forbidden.isEmpty { title.append(Span(" \(Self.forbidSign)\(edits.forbidden.count)", .error)) }
        title += [Span(" · \(align.order.rawValue)", .dim)]
        if align.order == .spectral, coupling.orders[.spectral] == nil { title.append(Span(" …", .warn)) }
        if align.look != .plan { title.append(Span(" · \(align.look.rawValue)", .info)) }
        if let geometry = mapGeometry {
            title.append(
                Span(
                    " · \((heatMap?.pooling ?? align.pooling).rawValue) \(geometry.block.rows):\(geometry.block.columns) · \(align.scale.rawValue)",
                    .dim))
        }
        if !align.origins.isEmpty { title.append(Span(" · zoom \(1 << align.origins.count)×", .info)) }
        if align.lockedLimit != nil { title.append(Span(" · scale locked", .warn)) }
        if planned?.recipe != recipe { title.append(Span(" · old", .warn)) }
        return title
    }

    func drawMap(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(area, title: mapTitle, focused: hasKeyboard(.map), appearance: appearance)
        guard let map = heatMap else {
            drawNoPlan(in: inside, onto: &cells)
            return
        }
        switch align.look {
        case .plan:
            map.draw(onto: &cells, in: inside, appearance: appearance, targetName: "map")
            drawDemands(map, onto: &cells)
        case .cost: drawCostBeside(map, in: inside, onto: &cells)
        case .change:
            if planChange != nil {
                map.draw(onto: &cells, in: inside, appearance: appearance, targetName: "map")
            } else {
                _ = write(
                    "Nothing to compare with yet: change a knob on screen 4 and come back. v shows the next view.", in: inside.inset(),
                    from: 0, onto: &cells)
            }
        case .layers: drawAllLayers(in: inside, onto: &cells)
        case .flow: drawFlow(in: inside, onto: &cells)
        case .table: drawPlanTable(in: inside, onto: &cells)
        }
    }

    /// Pinned and forbidden pairs where they stand in the map; under the cursor the read-out says it.
    private func drawDemands(_ map: HeatMap, onto cells: inout Cells) {
        guard let coupling, let geometry = mapGeometry, !edits.isEmpty else { return }
        for (pairings, sign, role) in [(edits.pinned, Self.pinSign, .ok), (edits.forbidden, Self.forbidSign, .error)]
            as [(Set<PlanEdits.Pairing>, Character, Role)]
        {
            for pairing in pairings.sorted() where pairing.parent == coupling.parent {
                guard let row = map.rowOrder.firstIndex(of: pairing.from), let column = map.columnOrder.firstIndex(of: pairing.to),
                    let cell = geometry.gridCell(row: row, column: column)
                else { continue }
                let place = geometry.position(gridRow: cell.row, gridColumn: cell.column)
                let rows = max(1, geometry.magnificationRows / geometry.pixelRows),
                    columns = max(1, geometry.magnificationColumns / geometry.pixelColumns)
                let middle = Position(row: place.row + (rows - 1) / 2, column: place.column + (columns - 1) / 2)
                if middle != cells.cursor { cells.set(sign, row: middle.row, column: middle.column, style: Style(role).adding(.bold)) }
            }
        }
    }

    static let pinSign: Character = "◉", forbidSign: Character = "×"

    /// What is demanded of a pair: its sign, its word and its look.
    func demandWords(_ row: Int, _ column: Int, parent: Int) -> (sign: Character, word: String, role: Role)? {
        let pairing = PlanEdits.Pairing(parent: parent, from: row, to: column)
        if edits.pinned.contains(pairing) { return (Self.pinSign, "pinned", .ok) }
        if edits.forbidden.contains(pairing) { return (Self.forbidSign, "forbidden", .error) }
        return nil
    }

    /// The plan on the left, what pairs cost on the right, in the same order and with the same cursor.
    private func drawCostBeside(_ map: HeatMap, in area: Rectangle, onto cells: inout Cells) {
        guard let cost = coupling?.cost else {
            map.draw(onto: &cells, in: area, appearance: appearance, targetName: "map")
            return
        }
        let (left, right) = area.split(left: area.columns / 2)
        map.draw(onto: &cells, in: left, appearance: appearance, targetName: "map")
        var costs = map
        costs.matrix = cost
        costs.pooling = .mean
        costs.scale = .linear
        costs.limit = nil
        costs.rowMarks = []
        costs.columnMarks = []
        costs.selection = nil
        costs.printedWholes = nil
        costs.unit = "cost"
        let place = cells.cursor
        costs.draw(onto: &cells, in: right, appearance: appearance)
        // The plan keeps the hardware cursor.
        cells.cursor = place
    }

    /// Every layer's plan in the space there is.
    private func drawAllLayers(in area: Rectangle, onto cells: inout Cells) {
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
            cells.addTarget(place, "layer:\(first + offset)")
            let couplings = plans[group.name]?.picture.couplings ?? []
            guard let coupling = couplings.first(where: { $0.parent == align.parent }) ?? couplings.first else { continue }
            let order = coupling.order(align.order)
            HeatMap(
                matrix: coupling.shown, rowOrder: order.rows, columnOrder: order.columns, pooling: coupling.given == nil ? .sum : .max,
                scale: align.scale
            )
            .draw(
                onto: &cells,
                in: Rectangle(row: body.row, column: body.column + 1, rows: max(1, body.rows - 1), columns: max(1, body.columns - 3)),
                appearance: appearance, decorated: false)
        }
    }

    /// For every layer the strongest matches as lines, parent on the left, fused on the right.
    private func drawFlow(in area: Rectangle, onto cells: inout Cells) {
        let shown = groups.compactMap { group -> (String, CouplingPicture)? in
            let couplings = plans[group.name]?.picture.couplings ?? []
            return (couplings.first { $0.parent == align.parent } ?? couplings.first).map { (group.name, $0) }
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
                "\(parentLetter(coupling.parent))\(FusionLetters.sign(coupling.parent))", row: foot.row, column: column, style: Style(role))
            cells.put("F\(FusionLetters.fused)", row: foot.row, column: column + width - 4, style: Style(.fused))
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

    private func drawPlanTable(in area: Rectangle, onto cells: inout Cells) {
        guard let coupling else { return }
        let letter = parentLetter(coupling.parent), order = order(of: coupling)
        func line(_ place: Int) -> [Span] {
            let row = order.rows[place], spread = coupling.analysis.lines.rows[row], partners = coupling.partners(of: row, count: 2)
            let isLost = kept != nil && spread.best == nil, isOrphan = isLost || coupling.analysis.orphanRows.contains(row)
            return [
                Span("\(letter)\(row)", Style(Role.parent(coupling.parent))),
                Span(partners.first.map { "F\($0.column)" } ?? "none", isOrphan ? Style(.warn) : Style(.fused)),
                Span(partners.first.map { HeatMap.number($0.share) } ?? "–"),
                Span(partners.dropFirst().first.map { "F\($0.column)" } ?? "", .dim),
                Span(partners.dropFirst().first.map { HeatMap.number($0.share) } ?? "", .dim),
                Span(kept == nil ? HeatMap.number(spread.effectiveMatches) : "–", kept == nil ? .text : .dim),
                Span(coupling.importance.flatMap { $0.indices.contains(row) ? HeatMap.number($0[row]) : nil } ?? "–", .dim),
                Span(isLost ? "not kept" : isOrphan ? "orphan" : kept == nil ? "" : "kept", isOrphan ? .warn : .ok),
            ]
        }
        let columns: [Table.Column] = [
            .init("neuron", .fixed(7)), .init("best", .fixed(6)), .init("share", .fixed(6), .right), .init("next", .fixed(6)),
            .init("share", .fixed(6), .right),
            .init("spread", .fixed(6), .right), .init("‖w‖", .fixed(7), .right), .init("", .flexible(least: 6, most: 10)),
        ]
        Table(columns: columns, count: order.rows.count, selected: align.row, isFocused: hasKeyboard(.map), row: line).draw(
            onto: &cells, in: area)
    }

    /// Why there is no plan, and what to press.
    func drawNoPlan(in area: Rectangle, onto cells: inout Cells) {
        let words: String
        if let problem = planProblem {
            words = "\(appearance.error) \(problem)"
        } else if let mismatch = opened.value?.mismatch {
            words = "\(appearance.error) No plan: \(mismatch)"
        } else if isPlanning {
            words = "The plan of \(group?.name ?? "this layer") is being made …"
        } else if case .failed(let reason) = opened {
            words = "\(appearance.error) \(reason)"
        } else if case .waiting = opened {
            words = "Opening the parents …"
        } else {
            words = "No plan yet. Press 1 and open a sample set with Enter, or start with amalgam A B."
        }
        _ = write(
            words, in: area.inset(vertical: 1, horizontal: 2), from: 0, style: words.hasPrefix(appearance.error) ? Style(.error) : .text,
            onto: &cells)
    }

    /// The pair under the cursor.
    func drawReadout(in area: Rectangle, onto cells: inout Cells) {
        guard let coupling, let entry = cursorEntry else {
            cells.box(area, title: [Span("Cell", .title)], appearance: appearance)
            return
        }
        let letter = parentLetter(coupling.parent), role = Role.parent(coupling.parent)
        var title = [Span("\(letter)\(entry.row)", Style(role).adding(.bold)), Span(" → ", .dim), Span("F\(entry.column)", Style(.fused))]
        if let demand = demandWords(entry.row, entry.column, parent: coupling.parent) {
            title.append(Span(" \(demand.sign) \(demand.word)", demand.role))
        }
        let inside = cells.box(area, title: title, appearance: appearance)
        if kept != nil {
            drawKeptReadout(coupling, entry, in: inside, onto: &cells)
            return
        }
        let mass = Double(coupling.plan[entry.row, entry.column])
        pair(
            "mass", [mass.isFinite ? Span(HeatMap.number(mass)) : Span("! not a number", Style(.mapNaN))], in: inside, line: 0, width: 9,
            onto: &cells)
        pair(
            "of row", [Span(mass.isFinite ? Words.percent(coupling.analysis.share(mass, row: entry.row)) : "–")], in: inside, line: 1,
            width: 9, onto: &cells)
        var line = 2
        if let cost = coupling.cost {
            pair("cost", [Span(HeatMap.number(Double(cost[entry.row, entry.column])))], in: inside, line: line, width: 9, onto: &cells)
            line += 1
        }
        if let importance = coupling.importance, importance.indices.contains(entry.row), inside.rows > 9 {
            pair("‖w‖", [Span(HeatMap.number(importance[entry.row]))], in: inside, line: line, width: 9, onto: &cells)
            line += 1
        }
        if let rectangle = selectedMass {
            pair(
                "Σ area",
                [Span(String(format: "%.4f", rectangle.mass), Style(.title)), Span("  \(rectangle.rows)×\(rectangle.columns)", .dim)],
                in: inside, line: line, width: 9, onto: &cells)
            line += 1
        }
        pair(
            "spread", [Span("\(HeatMap.number(coupling.analysis.lines.rows[entry.row].effectiveMatches)) neurons")], in: inside, line: line,
            width: 9, onto: &cells)
        drawPartners(
            coupling, entry, title: "best for \(letter)\(entry.row)", none: "none: an orphan", in: inside, from: line + 1, onto: &cells)
    }

    /// The fused neurons nearest to the one in this row, with how near they are.
    func drawPartners(
        _ coupling: CouplingPicture, _ entry: (row: Int, column: Int), title: String, none: String, in area: Rectangle, from line: Int,
        onto cells: inout Cells
    ) {
        cells.write(title, in: area, line: line, style: .dim)
        let partners = coupling.partners(of: entry.row, count: max(0, area.rows - line - 1))
        if partners.isEmpty { cells.write("  \(none)", in: area, line: line + 1, style: Style(.warn)) }
        for (offset, match) in partners.enumerated() {
            let row = line + 1 + offset
            guard row < area.rows else { break }
            cells.write(
                Text.fit(" F\(match.column)", to: 7), in: area, line: row, style: match.column == entry.column ? Style(.title) : .text)
            cells.bar(
                match.share, in: Rectangle(row: area.row + row, column: area.column + 7, rows: 1, columns: max(0, area.columns - 14)),
                role: Role.parent(coupling.parent))
            cells.writeAtRight(HeatMap.number(match.share) + " ", in: area, line: row, style: .text)
        }
    }

    /// The layer as a whole; on the Fuse screen with what it was before.
    func drawNumbers(in area: Rectangle, onto cells: inout Cells) {
        let title = group.map { "Layer \($0.name)" } ?? "Layer"
        let inside = cells.box(
            area, title: [Span(title, .title)], note: planned.map { [Span(Words.seconds($0.picture.seconds), .dim)] } ?? [],
            appearance: appearance)
        if screen == .fuse {
            drawComparison(in: inside, onto: &cells)
            return
        }
        guard let coupling else { return }
        if let kept {
            drawKeptNumbers(kept, coupling, in: inside, onto: &cells)
            return
        }
        let analysis = coupling.analysis
        var lines: [(String, [Span])] = [
            ("entropy", [Span("\(HeatMap.number(analysis.meanEntropy)) nats")]),
            ("eff.matches", [Span(HeatMap.number(analysis.effectiveMatches))]),
            ("clear match", [Span("\(Int((analysis.clearShare * 100).rounded())) %")]),
            (
                "orphans",
                [
                    Span(
                        "\(parentLetter(coupling.parent)) \(analysis.orphanRows.count)", Style(analysis.orphanRows.isEmpty ? .text : .warn)),
                    Span("  F \(analysis.orphanColumns.count)", Style(analysis.orphanColumns.isEmpty ? .text : .warn)),
                ]
            ),
            ("total mass", [Span(String(format: "%.4f", analysis.total))]),
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
    func drawMiniature(_ coupling: CouplingPicture, in area: Rectangle, onto cells: inout Cells) {
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

    /// What the solver proved.
    private func certificateLines(_ coupling: CouplingPicture) -> [(String, [Span])] {
        guard let certificate = coupling.certificate else {
            return [("certificate", [Span(coupling.isIdentity ? "identity" : "none", .dim)])]
        }
        let state =
            certificate.converged
            ? Span("\(appearance.ok) \(certificate.iterations) it", .ok) : Span("\(appearance.warn) not converged", .warn)
        var lines: [(String, [Span])] = [(certificate.converged ? "converged" : "solver", [state])]
        lines.append(("margins", [Span(HeatMap.number(max(certificate.rowError, certificate.columnError)) + " off")]))
        if let gap = certificate.dualityGap { lines.append(("gap", [Span(HeatMap.number(abs(gap)))])) }
        switch certificate.uniqueness {
        case .unique: lines.append(("optimum", [Span("\(appearance.ok) unique", .ok)]))
        case .multiple: lines.append(("optimum", [Span("\(appearance.warn) one of many", .warn)]))
        case .unknown: break
        }
        return lines
    }

    func drawMatches(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(
            area, title: [Span("Matches", .title)], note: coupling.map { [Span("\($0.analysis.matches.count)", .dim)] } ?? [],
            focused: hasKeyboard(.matches), appearance: appearance)
        guard let coupling else { return }
        let letter = parentLetter(coupling.parent)
        let matches = coupling.analysis.matches
        func row(_ place: Int) -> [Span] {
            let match = matches[place]
            let demand = demandWords(match.row, match.column, parent: coupling.parent)
            return [
                Span("\(letter)\(match.row)", Style(Role.parent(coupling.parent))),
                Span(demand.map { String($0.sign) } ?? "→", Style(demand?.role ?? .dim)), Span("F\(match.column)", Style(.fused)),
                Span(HeatMap.number(match.mass)), Span("\(Int((match.share * 100).rounded())) %"),
            ]
        }
        let columns: [Table.Column] = [
            .init("from", .flexible(least: 5, most: 8)), .init("", .fixed(1)), .init("to", .flexible(least: 5, most: 8)),
            .init("mass", .fixed(8), .right), .init("share", .fixed(6), .right),
        ]
        Table(
            columns: columns, count: matches.count, selected: align.selectedMatch, isFocused: hasKeyboard(.matches), targetName: "match",
            row: row
        ).draw(onto: &cells, in: inside)
    }
}
