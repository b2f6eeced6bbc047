import Synchronization

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
    /// Complexity: one pass over the window, or over its entries that are not zero where those are few. Orders that are not permutations of the indices are met with the natural order.
    package init(
        _ matrix: ValueGrid, rowOrder: [Int], columnOrder: [Int], window: GridWindow, rows wantedRows: Int, columns wantedColumns: Int,
        pooling: CellPooling, usesSupport: Bool = true
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
        let reader = LineReader(
            matrix, order: columnIndices, first: firstColumn, shares: columnShares, cells: gridColumns, isMax: pooling == .max,
            usesSupport: usesSupport)
        var four = [SIMD4<Double>](repeating: .zero, count: reader.readsInFours ? gridColumns : 0)
        let woven = UnsafeMutableBufferPointer<SIMD4<Float>>.allocate(capacity: reader.readsInFours ? matrix.columns : 0)
        defer { woven.deallocate() }
        for position in 0..<height {
            // Whole rows are read in fours, which takes a fraction of the time and gives the same sums.
            let lane = position % 4
            if reader.readsInFours, lane == 0, position + 4 <= height {
                let at = firstRow + position
                bad += reader.readFour(
                    rows: SIMD4(rowIndices[at], rowIndices[at + 1], rowIndices[at + 2], rowIndices[at + 3]), woven: woven, into: &four)
            }
            if reader.readsInFours, position - lane + 4 <= height {
                for cell in 0..<gridColumns { line[cell] = four[cell][lane] }
            } else {
                bad += reader.read(row: rowIndices[firstRow + position], into: &line)
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
        if pooling == .mean {
            let covered = Double(height) / Double(gridRows) * Double(width) / Double(gridColumns)
            for index in cells.indices { cells[index] /= covered }
        }
        for index in cells.indices where !cells[index].isFinite { cells[index] = .nan }
        values = cells
        notFinite = bad
    }

    fileprivate static func larger(_ a: Double, _ b: Double) -> Double { a.isNaN || b.isNaN ? .nan : Swift.max(a, b) }

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

/// Brings rows of a matrix down to cells, one after another.
private struct LineReader {
    private let matrix: ValueGrid
    private let order: [Int]
    private let first: Int
    private let shares: [(cell: Int, rest: Double)]
    private let isMax: Bool
    /// The place of each column in the shown order, where rows are read by their entries that are not zero.
    private let places: [Int]?
    /// Where the entries of each cell begin and end.
    private let spans: [Range<Int>]

    init(
        _ matrix: ValueGrid, order: [Int], first: Int, shares: [(cell: Int, rest: Double)], cells: Int, isMax: Bool, usesSupport: Bool
    ) {
        self.matrix = matrix
        self.order = order
        self.first = first
        self.shares = shares
        self.isMax = isMax
        if usesSupport, matrix.support != nil {
            var places = [Int](repeating: 0, count: order.count)
            for (place, column) in order.enumerated() { places[column] = place }
            self.places = places
        } else {
            places = nil
        }
        var starts = [Int](repeating: shares.count, count: cells + 1)
        for (offset, share) in shares.enumerated().reversed() { starts[share.cell] = offset }
        spans = (0..<cells).map { starts[$0]..<max(starts[$0], starts[$0 + 1]) }
    }

    /// - Returns: how many entries are not finite.
    func read(row: Int, into line: inout [Double]) -> Int {
        if let places, let support = matrix.support { return readSupport(support, places, row: row, into: &line) }
        return readAll(row: row, into: &line)
    }

    /// Whether rows can be read four at a time: sums of all their entries.
    var readsInFours: Bool { places == nil && !isMax }

    /// The same sums of four rows, each in the order of its entries.
    ///
    /// The rows are read from start to end first, side by side into `woven`, as memory likes it; their entries are then taken from there in the order
    /// shown, four at once.
    ///
    /// - Parameter woven: room for an entry of each row and column.
    /// - Returns: how many entries are not finite.
    func readFour(rows: SIMD4<Int>, woven: UnsafeMutableBufferPointer<SIMD4<Float>>, into lines: inout [SIMD4<Double>]) -> Int {
        var bad = 0
        matrix.values.withUnsafeBufferPointer { values in
            guard let start = values.baseAddress else { return }
            let a = start + rows[0] * matrix.columns, b = start + rows[1] * matrix.columns, c = start + rows[2] * matrix.columns,
                d = start + rows[3] * matrix.columns
            for column in 0..<matrix.columns { woven[column] = SIMD4(a[column], b[column], c[column], d[column]) }
        }
        order.withUnsafeBufferPointer { order in
            func entries(_ offset: Int) -> SIMD4<Double> { SIMD4(woven[order[first + offset]]) }
            var carried = SIMD4<Double>.zero
            for (cell, span) in spans.enumerated() {
                var totals = carried
                carried = .zero
                let last = span.upperBound - 1, isCut = !span.isEmpty && shares[last].rest > 0
                for offset in span.lowerBound..<(isCut ? last : span.upperBound) { totals += entries(offset) }
                if isCut {
                    let value = entries(last)
                    totals += value * (1 - shares[last].rest)
                    carried = value * shares[last].rest
                }
                if !(totals[0] + totals[1] + totals[2] + totals[3]).isFinite {
                    for offset in span {
                        let value = entries(offset)
                        for lane in 0..<4 where !value[lane].isFinite { bad += 1 }
                    }
                }
                lines[cell] = totals
            }
        }
        return bad
    }

    private func readSupport(_ support: ValueGrid.Support, _ places: [Int], row: Int, into line: inout [Double]) -> Int {
        for cell in line.indices { line[cell] = 0 }
        var bad = 0
        for entry in support.starts[row]..<support.starts[row + 1] {
            let offset = places[Int(support.columns[entry])] - first
            guard shares.indices.contains(offset) else { continue }
            let value = Double(support.values[entry]), share = shares[offset]
            if !value.isFinite { bad += 1 }
            if isMax {
                line[share.cell] = PooledGrid.larger(line[share.cell], value)
                if share.rest > 0 { line[share.cell + 1] = PooledGrid.larger(line[share.cell + 1], value) }
            } else {
                line[share.cell] += value * (1 - share.rest)
                if share.rest > 0 { line[share.cell + 1] += value * share.rest }
            }
        }
        return bad
    }

    private func readAll(row: Int, into line: inout [Double]) -> Int {
        var bad = 0
        matrix.values.withUnsafeBufferPointer { values in
            order.withUnsafeBufferPointer { order in
                let entries = UnsafeBufferPointer(rebasing: values[(row * matrix.columns)..<((row + 1) * matrix.columns)])
                func entry(_ offset: Int) -> Double { Double(entries[order[first + offset]]) }
                // What the entry cut by the last edge leaves to the next cell.
                var carried: Double?
                for (cell, span) in spans.enumerated() {
                    var total = isMax ? carried ?? -Double.infinity : carried ?? 0
                    carried = nil
                    let last = span.upperBound - 1, isCut = !span.isEmpty && shares[last].rest > 0
                    for offset in span.lowerBound..<(isCut ? last : span.upperBound) {
                        let value = entry(offset)
                        if isMax { total = PooledGrid.larger(total, value) } else { total += value }
                    }
                    if isCut {
                        let value = entry(last)
                        total = isMax ? PooledGrid.larger(total, value) : total + value * (1 - shares[last].rest)
                        carried = isMax ? value : value * shares[last].rest
                    }
                    // A sum or a largest value that is finite, or no value at all, has no part that is not.
                    if !total.isFinite { bad += span.count { !entry($0).isFinite } }
                    line[cell] = total
                }
            }
        }
        return bad
    }
}

/// Pooled maps by what they were made of, so that a key that only moves the cursor does not pass over a large matrix again.
enum PooledGrids {
    private struct Key: Equatable {
        var matrix: UInt64
        var window: GridWindow
        var rows: Int
        var columns: Int
        var pooling: CellPooling
        var rowOrder: [Int]
        var columnOrder: [Int]
    }

    /// The latest last.
    private static let kept = Mutex<[(key: Key, grid: PooledGrid)]>([])
    private static let most = 64

    static func grid(
        _ matrix: ValueGrid, rowOrder: [Int], columnOrder: [Int], window: GridWindow, rows: Int, columns: Int, pooling: CellPooling
    ) -> PooledGrid {
        func make() -> PooledGrid {
            PooledGrid(
                matrix, rowOrder: rowOrder, columnOrder: columnOrder, window: window, rows: rows, columns: columns, pooling: pooling)
        }
        guard matrix.id != 0 else { return make() }
        let key = Key(
            matrix: matrix.id, window: window, rows: rows, columns: columns, pooling: pooling, rowOrder: rowOrder, columnOrder: columnOrder)
        let known: PooledGrid? = kept.withLock { kept in
            guard let place = kept.lastIndex(where: { $0.key == key }) else { return nil }
            let found = kept.remove(at: place)
            kept.append(found)
            return found.grid
        }
        if let known { return known }
        let made = make()
        kept.withLock { kept in
            kept.append((key, made))
            if kept.count > most { kept.removeFirst(kept.count - most) }
        }
        return made
    }
}
