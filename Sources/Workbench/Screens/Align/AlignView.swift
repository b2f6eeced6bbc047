import Foundation
import Fusion
import Screen
import Transport

extension Model {
    private var mapTitle: [Span] {
        guard let group, let coupling else { return [Span("Plan", .title)] }
        let letter = letter(coupling.parent)
        var title = [
            Span("Plan \(group.name)  ", .title),
            Span("\(letter)\(Letters.sign(coupling.parent)) \(coupling.plan.rows)", Style(Role.parent(coupling.parent))),
        ]
        title += [Span(" × ", .dim), Span("\(Letters.fused) \(coupling.plan.columns)", Style(.fused))]
        if let selection, selection.selected.indices.contains(coupling.parent) {
            title.append(Span(" · \(selection.selected[coupling.parent]) selected", .ok))
        }
        // Said first: what follows is cut where there is no room.
        if !edits.pinned.isEmpty { title.append(Span(" \(Self.pinSign)\(edits.pinned.count)", .ok)) }
        if !edits.forbidden.isEmpty { title.append(Span(" \(Self.forbidSign)\(edits.forbidden.count)", .error)) }
        title += [Span(" · \(align.order.rawValue)", .dim)]
        if align.order == .spectral, coupling.orders[.spectral] == nil { title.append(Span(" …", .warn)) }
        if align.view != .plan { title.append(Span(" · \(align.view.rawValue)", .info)) }
        if let geometry = mapGeometry {
            title.append(
                Span(
                    " · \((heatMap?.pooling ?? align.pooling).rawValue) \(geometry.block.rows):\(geometry.block.columns) · \(align.scale.rawValue)",
                    .dim))
        }
        if !align.origins.isEmpty { title.append(Span(" · zoom \(1 << align.origins.count)×", .info)) }
        if align.lockedLimit != nil { title.append(Span(" · scale locked", .warn)) }
        if planned?.recipe != recipe { title.append(Span(" · outdated", .warn)) }
        return title
    }

    func drawMap(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(area, title: mapTitle, focused: hasFocus(.map), appearance: appearance)
        guard let map = heatMap else {
            drawNoPlan(in: inside, onto: &cells)
            return
        }
        switch align.view {
        case .plan:
            map.draw(onto: &cells, in: inside, appearance: appearance, target: MouseTarget.map)
            drawConstraints(map, onto: &cells)
        case .cost: drawCostBeside(map, in: inside, onto: &cells)
        case .change:
            if planChange != nil {
                map.draw(onto: &cells, in: inside, appearance: appearance, target: MouseTarget.map)
            } else {
                _ = write(
                    "No change yet: edit the recipe on screen 4. v shows the next view.", in: inside.inset(),
                    from: 0, onto: &cells)
            }
        case .layers: drawAllLayers(in: inside, onto: &cells)
        case .flow: drawFlow(in: inside, onto: &cells)
        case .table: drawPlanTable(in: inside, onto: &cells)
        }
    }

    /// Pinned and forbidden pairs where they stand in the map; under the cursor the panel beside it shows them.
    private func drawConstraints(_ map: HeatMap, onto cells: inout Cells) {
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

    /// The constraint on a pair: its sign, its word and its look.
    func constraint(_ row: Int, _ column: Int, parent: Int) -> (sign: Character, word: String, role: Role)? {
        let pairing = PlanEdits.Pairing(parent: parent, from: row, to: column)
        if edits.pinned.contains(pairing) { return (Self.pinSign, "pinned", .ok) }
        if edits.forbidden.contains(pairing) { return (Self.forbidSign, "forbidden", .error) }
        return nil
    }

    /// The plan on the left, what pairs cost on the right, in the same order and with the same cursor.
    private func drawCostBeside(_ map: HeatMap, in area: Rectangle, onto cells: inout Cells) {
        guard let cost = coupling?.cost else {
            map.draw(onto: &cells, in: area, appearance: appearance, target: MouseTarget.map)
            return
        }
        let (left, right) = area.split(left: area.columns / 2)
        map.draw(onto: &cells, in: left, appearance: appearance, target: MouseTarget.map)
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

    /// Why there is no plan, and what to press.
    func drawNoPlan(in area: Rectangle, onto cells: inout Cells) {
        let problem: String? = if case .failed(let reason) = opened { reason } else { planProblem ?? opened.value?.mismatch }
        let words: String
        if let problem {
            words = "\(appearance.error) \(problem)"
        } else if case .waiting = opened {
            words = "Opening the parents …"
        } else if canFuse {
            words = noPlanReason
        } else {
            words = "No plan yet. Press 1 and open a sample set with Enter, or start with amalgam A.pt B.pt."
        }
        _ = write(words, in: area.inset(vertical: 1, horizontal: 2), from: 0, style: problem == nil ? .text : Style(.error), onto: &cells)
    }
}
