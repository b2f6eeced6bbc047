import Synchronization

/// A dense matrix for drawing, in row-major order.
package struct ValueGrid: Equatable, Sendable {
    package let rows: Int
    package let columns: Int
    package let values: [Float]
    /// Its own number: copies of a matrix share it, and what was computed from one is found again by it.
    let id: UInt64
    /// Where most entries are zero and none is negative: the others alone.
    let support: Support?

    /// The entries that are not zero, row by row.
    struct Support: Sendable {
        /// Where each row's entries begin, and where the last one's end.
        let starts: [Int]
        let columns: [Int32]
        let values: [Float]
    }

    private static let numbers = Atomic<UInt64>(1)

    /// nil where the number of values is not rows × columns.
    package init?(rows: Int, columns: Int, values: [Float]) {
        guard rows >= 0, columns >= 0, values.count == rows * columns else { return nil }
        self.rows = rows
        self.columns = columns
        self.values = values
        id = Self.numbers.wrappingAdd(1, ordering: .relaxed).newValue
        support = Support(rows: rows, columns: columns, values: values)
    }

    package static let empty = ValueGrid()

    private init() {
        rows = 0
        columns = 0
        values = []
        id = 0
        support = nil
    }

    package static func == (a: ValueGrid, b: ValueGrid) -> Bool {
        a.rows == b.rows && a.columns == b.columns && (a.id == b.id || a.values == b.values)
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

extension ValueGrid.Support {
    /// Below this many entries a pass over all of them costs nothing.
    private static let least = 1 << 14

    /// nil where more than an eighth of the entries are not zero, or one is negative.
    init?(rows: Int, columns: Int, values: [Float]) {
        guard values.count >= Self.least, columns <= Int(Int32.max) else { return nil }
        let most = values.count / 8
        var starts = [0], indices: [Int32] = [], kept: [Float] = []
        starts.reserveCapacity(rows + 1)
        let isSparse = values.withUnsafeBufferPointer { entries in
            for row in 0..<rows {
                let start = row * columns
                for column in 0..<columns where entries[start + column] != 0 {
                    let value = entries[start + column]
                    if value < 0 || kept.count >= most { return false }
                    indices.append(Int32(truncatingIfNeeded: column))
                    kept.append(value)
                }
                starts.append(kept.count)
            }
            return true
        }
        guard isSparse else { return nil }
        (self.starts, self.columns, self.values) = (starts, indices, kept)
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
