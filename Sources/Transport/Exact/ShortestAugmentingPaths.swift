/// The work of ``AssignmentSolver`` on a cost with no more rows than columns; forbidden pairs cost +infinity.
///
/// Invariants between the phases (held by the tests): price[j] ≤ cost[i, j] − potential of i for every pair, with equality where row i
/// has column j; where there are more columns than rows, a free column has price 0.
final class ShortestAugmentingPaths {
    private let cost: Matrix
    private let rows: Int
    private let columns: Int
    private let isForbidding: Bool
    private let prices: [Double]?
    private let control: SolverControl
    private let kernels = Kernels.best

    private(set) var columnOfRow: [Int]
    private(set) var rowPotential: [Double]
    private(set) var columnPotential: [Double]
    /// How many rows were scanned: the unit of work.
    private(set) var scans = 0

    /// The largest |cost|, where the columns were reduced.
    private(set) var largestCost: Double?
    /// By how much each row's second best pair is worse than its own, where every row got its best one at once.
    private(set) var margins: [Double]?

    private var rowOfColumn: [Int]
    private var distance: [Double]
    private var predecessor: [Int64]

    /// - Parameters:
    ///   - isForbidding: whether some pairs cost +infinity; otherwise costs are checked.
    ///   - prices: finite prices to start from in place of the least cost of each column; nil for those.
    init(cost: Matrix, isForbidding: Bool, prices: [Double]? = nil, control: SolverControl) throws(TransportError) {
        self.prices = prices.flatMap { $0.count == cost.columns && $0.allSatisfy(\.isFinite) ? $0 : nil }
        self.cost = cost
        self.isForbidding = isForbidding
        self.control = control
        rows = cost.rows
        columns = cost.columns
        columnOfRow = [Int](repeating: -1, count: rows)
        rowOfColumn = [Int](repeating: -1, count: columns)
        rowPotential = [Double](repeating: 0, count: rows)
        columnPotential = [Double](repeating: 0, count: columns)
        distance = [Double](repeating: 0, count: columns)
        predecessor = [Int64](repeating: -1, count: columns)
    }

    func solve() throws(TransportError) {
        var free: [Int]
        if rows == columns {
            try reduceColumns()
            free = try takeTightColumns()
        } else {
            // A price that differs from 0 belongs to a column that is taken, so that unassigned columns cost nothing.
            free = Array(0..<rows)
        }
        if !free.isEmpty { free = try reduceRows(free) }
        try setPotentialsOfTakenRows()
        while !free.isEmpty {
            try control.checkCancellation()
            if rows == columns {
                free = try augment(from: free, until: max(1, free.count / 2))
            } else {
                let row = free.removeFirst()
                _ = try augment(from: [row], until: 1)
            }
        }
    }

    /// The price of a column is its least cost.
    private func reduceColumns() throws(TransportError) {
        for j in 0..<columns { columnPotential[j] = .infinity }
        let largest = try cost.lowerToColumnMinima(&columnPotential, isForbidding: isForbidding)
        if largest < .infinity { largestCost = largest }
        if let j = columnPotential.firstIndex(of: .infinity) { throw .infeasible(side: .target, index: j) }
        // Any prices do where as many rows as columns are to be settled: no column stays free.
        if let prices { columnPotential = prices }
    }

    /// Gives each row its first free tight column; returns the rows that found none.
    private func takeTightColumns() throws(TransportError) -> [Int] {
        var free: [Int] = []
        var margins: [Double] = []
        for i in 0..<rows {
            let (first, second, best) = twoLeast(row: i)
            margins.append(second - first)
            guard best >= 0 else { throw .infeasible(side: .source, index: i) }
            var column: Int? = rowOfColumn[best] < 0 ? best : nil
            if column == nil, first == second {
                column = (best..<columns).first {
                    rowOfColumn[$0] < 0 && cost.values[i * columns + $0] - columnPotential[$0] == first
                }
            }
            if let column {
                columnOfRow[i] = column
                rowOfColumn[column] = i
            } else {
                free.append(i)
            }
        }
        if free.isEmpty { self.margins = margins }
        return free
    }

