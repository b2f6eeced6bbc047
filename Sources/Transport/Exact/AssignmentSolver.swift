/// The linear assignment problem: one column for each row at the least total cost.
///
/// Rectangular problems leave columns (or rows) over. Column reduction and a pass of augmenting row reduction (Jonker and
/// Volgenant, Computing 38, 1987, doi:10.1007/BF02278710) settle most rows; the rest are settled by shortest augmenting paths from
/// *all* free rows at once, where one search of Dijkstra's serves every path tree that reaches a free column. O(n³) in the worst case,
/// near O(n²) on costs of matching neurons; O(n) memory beside the cost.
///
/// Ties are broken by the lowest index: a constant cost gives the identity.
package struct AssignmentSolver: Sendable {
    /// What is sought.
    package enum Direction: Sendable {
        case minimize, maximize
    }

    package var direction: Direction

    package init(_ direction: Direction = .minimize) {
        self.direction = direction
    }

    /// - Parameter prices: column potentials of a problem that was much the same, where the search starts; only square problems without constraints use them.
    /// - Throws: `TransportError` for costs that are not finite, contradictory constraints, or when every assignment uses a forbidden pair.
    package func solve(
        cost: Matrix, constraints: PlanConstraints = .none, prices: [Double]? = nil, control: SolverControl = .standard
    ) throws(TransportError) -> Assignment {
        guard cost.rows > 0 else { throw .empty(side: .source) }
        guard cost.columns > 0 else { throw .empty(side: .target) }
        try constraints.validate(rows: cost.rows, columns: cost.columns)
        try Self.validatePins(constraints.pinned)

        var signed = cost
        if direction == .maximize {
            for index in signed.values.indices { signed.values[index] = -signed.values[index] }
        }
        // A square problem without forbidden pairs is checked while its columns are reduced: one pass over the memory less.
        let isChecked = constraints.isEmpty && cost.rows == cost.columns
        if !isChecked { try cost.validateCosts() }
        for pair in constraints.forbidden { signed[pair.source, pair.target] = .infinity }

        // Pinned rows and columns leave the problem.
        let pinnedRows = Set(constraints.pinned.map(\.source)), pinnedColumns = Set(constraints.pinned.map(\.target))
        let rows = (0..<cost.rows).filter { !pinnedRows.contains($0) }
        let columns = (0..<cost.columns).filter { !pinnedColumns.contains($0) }
        var chosen = [Int?](repeating: nil, count: cost.rows)
        for pair in constraints.pinned { chosen[pair.source] = pair.target }
        var rowPotential = [Double](repeating: 0, count: cost.rows)
        var columnPotential = [Double](repeating: 0, count: cost.columns)
        var scans = 0
        var largestCost: Double?, margins: [Double]?
        if !rows.isEmpty, !columns.isEmpty {
            let isTransposed = rows.count > columns.count
            let part = signed.selecting(rows: rows, columns: columns)
            let paths = try ShortestAugmentingPaths(
                cost: isTransposed ? part.transposed : part, isForbidding: !constraints.forbidden.isEmpty,
                prices: isChecked ? prices.map { $0.map { direction == .maximize ? -$0 : $0 } } : nil, control: control)
            do {
                try paths.solve()
            } catch .infeasible(let side, let index) {
                let isRow = (side == .source) != isTransposed
                throw .infeasible(side: isRow ? .source : .target, index: isRow ? rows[index] : columns[index])
            }
            scans = paths.scans
            largestCost = paths.largestCost
            margins = paths.margins
            for (short, long) in paths.columnOfRow.enumerated() {
                let row = isTransposed ? rows[long] : rows[short]
                chosen[row] = isTransposed ? columns[short] : columns[long]
            }
            let (u, v) = isTransposed ? (paths.columnPotential, paths.rowPotential) : (paths.rowPotential, paths.columnPotential)
            for (index, row) in rows.enumerated() { rowPotential[row] = u[index] }
            for (index, column) in columns.enumerated() { columnPotential[column] = v[index] }
        }

        // The duals of what was solved; a pin is an equality and its dual is free, so that it adds its own cost to both sides.
        var primal = CompensatedSum(), dual = CompensatedSum()
        for (row, column) in chosen.enumerated() {
            guard let column else { continue }
            primal.add(cost.values[row * cost.columns + column])
        }
        for pair in constraints.pinned.sorted() {
            let value = signed[pair.source, pair.target]
            rowPotential[pair.source] = value - columnPotential[pair.target]
        }
        rowPotential.forEach { dual.add($0) }
        columnPotential.forEach { dual.add($0) }
        let sign = direction == .maximize ? -1.0 : 1.0
        let uniqueness =
            cost.rows == cost.columns && rows.count == columns.count
            ? Uniqueness.ofAssignment(
                cost: signed, rows: rows, columns: columns, chosen: chosen, rowPotential: rowPotential,
                columnPotential: columnPotential, largestCost: largestCost, margins: margins)
            : .unknown
        return Assignment(
            columns: chosen, objective: primal.value,
            rowPotential: rowPotential.map { sign * $0 }, columnPotential: columnPotential.map { sign * $0 },
            certificate: Certificate(
                solver: "assignment", rowError: 0, columnError: 0, dualityGap: sign * primal.value - dual.value,
                iterations: scans, converged: true, uniqueness: uniqueness))
    }

    /// Each row and each column is pinned at most once.
    private static func validatePins(_ pins: Set<Pair>) throws(TransportError) {
        var rows = Set<Int>(), columns = Set<Int>()
        for pair in pins.sorted() {
            guard rows.insert(pair.source).inserted else { throw .contradictoryPins(side: .source, index: pair.source) }
            guard columns.insert(pair.target).inserted else { throw .contradictoryPins(side: .target, index: pair.target) }
        }
    }
}
