/// Where the entries of a matrix lie on the screen; the same arithmetic draws the map, moves the cursor and answers the mouse.
package struct HeatMapGeometry: Equatable, Sendable {
    /// The cells of the map itself, without rulers, bars and legend.
    package let map: Rectangle
    package let ruler: Rectangle
    package let columnRuler: Rectangle
    package let rowBar: Rectangle
    package let columnBar: Rectangle
    package let legend: Rectangle
    package let window: GridWindow
    /// Pooled cells, and the pixels each takes on a side (1 unless the matrix is smaller than the place).
    package let gridRows: Int
    package let gridColumns: Int
    package let magnificationRows: Int
    package let magnificationColumns: Int
    /// Pixels in one character: 1×1, 2×1 (half blocks) or 4×2 (braille).
    package let pixelRows: Int
    package let pixelColumns: Int

    /// Around the map go: left the row ruler, below the column bar and the column ruler, right the row bar, at the bottom the legend.
    package init(area: Rectangle, window: GridWindow, appearance: Appearance, decorated: Bool = true) {
        self.window = window
        let legendRows = decorated && area.rows >= 6 ? 1 : 0
        let rulerColumns = decorated && area.columns >= 24 ? 5 : 0
        let barColumns = decorated && area.columns >= 24 ? 2 : 0
        let belowRows = decorated && area.rows >= 9 ? 2 : 0
        let (upper, legend) = area.split(bottom: legendRows)
        self.legend = legend
        let body = upper.split(bottom: belowRows).rest
        let (ruler, right) = body.split(left: rulerColumns)
        let (place, bar) = right.split(right: barColumns)
        (pixelRows, pixelColumns) = appearance.glyphs == .braille ? (4, 2) : appearance.usesHalfBlocks ? (2, 1) : (1, 1)
        let high = place.rows * pixelRows, wide = place.columns * pixelColumns
        // One character is about twice as high as wide: squares where entries are magnified.
        let shape = pixelRows * 1 == pixelColumns ? 2 : 1
        let entriesHigh = max(1, window.rows), entriesWide = max(1, window.columns)
        if entriesHigh <= high, entriesWide <= wide, high > 0, wide > 0 {
            let side = max(1, min(high / entriesHigh, wide / entriesWide / shape))
            let across = min(wide / entriesWide, side * shape)
            (magnificationRows, magnificationColumns) = (side, max(1, across))
        } else {
            (magnificationRows, magnificationColumns) = (max(1, high / entriesHigh), max(1, wide / entriesWide))
        }
        gridRows = min(window.rows, high / magnificationRows)
        gridColumns = min(window.columns, wide / magnificationColumns)
        let usedRows = (gridRows * magnificationRows + pixelRows - 1) / pixelRows
        let usedColumns = (gridColumns * magnificationColumns + pixelColumns - 1) / pixelColumns
        map = Rectangle(row: place.row, column: place.column, rows: min(place.rows, usedRows), columns: min(place.columns, usedColumns))
        self.ruler = Rectangle(row: map.row, column: ruler.column, rows: map.rows, columns: rulerColumns)
        rowBar = Rectangle(row: map.row, column: map.right, rows: map.rows, columns: min(barColumns, bar.columns))
        columnBar = Rectangle(row: map.bottom, column: map.column, rows: belowRows > 0 ? 1 : 0, columns: map.columns)
        columnRuler = Rectangle(
            row: map.bottom + 1, column: map.column, rows: belowRows > 1 ? 1 : 0, columns: max(map.columns, min(16, place.columns)))
    }

    /// Entries in one pooled cell, rounded, as the title prints them.
    package var block: (rows: Int, columns: Int) {
        (
            gridRows > 0 ? (window.rows + gridRows - 1) / gridRows : 0,
            gridColumns > 0 ? (window.columns + gridColumns - 1) / gridColumns : 0
        )
    }

    /// The pooled cell that holds the entry at an order position.
    package func gridCell(row: Int, column: Int) -> (row: Int, column: Int)? {
        let r = row - window.row, c = column - window.column
        guard (0..<window.rows).contains(r), (0..<window.columns).contains(c), gridRows > 0, gridColumns > 0 else { return nil }
        return (r * gridRows / window.rows, c * gridColumns / window.columns)
    }

    /// The order positions whose entries begin in a pooled cell.
    package func entries(gridRow: Int, gridColumn: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        func span(_ cell: Int, _ cells: Int, _ count: Int, _ origin: Int) -> Range<Int> {
            guard cells > 0, count > 0 else { return origin..<origin }
            let clamped = max(0, min(cells - 1, cell))
            let first = (clamped * count + cells - 1) / cells, last = ((clamped + 1) * count + cells - 1) / cells
            return (origin + first)..<(origin + max(first + 1, last))
        }
        return (span(gridRow, gridRows, window.rows, window.row), span(gridColumn, gridColumns, window.columns, window.column))
    }

    /// The character cell that shows a pooled cell.
    package func position(gridRow: Int, gridColumn: Int) -> Position {
        Position(
            row: map.row + gridRow * magnificationRows / pixelRows, column: map.column + gridColumn * magnificationColumns / pixelColumns)
    }

    /// The pooled cell under a character cell.
    package func gridCell(at position: Position) -> (row: Int, column: Int)? {
        guard map.contains(position), gridRows > 0, gridColumns > 0 else { return nil }
        let row = (position.row - map.row) * pixelRows / magnificationRows
        let column = (position.column - map.column) * pixelColumns / magnificationColumns
        return (min(gridRows - 1, row), min(gridColumns - 1, column))
    }
}
