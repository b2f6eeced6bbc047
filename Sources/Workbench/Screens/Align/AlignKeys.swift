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
            status = Status(level: .info, text: "CellPooling: \(align.pooling.rawValue) of the entries beneath a cell")
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

    // MARK: Looking

    private mutating func zoomIn(_ coupling: CouplingSnapshot) {
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

    /// Asks for the spectral order where it is wanted and not made yet.
    mutating func arrange() -> [Effect] {
        guard align.order == .spectral, let coupling, let group, coupling.orders[.spectral] == nil else { return [] }
        return [jobs.start(.arrange(group: group.name, parent: coupling.parent, plan: coupling.plan))]
    }

    mutating func receiveOrder(_ order: PlanOrder, group: String, parent: Int, plan: ValueGrid) {
        guard var planned = plans[group],
            let index = planned.picture.couplings.firstIndex(where: { $0.parent == parent && $0.plan == plan })
        else { return }
        let entry = cursorEntry
        planned.picture.couplings[index].orders[.spectral] = order
        plans[group] = planned
        if let entry { place(row: entry.row, column: entry.column) }
    }
}
