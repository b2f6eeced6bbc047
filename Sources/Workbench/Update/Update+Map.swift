import Foundation
import Screen
import Transport

extension Model {
    mutating func performOnMap(_ action: Action) -> [Effect] {
        guard let coupling else {
            status = Status(level: .info, text: canFuse ? "The plan is being made" : "No plan yet: open parents on screen 1")
            return []
        }
        switch action {
        case .up: move(rows: -1, columns: 0)
        case .down: move(rows: 1, columns: 0)
        case .left: move(rows: 0, columns: -1)
        case .right: move(rows: 0, columns: 1)
        case .blockUp: move(rows: -8, columns: 0)
        case .blockDown: move(rows: 8, columns: 0)
        case .blockLeft: move(rows: 0, columns: -8)
        case .blockRight: move(rows: 0, columns: 8)
        case .pageUp: move(rows: -16, columns: 0)
        case .pageDown: move(rows: 16, columns: 0)
        case .first: move(rows: -coupling.plan.rows, columns: 0)
        case .last: move(rows: coupling.plan.rows, columns: 0)
        case .rowStart: move(rows: 0, columns: -coupling.plan.columns)
        case .rowEnd: move(rows: 0, columns: coupling.plan.columns)
        case .order:
            keepingEntry { $0.align.order = $0.align.order.next }
            align.origins = []
            align.corner = nil
            status = Status(level: .info, text: "Order: \(align.order.rawValue)")
            return arrange()
        case .nextLook, .previousLook:
            align.look = align.look.moved(action == .nextLook ? 1 : -1)
            status = Status(level: .info, text: lookSentence)
        case .selectRectangle:
            align.corner = align.corner == nil ? Position(row: align.row, column: align.column) : nil
            status = Status(
                level: .info, text: align.corner == nil ? announcement : "The rectangle begins here; move the cursor, space ends it")
        case .lowerThreshold, .raiseThreshold:
            align.threshold = max(0.01, min(0.95, align.threshold * (action == .raiseThreshold ? 1.25 : 0.8)))
            status = Status(
                level: .info,
                text: "Braille shows entries from \(HeatMap.number(align.threshold)) of the largest"
                    + (appearance.glyphs == .braille ? "" : "; # chooses braille"))
        case .printNumbers:
            align.printsNumbers.toggle()
            status = Status(
                level: .info,
                text: align.printsNumbers
                    ? "Entries are printed in hundredths of their row where cells are large enough: + zooms in" : "Colours only")
        case .scale:
            align.scale = align.scale.next
            align.lockedLimit = nil
            status = Status(level: .info, text: "Colour scale: \(align.scale.rawValue)")
        case .pooling:
            align.pooling = align.pooling.next
            align.lockedLimit = nil
            status = Status(level: .info, text: "Pooling: \(align.pooling.rawValue) of the entries beneath a cell")
        case .lockScale: lockScale()
        case .zoomIn: zoomIn(coupling)
        case .zoomOut: zoomOut()
        case .nextOrphan: moveToOrphan(1, coupling)
        case .previousOrphan: moveToOrphan(-1, coupling)
        case .announce: status = Status(level: .info, text: announcement)
        case .open: jumpToRowsBest(coupling)
        case .back where align.corner != nil:
            align.corner = nil
            status = Status(level: .info, text: announcement)
        case .back where align.look != .plan:
            align.look = .plan
            status = Status(level: .info, text: announcement)
        case .back: if align.origins.isEmpty { status = Status(level: .info, text: guidance) } else { zoomOut() }
        default: break
        }
        return []
    }

    // MARK: Moving

    /// Moves by cells of the map. A cell stands for many entries; the cursor takes the strongest of them, because that is what the cell shows.
    private mutating func move(rows: Int, columns: Int) {
        guard let map = heatMap, let geometry = mapGeometry, geometry.gridRows > 0, geometry.gridColumns > 0 else { return }
        scrollIntoView(rows: rows, columns: columns)
        guard let here = geometry.gridCell(row: align.row, column: align.column) else {
            clampCursor()
            return
        }
        let row = here.row + rows, column = here.column + columns
        let target = (row: max(0, min(geometry.gridRows - 1, row)), column: max(0, min(geometry.gridColumns - 1, column)))
        if target == here {
            // At the edge of a zoomed view the view moves instead.
            pan(
                rows: row < 0 || row >= geometry.gridRows ? rows.signum() : 0,
                columns: column < 0 || column >= geometry.gridColumns ? columns.signum() : 0)
        } else {
            take(map, geometry, gridRow: target.row, gridColumn: target.column)
        }
        status = Status(level: .info, text: align.corner == nil ? announcement : rectangleSentence)
    }

