import Screen
import Transport

extension Model {
    // MARK: Moving

    /// Moves by cells of the map. A cell stands for many entries; the cursor takes the strongest of them, because that is what the cell shows.
    mutating func move(rows: Int, columns: Int) {
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
        inform(align.corner == nil ? pairSentence : rectangleSentence)
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

    mutating func pan(rows: Int, columns: Int) {
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

    mutating func scrollIntoView(rows: Int, columns: Int) {
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
    mutating func keepingEntry(_ change: (inout Model) -> Void) {
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

    mutating func jumpToBestMatch(_ coupling: CouplingSnapshot) {
        guard let entry = cursorEntry, let match = coupling.best[entry.row] else {
            inform("This neuron has no match")
            return
        }
        jumps.isFar = true
        place(row: match.row, column: match.column)
        inform(pairSentence)
    }

    /// To the next neuron without a clear match, or the next dropped one where the method selects.
    mutating func moveToUnmatched(_ step: Int, _ coupling: CouplingSnapshot) {
        let orders = order(of: coupling), best = coupling.analysis.best
        let unmatched = Set(selection == nil ? coupling.analysis.orphanRows : best.indices.filter { best[$0] == nil })
        guard !unmatched.isEmpty else {
            inform("All neurons of \(letter(coupling.parent)) are \(selection == nil ? "matched" : "selected")")
            return
        }
        let rows = orders.rows, places = rows.indices.map { Array(rows.indices).moved(from: align.row, by: step * ($0 + 1)) }
        guard let row = places.map({ rows[$0] }).first(where: unmatched.contains) else { return }
        jumps.isFar = true
        place(row: row, column: coupling.best[row]?.column ?? orders.columns[align.column])
        if selection == nil { warn("\(letter(coupling.parent))\(row) is unmatched: \(pairSentence)") } else { inform(pairSentence) }
    }

    // MARK: Mouse

    mutating func clickMap(at position: Position) -> [Effect] {
        align.corner = nil
        if takeCell(at: position) { inform(pairSentence) }
        return []
    }

    /// Dragging spans a rectangle from where the button went down.
    mutating func dragOnMap(to position: Position) -> [Effect] {
        let corner = align.corner ?? Position(row: align.row, column: align.column)
        guard takeCell(at: position) else { return [] }
        align.corner = corner
        inform(rectangleSentence)
        return []
    }

    private mutating func takeCell(at position: Position) -> Bool {
        guard let map = heatMap, let geometry = mapGeometry, let cell = geometry.gridCell(at: position) else { return false }
        take(map, geometry, gridRow: cell.row, gridColumn: cell.column)
        return true
    }
}
