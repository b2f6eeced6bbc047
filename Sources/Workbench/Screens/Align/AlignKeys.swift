import Foundation
import Screen
import Transport

extension Model {
    /// The coupling that the map shows.
    var coupling: CouplingSnapshot? { planned?.snapshot.coupling(of: align.parent) }

    /// Why there is no map.
    var noPlanReason: String {
        if let planProblem { return planProblem }
        if planned?.snapshot.isUntouched == true {
            return "Kept whole: \(recipe.method.title) does not change \(group?.name ?? "this layer")"
        }
        return canFuse ? "Planning \(group?.name ?? "the layer") …" : "No plan yet: open parents on screen 1"
    }

    mutating func performOnMap(_ action: Action) -> [Effect] {
        guard let coupling else {
            inform(noPlanReason)
            return []
        }
        if let (rows, columns) = action.steps(rows: coupling.plan.rows, columns: coupling.plan.columns) {
            move(rows: rows, columns: columns)
            return []
        }
        switch action {
        case .orderMap:
            keepingEntry { $0.align.order = $0.align.order.next }
            align.origins = []
            align.corner = nil
            inform("Order: \(align.order.rawValue)")
            return loadSpectralOrder()
        case .nextMapView, .previousMapView:
            align.view = align.view.moved(action == .nextMapView ? 1 : -1)
            inform(viewSentence)
            if wantsForgottenCost { return replan() }
        case .selectRectangle:
            align.corner = align.corner == nil ? Position(row: align.row, column: align.column) : nil
            inform(align.corner == nil ? pairSentence : "Rectangle starts here; move the cursor, space ends it")
        case .lowerThreshold, .raiseThreshold:
            align.threshold = max(0.01, min(0.95, align.threshold * (action == .raiseThreshold ? 1.25 : 0.8)))
            inform(
                "Braille shows entries from \(HeatMap.number(align.threshold)) of the largest"
                    + (appearance.glyphs == .braille ? "" : "; # switches to braille"))
        case .printValues:
            align.printsNumbers.toggle()
            inform(align.printsNumbers ? "Entries as percentages of their row where cells are large enough: + zooms in" : "Colours only")
        case .scaleMap:
            align.scale = align.scale.next
            align.lockedLimit = nil
            inform("Colour scale: \(align.scale.rawValue)")
        case .poolMap:
            align.pooling = align.pooling.next
            align.lockedLimit = nil
            inform("Pooling: \(align.pooling.rawValue) of the entries in a cell")
        case .lockScale: lockScale()
        case .zoomIn: zoomIn(coupling)
        case .zoomOut: zoomOut()
        case .nextUnmatched: moveToUnmatched(1, coupling)
        case .previousUnmatched: moveToUnmatched(-1, coupling)
        case .describe: inform(pairSentence)
        case .enter: jumpToBestMatch(coupling)
        case .back where align.corner != nil:
            align.corner = nil
            inform(pairSentence)
        case .back where align.view != .plan:
            align.view = .plan
            inform(pairSentence)
        case .back: if align.origins.isEmpty { inform(pairSentence) } else { zoomOut() }
        default: break
        }
        return []
    }

    // MARK: Looking

    private mutating func zoomIn(_ coupling: CouplingSnapshot) {
        let level = align.origins.count + 1
        let window = align.window(rows: coupling.plan.rows, columns: coupling.plan.columns)
        guard level <= AlignState.deepest, window.rows > 4 || window.columns > 4 else {
            inform("Fully zoomed in: each cell is one pair of neurons")
            return
        }
        let height = AlignState.extent(coupling.plan.rows, level: level), width = AlignState.extent(coupling.plan.columns, level: level)
        align.origins.append(
            Position(
                row: max(0, min(coupling.plan.rows - height, align.row - height / 2)),
                column: max(0, min(coupling.plan.columns - width, align.column - width / 2))))
        inform("Zoom \(1 << level)×")
    }

    private mutating func zoomOut() {
        guard align.origins.popLast() != nil else {
            inform("Fully zoomed out")
            return
        }
        inform(align.origins.isEmpty ? "The whole plan" : "Zoom \(1 << align.origins.count)×")
    }

    private mutating func lockScale() {
        guard align.lockedLimit == nil, let map = heatMap, let geometry = mapGeometry else {
            align.lockedLimit = nil
            inform("Colour scale unlocked: each layer has its own")
            return
        }
        let limit = map.pooled(geometry).largest
        align.lockedLimit = limit
        inform("Colour scale locked: 0 to \(HeatMap.number(limit)) for every layer")
    }

    mutating func nextParent() {
        guard let couplings = planned?.snapshot.couplings, couplings.count > 1,
            let index = couplings.firstIndex(where: { $0.parent == align.parent })
        else {
            inform("There is only one coupling")
            return
        }
        align.parent = couplings[(index + 1) % couplings.count].parent
        align.origins = []
        align.selectedMatch = 0
        clampCursor()
        inform("Coupling of parent \(letter(align.parent))")
    }

    mutating func performOnMatches(_ action: Action) -> [Effect] {
        guard let coupling else { return performOnMap(action) }
        let matches = coupling.analysis.matches
        guard !matches.isEmpty else { return [] }
        switch action {
        case .enter: jumps.isFar = true
        case .back: focus[.align] = .map
        default:
            guard let next = action.moved(align.selectedMatch, count: matches.count, page: inside(.matches).rows - 2) else { return [] }
            align.selectedMatch = next
        }
        clampCursor()
        let match = matches[align.selectedMatch]
        place(row: match.row, column: match.column)
        inform(pairSentence)
        return []
    }

    /// Computes the spectral order where it is shown and not there yet.
    mutating func loadSpectralOrder() -> [Effect] {
        guard align.order == .spectral, let coupling, let group, coupling.orders[.spectral] == nil else { return [] }
        return [jobs.start(SpectralOrderJob(group: group.name, parent: coupling.parent, plan: coupling.plan))]
    }

    mutating func receiveOrder(_ order: PlanOrder, group: String, parent: Int, plan: ValueGrid) {
        guard var planned = plans[group],
            let index = planned.snapshot.couplings.firstIndex(where: { $0.parent == parent && $0.plan == plan })
        else { return }
        let entry = cursorEntry
        planned.snapshot.couplings[index].orders[.spectral] = order
        plans[group] = planned
        if let entry { place(row: entry.row, column: entry.column) }
    }
}

extension Action {
    /// Actions of a list of rows.
    static let listActions: Set<Action> = [.up, .down, .pageUp, .pageDown, .first, .last, .enter, .back]

    /// How far this moves on a map, in cells; nil for what is no move.
    fileprivate func steps(rows: Int, columns: Int) -> (rows: Int, columns: Int)? {
        switch self {
        case .up: (-1, 0)
        case .down: (1, 0)
        case .left: (0, -1)
        case .right: (0, 1)
        case .blockUp: (-8, 0)
        case .blockDown: (8, 0)
        case .blockLeft: (0, -8)
        case .blockRight: (0, 8)
        case .pageUp: (-16, 0)
        case .pageDown: (16, 0)
        case .first: (-rows, 0)
        case .last: (rows, 0)
        case .rowStart: (0, -columns)
        case .rowEnd: (0, columns)
        default: nil
        }
    }
}