    /// Puts the cursor on the strongest entry of a cell.
    mutating func take(_ map: HeatMap, _ geometry: HeatMapGeometry, gridRow: Int, gridColumn: Int) {
        let (rows, columns) = geometry.entries(gridRow: gridRow, gridColumn: gridColumn)
        var best = (row: rows.lowerBound, column: columns.lowerBound, value: -Float.infinity)
        for row in rows where map.rowOrder.indices.contains(row) {
            for column in columns where map.columnOrder.indices.contains(column) {
                let value = map.matrix[map.rowOrder[row], map.columnOrder[column]]
                if value > best.value { best = (row, column, value) }
            }
        }
        align.row = best.row
        align.column = best.column
        clampCursor()
    }

    private mutating func pan(rows: Int, columns: Int) {
        guard let coupling, var origin = align.origins.popLast() else { return }
        let height = AlignState.extent(coupling.plan.rows, level: align.origins.count + 1)
        let width = AlignState.extent(coupling.plan.columns, level: align.origins.count + 1)
        let before = origin
        origin.row = max(0, min(coupling.plan.rows - height, origin.row + rows * max(1, height / 8)))
        origin.column = max(0, min(coupling.plan.columns - width, origin.column + columns * max(1, width / 8)))
        align.origins.append(origin)
        align.row += origin.row - before.row
        align.column += origin.column - before.column
        clampCursor()
    }

    private mutating func scrollIntoView(rows: Int, columns: Int) {
        guard let coupling else { return }
        let window = align.window(rows: coupling.plan.rows, columns: coupling.plan.columns)
        align.row = max(window.row, min(window.row + window.rows - 1, align.row))
        align.column = max(window.column, min(window.column + window.columns - 1, align.column))
    }

    mutating func clampCursor() {
        guard let coupling else { return }
        align.row = max(0, min(coupling.plan.rows - 1, align.row))
        align.column = max(0, min(coupling.plan.columns - 1, align.column))
        align.parent = coupling.parent
        align.selectedMatch = max(0, min(coupling.analysis.matches.count - 1, align.selectedMatch))
    }

    /// Changes the order while the cursor stays on the same pair of neurons.
    private mutating func keepingEntry(_ change: (inout Model) -> Void) {
        let entry = cursorEntry
        change(&self)
        if let entry { place(row: entry.row, column: entry.column) }
    }

    /// Puts the cursor on a pair of neurons by their own indices, zooming out where the pair is out of view.
    mutating func place(row: Int, column: Int) {
        guard let coupling else { return }
        let orders = order(of: coupling)
        guard let y = orders.rows.firstIndex(of: row), let x = orders.columns.firstIndex(of: column) else { return }
        align.row = y
        align.column = x
        while !align.origins.isEmpty {
            let window = align.window(rows: coupling.plan.rows, columns: coupling.plan.columns)
            if (window.row..<window.row + window.rows).contains(y), (window.column..<window.column + window.columns).contains(x) { break }
            align.origins.removeLast()
        }
    }

    mutating func jumpToStrongest() {
        guard let coupling, let match = coupling.analysis.matches.first else { return }
        place(row: match.row, column: match.column)
    }

    private mutating func jumpToRowsBest(_ coupling: CouplingPicture) {
        guard let entry = cursorEntry, let match = coupling.best[entry.row] else {
            status = Status(level: .info, text: "This neuron has no partner")
            return
        }
        jumps.isFar = true
        place(row: match.row, column: match.column)
        status = Status(level: .info, text: announcement)
    }

    private mutating func moveToOrphan(_ step: Int, _ coupling: CouplingPicture) {
        let orders = order(of: coupling)
        let orphans = Set(
            kept == nil ? coupling.analysis.orphanRows : coupling.analysis.best.indices.filter { coupling.analysis.best[$0] == nil })
        guard !orphans.isEmpty else {
            status = Status(
                level: .info, text: "Every neuron of \(parentLetter(coupling.parent)) \(kept == nil ? "has a partner" : "is kept")")
            return
        }
        let count = orders.rows.count
        for distance in 1...count {
            let place = ((align.row + step * distance) % count + count) % count
            guard orphans.contains(orders.rows[place]) else { continue }
            let index = orders.rows[place]
            jumps.isFar = true
            self.place(row: index, column: coupling.best[index]?.column ?? orders.columns[align.column])
            status =
                kept == nil
                ? Status(level: .warn, text: "\(parentLetter(coupling.parent))\(index) is an orphan: \(announcement)")
                : Status(level: .info, text: announcement)
            return
        }
    }

    // MARK: Looking

    private mutating func zoomIn(_ coupling: CouplingPicture) {
        let level = align.origins.count + 1
        let window = align.window(rows: coupling.plan.rows, columns: coupling.plan.columns)
        guard level <= AlignState.deepest, window.rows > 4 || window.columns > 4 else {
            status = Status(level: .info, text: "Closer there is nothing more to see: each cell is one pair of neurons")
            return
        }
        let height = AlignState.extent(coupling.plan.rows, level: level), width = AlignState.extent(coupling.plan.columns, level: level)
        align.origins.append(
            Position(
                row: max(0, min(coupling.plan.rows - height, align.row - height / 2)),
                column: max(0, min(coupling.plan.columns - width, align.column - width / 2))))
        status = Status(level: .info, text: "Zoom \(1 << level)×")
    }

