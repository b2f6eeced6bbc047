import Foundation
import Screen
import Transport

extension Model {
    private var mapTitle: [Span] {
        guard let group, let coupling else { return [Span("Plan", .title)] }
        let letter = parentLetter(coupling.parent)
        var title = [Span("Plan \(group.name)  ", .title), Span("\(letter)\(FusionLetters.sign(coupling.parent)) \(coupling.plan.rows)", Style(Role.parent(coupling.parent)))]
        title += [Span(" × ", .dim), Span("F\(FusionLetters.fused) \(coupling.plan.columns)", Style(.fused)), Span(" · \(align.order.rawValue)", .dim)]
        if let geometry = mapGeometry { title.append(Span(" · \(align.pooling.rawValue) \(geometry.block.rows):\(geometry.block.columns) · \(align.scale.rawValue)", .dim)) }
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
        map.draw(onto: &cells, in: inside, appearance: appearance, targetName: "map")
    }

    /// Why there is no plan, and what to press.
    func drawNoPlan(in area: Rectangle, onto cells: inout Cells) {
        let words: String
        if let problem = planProblem { words = "\(appearance.error) \(problem)" }
        else if let mismatch = opened.value?.mismatch { words = "\(appearance.error) No plan: \(mismatch)" }
        else if isPlanning { words = "The plan of \(group?.name ?? "this layer") is being made …" }
        else if case .failed(let reason) = opened { words = "\(appearance.error) \(reason)" }
        else if case .waiting = opened { words = "Opening the parents …" }
        else { words = "No plan yet. Press 1 and open a sample set with Enter, or start with amalgam A B." }
        _ = write(words, in: area.inset(vertical: 1, horizontal: 2), from: 0, style: words.hasPrefix(appearance.error) ? Style(.error) : .text, onto: &cells)
    }

    /// The pair under the cursor.
    func drawReadout(in area: Rectangle, onto cells: inout Cells) {
        guard let coupling, let entry = cursorEntry else {
            cells.box(area, title: [Span("Cell", .title)], appearance: appearance)
            return
        }
        let letter = parentLetter(coupling.parent), role = Role.parent(coupling.parent)
        let title = [Span("\(letter)\(entry.row)", Style(role).adding(.bold)), Span(" → ", .dim), Span("F\(entry.column)", Style(.fused))]
        let inside = cells.box(area, title: title, appearance: appearance)
        let mass = Double(coupling.plan[entry.row, entry.column])
        let sum = coupling.analysis.rowSums[entry.row]
        pair("mass", [mass.isFinite ? Span(HeatMap.number(mass)) : Span("! not a number", Style(.mapNaN))], in: inside, line: 0, width: 9, onto: &cells)
        pair("of row", [Span(sum > 0 && mass.isFinite ? Words.percent(mass / sum) : "–")], in: inside, line: 1, width: 9, onto: &cells)
        var line = 2
        if let cost = coupling.cost {
            pair("cost", [Span(HeatMap.number(Double(cost[entry.row, entry.column])))], in: inside, line: line, width: 9, onto: &cells)
            line += 1
        }
        let entropy = coupling.analysis.entropies[entry.row]
        pair("spread", [Span("\(HeatMap.number(exp(entropy))) neurons")], in: inside, line: line, width: 9, onto: &cells)
        cells.write("best for \(letter)\(entry.row)", in: inside, line: line + 1, style: .dim)
        let partners = coupling.analysis.partners(of: entry.row, in: coupling.plan, count: max(0, inside.rows - line - 2))
        if partners.isEmpty { cells.write("  none: an orphan", in: inside, line: line + 2, style: Style(.warn)) }
        for (offset, match) in partners.enumerated() {
            let row = line + 2 + offset
            guard row < inside.rows else { break }
            cells.write(Text.fit(" F\(match.column)", to: 7), in: inside, line: row, style: match.column == entry.column ? Style(.title) : .text)
            cells.bar(match.share, in: Rectangle(row: inside.row + row, column: inside.column + 7, rows: 1, columns: max(0, inside.columns - 14)), role: role)
            cells.writeAtRight(HeatMap.number(match.share) + " ", in: inside, line: row, style: .text)
        }
    }

    /// The layer as a whole; on the Fuse screen with what it was before.
    func drawNumbers(in area: Rectangle, onto cells: inout Cells) {
        let title = group.map { "Layer \($0.name)" } ?? "Layer"
        let inside = cells.box(area, title: [Span(title, .title)], note: planned.map { [Span(Words.seconds($0.picture.seconds), .dim)] } ?? [], appearance: appearance)
        if screen == .fuse {
            drawComparison(in: inside, onto: &cells)
            return
        }
        guard let coupling else { return }
        let analysis = coupling.analysis
        var lines: [(String, [Span])] = [
            ("entropy", [Span("\(HeatMap.number(analysis.meanEntropy)) nats")]),
            ("eff.matches", [Span(HeatMap.number(analysis.effectiveMatches))]),
            ("clear match", [Span("\(Int((analysis.clearShare * 100).rounded())) %")]),
            ("orphans", [Span("\(parentLetter(coupling.parent)) \(analysis.orphanRows.count)", Style(analysis.orphanRows.isEmpty ? .text : .warn)), Span("  F \(analysis.orphanColumns.count)", Style(analysis.orphanColumns.isEmpty ? .text : .warn))]),
            ("total mass", [Span(String(format: "%.4f", analysis.total))]),
        ]
        lines += certificateLines(coupling)
        if inside.rows > 9 { lines += [("merges", [Span("\(analysis.merges)")]), ("splits", [Span("\(analysis.splits)")])] }
        if let cost = coupling.transportCost, inside.rows > 9 { lines.insert(("cost", [Span(HeatMap.number(cost))]), at: 0) }
        for (index, line) in lines.enumerated() { pair(line.0, line.1, in: inside, line: index, width: 12, onto: &cells) }
    }

    /// What the solver proved.
    private func certificateLines(_ coupling: CouplingPicture) -> [(String, [Span])] {
        guard let certificate = coupling.certificate else { return [("certificate", [Span(coupling.isIdentity ? "identity" : "none", .dim)])] }
        let state = certificate.converged ? Span("\(appearance.ok) \(certificate.iterations) it", .ok) : Span("\(appearance.warn) not converged", .warn)
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
        let inside = cells.box(area, title: [Span("Matches", .title)], note: coupling.map { [Span("\($0.analysis.matches.count)", .dim)] } ?? [], focused: hasKeyboard(.matches), appearance: appearance)
        guard let coupling else { return }
        let letter = parentLetter(coupling.parent)
        let rows = coupling.analysis.matches.map { match in
            [Span("\(letter)\(match.row)", Style(Role.parent(coupling.parent))), Span("→", .dim), Span("F\(match.column)", Style(.fused)), Span(HeatMap.number(match.mass)), Span("\(Int((match.share * 100).rounded())) %")]
        }
        let columns: [Table.Column] = [.init("from", .flexible(least: 5, most: 8)), .init("", .fixed(1)), .init("to", .flexible(least: 5, most: 8)), .init("mass", .fixed(8), .right), .init("share", .fixed(6), .right)]
        Table(columns: columns, rows: rows, selected: align.selectedMatch, isFocused: hasKeyboard(.matches), targetName: "match").draw(onto: &cells, in: inside)
    }
}
