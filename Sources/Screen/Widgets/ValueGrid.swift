/// A dense matrix for drawing, in row-major order.
package struct ValueGrid: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    package let values: [Float]

    /// nil where the number of values is not rows × columns.
    package init?(rows: Int, columns: Int, values: [Float]) {
        guard rows >= 0, columns >= 0, values.count == rows * columns else { return nil }
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    package static let empty = ValueGrid()

    private init() {
        rows = 0
        columns = 0
        values = []
    }

    /// The entry, or not-a-number outside the matrix.
    package subscript(row: Int, column: Int) -> Float {
        guard (0..<rows).contains(row), (0..<columns).contains(column) else { return .nan }
        return values[row * columns + column]
    }

    /// This matrix minus another of the same shape; nil where the shapes differ.
    package func minus(_ other: ValueGrid) -> ValueGrid? {
        guard rows == other.rows, columns == other.columns else { return nil }
        return ValueGrid(rows: rows, columns: columns, values: zip(values, other.values).map(-))
    }

    package func row(_ index: Int) -> ArraySlice<Float> {
        guard (0..<rows).contains(index) else { return [] }
        return values[(index * columns)..<((index + 1) * columns)]
    }
}

/// What one drawn cell says of the entries beneath it.
package enum CellPooling: String, CaseIterable, Sendable {
    /// Adds; an entry cut by an edge is split by its overlap, so the total of the cells is the total of the entries.
    case sum
    /// The largest entry touched: answers whether there is any strong match here.
    case max
    /// The sum divided by the entries covered: for costs and similarities.
    case mean

    package var next: CellPooling {
        switch self {
        case .sum: .max
        case .max: .mean
        case .mean: .sum
        }
    }
}

/// A part of a matrix in the order it is shown: positions, not indices.
package struct GridWindow: Hashable, Sendable {
    package var row: Int
    package var column: Int
    package var rows: Int
    package var columns: Int

    package init(row: Int, column: Int, rows: Int, columns: Int) {
        self.row = row
        self.column = column
        self.rows = rows
        self.columns = columns
    }

    package init(_ matrix: ValueGrid) { self.init(row: 0, column: 0, rows: matrix.rows, columns: matrix.columns) }
}

/// A matrix brought down to the cells there are.
package struct PooledGrid: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    package private(set) var values: [Double]
    /// Entries of the window that are not finite; each makes its cell not-a-number.
    package let notFinite: Int

    package subscript(row: Int, column: Int) -> Double { values[row * columns + column] }

    package var largest: Double { values.lazy.filter(\.isFinite).max() ?? 0 }
    /// The largest distance from zero, for signed values.
    package var largestMagnitude: Double { values.lazy.filter(\.isFinite).map(abs).max() ?? 0 }

    /// Pools the window of a matrix, its rows and columns taken in the given orders, to `rows` × `columns` cells, neither more than the window has.
    ///
    /// Complexity: one pass over the window. Orders that are not permutations of the indices are met with the natural order.
    package init(
        _ matrix: ValueGrid, rowOrder: [Int], columnOrder: [Int], window: GridWindow, rows wantedRows: Int, columns wantedColumns: Int,
        pooling: CellPooling
    ) {
        let firstRow = Swift.max(0, Swift.min(window.row, matrix.rows)),
            firstColumn = Swift.max(0, Swift.min(window.column, matrix.columns))
        let height = Swift.max(0, Swift.min(window.rows, matrix.rows - firstRow))
        let width = Swift.max(0, Swift.min(window.columns, matrix.columns - firstColumn))
        let gridRows = Swift.max(0, Swift.min(wantedRows, height)), gridColumns = Swift.max(0, Swift.min(wantedColumns, width))
        rows = gridRows
        columns = gridColumns
        let nothing = pooling == .max ? -Double.infinity : 0
        var cells = [Double](repeating: nothing, count: gridRows * gridColumns)
        guard gridRows > 0, gridColumns > 0 else {
            values = cells
            notFinite = 0
            return
        }
        let rowIndices = Self.order(rowOrder, count: matrix.rows), columnIndices = Self.order(columnOrder, count: matrix.columns)
        let rowShares = Self.shares(count: height, cells: gridRows), columnShares = Self.shares(count: width, cells: gridColumns)
        var line = [Double](repeating: 0, count: gridColumns)
        var bad = 0
        matrix.values.withUnsafeBufferPointer { entries in
            for position in 0..<height {
                let start = rowIndices[firstRow + position] * matrix.columns
                for cell in 0..<gridColumns { line[cell] = nothing }
                for offset in 0..<width {
                    let value = Double(entries[start + columnIndices[firstColumn + offset]])
                    if !value.isFinite { bad += 1 }
                    let share = columnShares[offset]
                    if pooling == .max {
                        line[share.cell] = Self.larger(line[share.cell], value)
                        if share.rest > 0 { line[share.cell + 1] = Self.larger(line[share.cell + 1], value) }
                    } else {
                        line[share.cell] += value * (1 - share.rest)
                        if share.rest > 0 { line[share.cell + 1] += value * share.rest }
                    }
                }
                let share = rowShares[position]
                for cell in 0..<gridColumns {
                    let here = share.cell * gridColumns + cell
                    if pooling == .max {
                        cells[here] = Self.larger(cells[here], line[cell])
                        if share.rest > 0 { cells[here + gridColumns] = Self.larger(cells[here + gridColumns], line[cell]) }
                    } else {
                        cells[here] += line[cell] * (1 - share.rest)
                        if share.rest > 0 { cells[here + gridColumns] += line[cell] * share.rest }
                    }
                }
            }
        }
        if pooling == .mean {
            let covered = Double(height) / Double(gridRows) * Double(width) / Double(gridColumns)
            for index in cells.indices { cells[index] /= covered }
        }
        for index in cells.indices where !cells[index].isFinite { cells[index] = .nan }
        values = cells
        notFinite = bad
    }

    private static func larger(_ a: Double, _ b: Double) -> Double { a.isNaN || b.isNaN ? .nan : Swift.max(a, b) }

    /// For each entry the first cell it touches, and the part of it that lies in the next one. An entry never touches three: cells are not smaller than entries.
    private static func shares(count: Int, cells: Int) -> [(cell: Int, rest: Double)] {
        (0..<count).map { entry in
            let cell = Swift.min(cells - 1, entry * cells / count)
            // The entry ends at (entry + 1) · cells / count in units of cells; whole numbers, so that exact edges stay exact.
            let over = (entry + 1) * cells - (cell + 1) * count
            return over > 0 && cell + 1 < cells ? (cell, Double(over) / Double(cells)) : (cell, 0)
        }
    }

    private static func order(_ wanted: [Int], count: Int) -> [Int] {
        guard wanted.count == count else { return Array(0..<count) }
        var seen = [Bool](repeating: false, count: count)
        for index in wanted {
            guard (0..<count).contains(index), !seen[index] else { return Array(0..<count) }
            seen[index] = true
        }
        return wanted
    }
}