    private mutating func zoomOut() {
        guard align.origins.popLast() != nil else {
            status = Status(level: .info, text: "The whole plan is in view")
            return
        }
        status = Status(level: .info, text: align.origins.isEmpty ? "The whole plan" : "Zoom \(1 << align.origins.count)×")
    }

    private mutating func lockScale() {
        guard align.lockedLimit == nil, let map = heatMap, let geometry = mapGeometry else {
            align.lockedLimit = nil
            status = Status(level: .info, text: "Each layer has its own colour scale")
            return
        }
        let limit = map.pooled(geometry).largest
        align.lockedLimit = limit
        status = Status(level: .info, text: "The colour scale now ends at \(HeatMap.number(limit)) for every layer")
    }

    mutating func nextParent() -> [Effect] {
        guard let couplings = planned?.picture.couplings, couplings.count > 1,
            let index = couplings.firstIndex(where: { $0.parent == align.parent })
        else {
            status = Status(level: .info, text: "There is one coupling only")
            return []
        }
        align.parent = couplings[(index + 1) % couplings.count].parent
        align.origins = []
        align.selectedMatch = 0
        clampCursor()
        status = Status(level: .info, text: "Coupling of parent \(parentLetter(align.parent))")
        return []
    }

    mutating func performOnMatches(_ action: Action) -> [Effect] {
        guard let coupling else { return performOnMap(action) }
        let matches = coupling.analysis.matches
        guard !matches.isEmpty else { return [] }
        let page = max(1, inside(.matches).rows - 2)
        switch action {
        case .up: align.selectedMatch -= 1
        case .down: align.selectedMatch += 1
        case .pageUp: align.selectedMatch -= page
        case .pageDown: align.selectedMatch += page
        case .first: align.selectedMatch = 0
        case .last: align.selectedMatch = matches.count - 1
        case .open: jumps.isFar = true
        case .back: focus[.align] = .map
        default: return []
        }
        clampCursor()
        let match = matches[align.selectedMatch]
        place(row: match.row, column: match.column)
        status = Status(level: .info, text: announcement)
        return []
    }

    /// The row under the cursor in one sentence.
    var announcement: String {
        guard let coupling, let entry = cursorEntry else { return "" }
        if kept != nil { return keptSentence(row: entry.row, column: entry.column, coupling) }
        let letter = parentLetter(coupling.parent)
        let mass = Double(coupling.plan[entry.row, entry.column])
        guard mass.isFinite else { return "\(letter)\(entry.row) → F\(entry.column): not a number" }
        let share = coupling.analysis.share(mass, row: entry.row)
        var words = "\(letter)\(entry.row) → F\(entry.column), mass \(HeatMap.number(mass)), \(Int((share * 100).rounded())) % of the row"
        if let best = coupling.analysis.best[entry.row], best.column != entry.column {
            words += "; its best is F\(best.column) with \(Int((best.share * 100).rounded())) %"
        }
        if let demand = demandWords(entry.row, entry.column, parent: coupling.parent) { words += "; \(demand.word)" }
        return words
    }

    /// What is inside the rectangle.
    var rectangleSentence: String {
        guard let inside = selectedMass, let coupling else { return announcement }
        let part = coupling.analysis.total > 0 ? inside.mass / coupling.analysis.total : 0
        return "\(inside.rows) × \(inside.columns) neurons hold mass \(String(format: "%.4f", inside.mass)), \(Words.percent(part)) of all"
    }

    private var lookSentence: String {
        switch align.look {
        case .plan:
            coupling?.given == nil ? "The plan" : "Kept neurons at their places, and of every other what its best stand-in gives back"
        case .cost where coupling?.given != nil: "Which neurons are kept, and beside it what a kept one alone leaves of each"
        case .cost:
            coupling?.cost == nil
                ? "This method pays no cost for pairs, so there is only the plan" : "The plan, and beside it what each pair costs"
        case .change: planChange == nil ? "Nothing to compare with yet: change a knob on screen 4" : "What the last change moved"
        case .layers: "All layers; < and > choose one"
        case .flow: "The matches of the most important neurons of every layer, and of the one under the cursor"
        case .table: "The plan in numbers"
        }
    }

    /// Asks for the spectral order where it is wanted and not made yet.
    mutating func arrange() -> [Effect] {
        guard align.order == .spectral, let coupling, let group, coupling.orders[.spectral] == nil else { return [] }
        return [jobs.start(.arrange(group: group.name, parent: coupling.parent, plan: coupling.plan))]
    }

    mutating func receiveOrder(_ order: PlanOrder, group: String, parent: Int, plan: Screen.Matrix) {
        guard var planned = plans[group],
            let index = planned.picture.couplings.firstIndex(where: { $0.parent == parent && $0.plan == plan })
        else { return }
        let entry = cursorEntry
        planned.picture.couplings[index].orders[.spectral] = order
        plans[group] = planned
        if let entry { place(row: entry.row, column: entry.column) }
    }
}
