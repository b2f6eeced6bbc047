/// The extent of a screen or of a part of it, in character cells.
package struct Size: Hashable, Sendable, CustomStringConvertible {
    package var columns: Int
    package var rows: Int

    /// Negative extents count as empty.
    package init(columns: Int, rows: Int) {
        self.columns = max(0, columns)
        self.rows = max(0, rows)
    }

    /// Reads `80x24`.
    package init?(_ text: String) {
        let parts = text.lowercased().split(whereSeparator: { $0 == "x" || $0 == "×" })
        guard parts.count == 2, let columns = Int(parts[0]), let rows = Int(parts[1]),
            (1...1000).contains(columns), (1...1000).contains(rows)
        else { return nil }
        self.init(columns: columns, rows: rows)
    }

    package var description: String { "\(columns)x\(rows)" }
    package var area: Int { columns * rows }
}

/// One cell's place, counted from the upper left corner.
package struct Position: Hashable, Sendable {
    package var row: Int
    package var column: Int

    package init(row: Int, column: Int) {
        self.row = row
        self.column = column
    }
}

/// A block of cells; every operation gives a block that is never negative in extent.
package struct Rectangle: Hashable, Sendable {
    package var row: Int
    package var column: Int
    package var rows: Int
    package var columns: Int

    package init(row: Int, column: Int, rows: Int, columns: Int) {
        self.row = row
        self.column = column
        self.rows = max(0, rows)
        self.columns = max(0, columns)
    }

    package init(_ size: Size) { self.init(row: 0, column: 0, rows: size.rows, columns: size.columns) }

    package static let empty = Rectangle(row: 0, column: 0, rows: 0, columns: 0)

    package var isEmpty: Bool { rows == 0 || columns == 0 }
    package var bottom: Int { row + rows }
    package var right: Int { column + columns }

    package func contains(_ position: Position) -> Bool {
        (row..<bottom).contains(position.row) && (column..<right).contains(position.column)
    }

    package func contains(_ other: Rectangle) -> Bool {
        other.isEmpty || (other.row >= row && other.bottom <= bottom && other.column >= column && other.right <= right)
    }

    package func intersection(_ other: Rectangle) -> Rectangle {
        let top = max(row, other.row), left = max(column, other.column)
        return Rectangle(
            row: top, column: left, rows: min(bottom, other.bottom) - top, columns: min(right, other.right) - left)
    }

    /// The block without `vertical` rows above and below and `horizontal` columns on each side.
    package func inset(vertical: Int = 1, horizontal: Int = 1) -> Rectangle {
        Rectangle(
            row: row + min(vertical, rows), column: column + min(horizontal, columns),
            rows: rows - 2 * vertical, columns: columns - 2 * horizontal)
    }

    /// The upper `count` rows and what is left below them.
    package func split(top count: Int) -> (top: Rectangle, rest: Rectangle) {
        let taken = min(max(0, count), rows)
        return (
            Rectangle(row: row, column: column, rows: taken, columns: columns),
            Rectangle(row: row + taken, column: column, rows: rows - taken, columns: columns)
        )
    }

    /// The lower `count` rows and what is left above them.
    package func split(bottom count: Int) -> (rest: Rectangle, bottom: Rectangle) {
        let (rest, bottom) = split(top: rows - min(max(0, count), rows))
        return (rest, bottom)
    }

    /// The left `count` columns and what is left beside them.
    package func split(left count: Int) -> (left: Rectangle, rest: Rectangle) {
        let taken = min(max(0, count), columns)
        return (
            Rectangle(row: row, column: column, rows: rows, columns: taken),
            Rectangle(row: row, column: column + taken, rows: rows, columns: columns - taken)
        )
    }

    /// The right `count` columns and what is left beside them.
    package func split(right count: Int) -> (rest: Rectangle, right: Rectangle) {
        let (rest, right) = split(left: columns - min(max(0, count), columns))
        return (rest, right)
    }

    /// A block of the given extent in the middle of this one, no larger than it.
    package func centred(rows wantedRows: Int, columns wantedColumns: Int) -> Rectangle {
        let height = min(rows, wantedRows), width = min(columns, wantedColumns)
        return Rectangle(
            row: row + (rows - height) / 2, column: column + (columns - width) / 2, rows: height, columns: width)
    }

    /// Row `offset` of the block as a block of one row; empty where there is none.
    package func line(_ offset: Int) -> Rectangle {
        guard (0..<rows).contains(offset) else { return Rectangle(row: row, column: column, rows: 0, columns: 0) }
        return Rectangle(row: row + offset, column: column, rows: 1, columns: columns)
    }
}
