@testable import Transport

/// Optima by trying everything, for small problems.
enum BruteForce {
    /// The least total cost of giving each row (or each column, if they are fewer) its own partner.
    static func assignment(_ cost: Matrix, constraints: PlanConstraints = .none) -> Double {
        let isWide = cost.rows <= cost.columns
        let small = isWide ? cost : cost.transposed
        func isAllowed(_ short: Int, _ long: Int) -> Bool {
            let pair = isWide ? Pair(source: short, target: long) : Pair(source: long, target: short)
            if constraints.forbidden.contains(pair) { return false }
            return !constraints.pinned.contains {
                ($0.source == pair.source) != ($0.target == pair.target)
            }
        }
        var used = [Bool](repeating: false, count: small.columns)
        func least(_ row: Int) -> Double {
            guard row < small.rows else { return 0 }
            var best = Double.infinity
            for column in 0..<small.columns where !used[column] && isAllowed(row, column) {
                used[column] = true
                best = min(best, small[row, column] + least(row + 1))
                used[column] = false
            }
            return best
        }
        return least(0)
    }

    /// The least cost of a plan with whole-number masses: every unit of mass becomes a row or a column of its own.
    static func transport(_ cost: Matrix, source: [Int], target: [Int], forbidden: Set<Pair> = []) -> Double {
        let rows = source.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
        let columns = target.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
        let units = Matrix(rows: rows.count, columns: columns.count) {
            forbidden.contains(Pair(source: rows[$0], target: columns[$1])) ? .infinity : cost[rows[$0], columns[$1]]
        }
        return assignment(units)
    }
}
