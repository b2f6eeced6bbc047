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

    mutating func jumpToRowsBest(_ coupling: CouplingSnapshot) {
        guard let entry = cursorEntry, let match = coupling.best[entry.row] else {
            status = Status(level: .info, text: "This neuron has no partner")
            return
        }
        jumps.isFar = true
        place(row: match.row, column: match.column)
        status = Status(level: .info, text: announcement)
    }

    mutating func moveToOrphan(_ step: Int, _ coupling: CouplingSnapshot) {
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
}
