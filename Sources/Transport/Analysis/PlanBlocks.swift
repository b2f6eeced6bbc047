extension TransportPlan {
    /// How a block of entries becomes one cell of a drawing.
    package enum BlockMode: String, Sendable, Hashable, Codable, CaseIterable {
        /// Mass: the cells sum to the plan's mass. An entry on an edge is divided by overlap.
        case sum
        /// The largest entry that touches the cell: single strong matches stay visible.
        case max
    }

    /// The plan drawn in `order` on a grid of any size.
    ///
    /// - Throws: `TransportError` for a grid without cells, or an order that is not of this plan. O(entries + cells).
    package func blocks(
        rows gridRows: Int, columns gridColumns: Int, mode: BlockMode = .sum, order: PlanOrder? = nil
    ) throws(TransportError) -> Matrix {
        guard gridRows > 0 else { throw .invalidSetting(name: "grid rows", value: Double(gridRows), allowed: "at least 1") }
        guard gridColumns > 0 else {
            throw .invalidSetting(name: "grid columns", value: Double(gridColumns), allowed: "at least 1")
        }
        let order = order ?? .raw(self)
        let rowPlaces = try Self.places(order.rows, count: rows, name: "rows in the order")
        let columnPlaces = try Self.places(order.columns, count: columns, name: "columns in the order")
        let rowCells = rowPlaces.map { Self.overlaps(of: $0, count: rows, cells: gridRows) }
        let columnCells = columnPlaces.map { Self.overlaps(of: $0, count: columns, cells: gridColumns) }
        var grid = Matrix(rows: gridRows, columns: gridColumns)
        forEachEntry { i, j, mass in
            for (r, rowPart) in rowCells[i] {
                for (c, columnPart) in columnCells[j] {
                    let cell = r * gridColumns + c
                    switch mode {
                    case .sum: grid.values[cell] += mass * rowPart * columnPart
                    case .max: grid.values[cell] = Swift.max(grid.values[cell], mass)
                    }
                }
            }
        }
        return grid
    }

    /// The place of each line in an order, which must hold each line once.
    private static func places(_ order: [Int], count: Int, name: String) throws(TransportError) -> [Int] {
        var places = [Int](repeating: -1, count: count)
        for (place, line) in order.enumerated() where line >= 0 && line < count { places[line] = place }
        guard order.count == count, !places.contains(-1) else {
            throw .wrongCount(of: name, expected: count, found: Set(order).intersection(0..<count).count)
        }
        return places
    }

    /// The cells that line `place` of `count` falls into when `cells` cells cover all lines, and the part of it in each.
    ///
    /// In whole numbers: line k covers k·cells ..< (k+1)·cells, cell r covers r·count ..< (r+1)·count, on a ruler of count·cells.
    private static func overlaps(of place: Int, count: Int, cells: Int) -> [(cell: Int, part: Double)] {
        let start = place * cells, end = start + cells
        return (start / count...(end - 1) / count).map { cell in
            (cell, Double(min(end, (cell + 1) * count) - max(start, cell * count)) / Double(cells))
        }
    }
}
