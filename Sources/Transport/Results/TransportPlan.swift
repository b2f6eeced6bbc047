/// A transport plan: the mass from each row to each column, in the solver's storage.
public struct TransportPlan: Sendable, Hashable, Codable {
    /// One nonzero entry of a plan.
    public struct Entry: Sendable, Hashable, Codable {
        public let row: Int
        public let column: Int
        public let mass: Double

        public init(row: Int, column: Int, mass: Double) {
            self.row = row
            self.column = column
            self.mass = mass
        }
    }

    public enum Storage: Sendable, Hashable, Codable {
        case dense(Matrix)
        /// Nonzero entries, ordered by row and then column, each pair at most once.
        case sparse([Entry])
        /// Row i sends `mass` to column `columns[i]` and to no other.
        case permutation(columns: [Int], mass: Double)
    }

    /// The number of source points.
    public let rows: Int
    /// The number of target points.
    public let columns: Int
    /// How the masses are stored.
    public let storage: Storage

    public init(rows: Int, columns: Int, storage: Storage) {
        self.rows = rows
        self.columns = columns
        self.storage = storage
    }

    public init(dense matrix: Matrix) {
        self.init(rows: matrix.rows, columns: matrix.columns, storage: .dense(matrix))
    }

    /// A plan from nonzero entries in any order.
    public init(rows: Int, columns: Int, entries: [Entry]) {
        let ordered = entries.sorted { ($0.row, $0.column) < ($1.row, $1.column) }
        var merged: [Entry] = []
        merged.reserveCapacity(ordered.count)
        for entry in ordered where entry.mass > 0 {
            if let last = merged.last, last.row == entry.row, last.column == entry.column {
                merged[merged.count - 1] = Entry(row: last.row, column: last.column, mass: last.mass + entry.mass)
            } else {
                merged.append(entry)
            }
        }
        self.init(rows: rows, columns: columns, storage: .sparse(merged))
    }

    /// The plan as a dense matrix.
    public func dense() -> Matrix {
        if case .dense(let matrix) = storage { return matrix }
        var matrix = Matrix(rows: rows, columns: columns)
        forEachEntry { matrix.values[$0 * columns + $1] = $2 }
        return matrix
    }

    /// Visits the nonzero entries in the order of rows, then columns.
    public func forEachEntry(_ visit: (_ row: Int, _ column: Int, _ mass: Double) -> Void) {
        switch storage {
        case .dense(let matrix):
            for i in 0..<rows {
                for j in 0..<columns where matrix.values[i * columns + j] != 0 { visit(i, j, matrix.values[i * columns + j]) }
            }
        case .sparse(let entries):
            for entry in entries { visit(entry.row, entry.column, entry.mass) }
        case .permutation(let targets, let mass):
            for (row, column) in targets.enumerated() { visit(row, column, mass) }
        }
    }

    /// The nonzero entries in the order of rows, then columns.
    public var entries: [Entry] {
        if case .sparse(let entries) = storage { return entries }
        var result: [Entry] = []
        forEachEntry { result.append(Entry(row: $0, column: $1, mass: $2)) }
        return result
    }

    /// For a plan that sends each row to one column and each column from one row: that column for every row; otherwise nil.
    public var permutation: [Int]? {
        if case .permutation(let targets, _) = storage { return targets }
        guard rows == columns else { return nil }
        var result = [Int](repeating: -1, count: rows)
        var seen = [Bool](repeating: false, count: columns)
        var isPermutation = true
        forEachEntry { row, column, _ in
            if result[row] >= 0 || seen[column] { isPermutation = false }
            result[row] = column
            seen[column] = true
        }
        return isPermutation && !result.contains(-1) ? result : nil
    }

    /// The mass that leaves each source point.
    public var rowSums: [Double] { sums(count: rows) { row, _ in row } }
    /// The mass that reaches each target point.
    public var columnSums: [Double] { sums(count: columns) { _, column in column } }

    private func sums(count: Int, index: (Int, Int) -> Int) -> [Double] {
        var sums = [CompensatedSum](repeating: CompensatedSum(), count: count)
        forEachEntry { sums[index($0, $1)].add($2) }
        return sums.map(\.value)
    }

    /// Total mass moved.
    public var mass: Double { rowSums.compensatedSum }

    /// Sum of mass times cost.
    ///
    /// - Precondition: `cost` has the plan's shape.
    public func cost(under cost: Matrix) -> Double {
        precondition(cost.rows == rows && cost.columns == columns, "cost and plan differ in shape")
        var sum = CompensatedSum()
        forEachEntry { sum.add($2 * cost.values[$0 * columns + $1]) }
        return sum.value
    }

    /// Rows and columns exchanged.
    public var transposed: TransportPlan {
        switch storage {
        case .dense(let matrix): TransportPlan(dense: matrix.transposed)
        case .sparse(let entries):
            TransportPlan(
                rows: columns, columns: rows,
                entries: entries.map { Entry(row: $0.column, column: $0.row, mass: $0.mass) })
        case .permutation(let targets, let mass):
            TransportPlan(
                rows: columns, columns: rows,
                storage: .permutation(
                    columns: targets.enumerated().reduce(into: targets) { $0[$1.element] = $1.offset }, mass: mass))
        }
    }
}