    /// One pass of augmenting row reduction: each free row takes its best column and pays the difference to its second best.
    private func reduceRows(_ free: [Int]) throws(TransportError) -> [Int] {
        var remaining: [Int] = []
        // A row thrown out goes next; a price war between a few rows ends at this many steps and the search takes over.
        var steps = 4 * rows
        for start in free {
            var row = start
            while true {
                steps -= 1
                if steps & 1023 == 0 { try control.checkCancellation() }
                let (first, second, best) = twoLeast(row: row)
                guard best >= 0 else { throw .infeasible(side: .source, index: row) }
                var column = best
                let isStrict = first < second && second < .infinity
                if isStrict, steps > 0 {
                    columnPotential[best] -= second - first
                } else if rowOfColumn[best] >= 0 {
                    let tied =
                        first == second
                        ? (best..<columns).first {
                            rowOfColumn[$0] < 0 && cost.values[row * columns + $0] - columnPotential[$0] == first
                        } : nil
                    guard let tied else {
                        remaining.append(row)
                        break
                    }
                    column = tied
                }
                let displaced = rowOfColumn[column]
                rowOfColumn[column] = row
                columnOfRow[row] = column
                guard displaced >= 0 else { break }
                columnOfRow[displaced] = -1
                row = displaced
            }
        }
        return remaining
    }

    private func setPotentialsOfTakenRows() throws(TransportError) {
        for i in 0..<rows where columnOfRow[i] >= 0 {
            let j = columnOfRow[i]
            rowPotential[i] = cost.values[i * columns + j] - columnPotential[j]
        }
    }

    /// Dijkstra's search from all `sources` at once over reduced costs, until `target` of their trees have reached a free column;
    /// then augments along those trees, which are disjoint. Returns the sources still free.
    private func augment(from sources: [Int], until target: Int) throws(TransportError) -> [Int] {
        for j in 0..<columns { distance[j] = .infinity }
        var next = (distance: Double.infinity, column: -1)
        for i in sources {
            let least = least(row: i)
            guard least.column >= 0 else { throw .infeasible(side: .source, index: i) }
            rowPotential[i] = least.value
            next = relax(row: i, base: -least.value)
        }
        var isSource = [Bool](repeating: false, count: rows)
        for i in sources { isSource[i] = true }
        // root[i]: the source whose tree row i belongs to.
        var root = [Int](repeating: -1, count: rows)
        for i in sources { root[i] = i }
        var scanned: [(column: Int, distance: Double)] = []
        var ends: [Int] = []
        var isServed = [Bool](repeating: false, count: rows)
        while ends.count < target {
            guard next.column >= 0 else {
                if ends.isEmpty { throw .infeasible(side: .source, index: sources[0]) }
                break
            }
            let (reach, column) = next
            scanned.append((column, reach))
            distance[column] = -.infinity
            let origin = root[Int(predecessor[column])]
            let owner = rowOfColumn[column]
            if owner < 0 {
                if !isServed[origin] {
                    isServed[origin] = true
                    ends.append(column)
                }
                next = leastOpenDistance()
            } else {
                root[owner] = origin
                next = relax(row: owner, base: reach - rowPotential[owner])
            }
            if scans & 255 == 0 { try control.checkCancellation() }
        }
        let last = scanned[scanned.count - 1].distance
        for (column, reach) in scanned {
            columnPotential[column] -= last - reach
            if rowOfColumn[column] >= 0 { rowPotential[rowOfColumn[column]] += last - reach }
        }
        for i in sources { rowPotential[i] += last }
        for end in ends {
            var column = end
            while true {
                let row = Int(predecessor[column])
                let before = columnOfRow[row]
                columnOfRow[row] = column
                rowOfColumn[column] = row
                if isSource[row] { break }
                column = before
            }
        }
        return sources.filter { columnOfRow[$0] < 0 }
    }

    // MARK: Rows through the kernels

    private func twoLeast(row: Int) -> (first: Double, second: Double, column: Int) {
        scans += 1
        return cost.values.withUnsafeBufferPointer { cost in
            kernels.twoLeast(cost: cost.baseAddress! + row * columns, price: columnPotential, count: columns)
        }
    }

    private func least(row: Int) -> (value: Double, column: Int) {
        scans += 1
        return cost.values.withUnsafeBufferPointer { cost in
            kernels.least(cost: cost.baseAddress! + row * columns, price: columnPotential, count: columns)
        }
    }

    private func relax(row: Int, base: Double) -> (distance: Double, column: Int) {
        scans += 1
        return cost.values.withUnsafeBufferPointer { cost in
            kernels.relax(
                cost: cost.baseAddress! + row * columns, price: columnPotential, count: columns, base: base, row: row,
                distance: &distance, predecessor: &predecessor)
        }
    }

    private func leastOpenDistance() -> (distance: Double, column: Int) {
        var least = (distance: Double.infinity, column: -1)
        distance.withUnsafeBufferPointer { distance in
            for j in 0..<columns where distance[j] < least.distance && distance[j] > -.infinity { least = (distance[j], j) }
        }
        return least
    }
}
