/// A balanced problem reduced to what is left to decide: pinned mass set aside, rows and columns without mass dropped.
struct ExactProblem {
    /// What a method found for the reduced problem.
    struct Solution {
        var entries: [TransportPlan.Entry]
        var rowPotential: [Double]
        var columnPotential: [Double]
        var steps: Int
    }

    private let problem: TransportProblem
    private let source: [Double]
    private let target: [Double]
    private let pinned: [TransportPlan.Entry]
    /// The caller's costs; forbidden pairs cost +infinity.
    private let allowed: Matrix

    /// Rows and columns that still have mass, in the caller's numbering.
    let rows: [Int]
    let columns: [Int]
    /// Their masses.
    let rowMasses: [Double]
    let columnMasses: [Double]
    /// Their part of `allowed`.
    let cost: Matrix

    init(_ problem: TransportProblem) throws(TransportError) {
        self.problem = problem
        let balanced = try problem.balanced()
        source = balanced.source
        target = balanced.target
        let remainder = try PinnedMass(pins: problem.constraints.pinned, source: source, target: target).balanced()
        pinned = remainder.entries
        rows = remainder.source.indices.filter { remainder.source[$0] > 0 }
        columns = remainder.target.indices.filter { remainder.target[$0] > 0 }
        rowMasses = rows.map { remainder.source[$0] }
        columnMasses = columns.map { remainder.target[$0] }
        var allowed = problem.cost
        for pair in problem.constraints.forbidden { allowed[pair.source, pair.target] = .infinity }
        self.allowed = allowed
        cost = allowed.selecting(rows: rows, columns: columns)
    }

    /// Equally many rows and columns of one mass, up to rounding.
    var isAssignment: Bool {
        guard rows.count == columns.count, let mass = rowMasses.first else { return rows.count == columns.count }
        let tolerance = 4 * mass.ulp
        return rowMasses.allSatisfy { abs($0 - mass) <= tolerance } && columnMasses.allSatisfy { abs($0 - mass) <= tolerance }
    }

    func solve(
        name: String, by method: (ExactProblem) throws(TransportError) -> Solution
    ) throws(TransportError) -> TransportResult {
        let solution =
            rows.isEmpty || columns.isEmpty
            ? Solution(entries: [], rowPotential: [], columnPotential: [], steps: 0) : try method(self)
        let entries =
            pinned
            + solution.entries.map {
                TransportPlan.Entry(row: rows[$0.row], column: columns[$0.column], mass: $0.mass)
            }
        var plan = TransportPlan(rows: problem.rows, columns: problem.columns, entries: entries)
        if let permutation = plan.permutation, isAssignment {
            plan = TransportPlan(
                rows: plan.rows, columns: plan.columns, storage: .permutation(columns: permutation, mass: plan.mass / Double(plan.rows)))
        }
        let potentials = fullPotentials(solution)
        let objective = plan.cost(under: problem.cost)
        var dual = CompensatedSum()
        for (i, row) in rows.enumerated() { dual.add(rowMasses[i] * potentials.rows[row]) }
        for (j, column) in columns.enumerated() { dual.add(columnMasses[j] * potentials.columns[column]) }
        for entry in pinned { dual.add(entry.mass * problem.cost.values[entry.row * problem.columns + entry.column]) }
        let uniqueness = Uniqueness.ofPlan(
            cost: cost, loaded: solution.entries.map { ($0.row, $0.column) }, rowPotential: rows.map { potentials.rows[$0] },
            columnPotential: columns.map { potentials.columns[$0] })
        return TransportResult(
            plan: plan, objective: objective, transportCost: objective,
            sourcePotential: potentials.rows, targetPotential: potentials.columns,
            certificate: Certificate(
                solver: name,
                rowError: Certificate.marginalError(plan.rowSums, problem.source),
                columnError: Certificate.marginalError(plan.columnSums, target),
                dualityGap: objective - dual.value, iterations: solution.steps, converged: true, uniqueness: uniqueness))
    }

    /// Potentials of all rows and columns, made feasible to the last bit the arithmetic has: the dual bound is then a proof.
    private func fullPotentials(_ solution: Solution) -> (rows: [Double], columns: [Double]) {
        var v = [Double](repeating: .infinity, count: problem.columns), u = [Double](repeating: 0, count: problem.rows)
        for (index, column) in columns.enumerated() { v[column] = solution.columnPotential[index] }
        // u from the columns that have mass, then v of the columns without.
        let price = v.map { $0 < .infinity ? $0 : -.infinity }
        let kernels = Kernels.best
        allowed.values.withUnsafeBufferPointer { allowed in
            for i in 0..<problem.rows {
                let least = kernels.least(cost: allowed.baseAddress! + i * problem.columns, price: price, count: problem.columns)
                u[i] = least.value < .infinity ? least.value : 0
            }
        }
        let hasMass = Set(columns)
        let empty = (0..<problem.columns).filter { !hasMass.contains($0) }
        for i in 0..<problem.rows {
            for j in empty { v[j] = min(v[j], allowed.values[i * problem.columns + j] - u[i]) }
        }
        for j in empty where v[j] == .infinity { v[j] = 0 }
        return (u, v)
    }

    // MARK: Methods

    func assignment(control: SolverControl) throws(TransportError) -> Solution {
        let paths = try ShortestAugmentingPaths(
            cost: cost, isForbidding: !problem.constraints.forbidden.isEmpty, control: control)
        do {
            try paths.solve()
        } catch .infeasible(let side, let index) {
            throw .infeasible(side: side, index: side == .source ? rows[index] : columns[index])
        }
        return Solution(
            entries: paths.columnOfRow.enumerated().map {
                TransportPlan.Entry(row: $0.offset, column: $0.element, mass: rowMasses[$0.offset])
            },
            rowPotential: paths.rowPotential, columnPotential: paths.columnPotential, steps: paths.scans)
    }

    func simplex(start: NetworkSimplexSolver.Start, control: SolverControl) throws(TransportError) -> Solution {
        let masses = WholeMasses(source: rowMasses, target: columnMasses)
        let simplex = try NetworkSimplex(
            cost: cost, source: masses.source, target: masses.target, start: part(of: start), control: control)
        try simplex.solve()
        var entries: [TransportPlan.Entry] = []
        simplex.forEachFlow { row, column, flow in
            let mass = masses.mass(of: flow, row: row, column: column)
            if mass > 0 { entries.append(TransportPlan.Entry(row: row, column: column, mass: mass)) }
        }
        if let stuck = entries.filter({ cost.values[$0.row * cost.columns + $0.column] == .infinity }).map(\.row).min() {
            throw .infeasible(side: .source, index: rows[stuck])
        }
        return Solution(
            entries: entries, rowPotential: simplex.rowPotential, columnPotential: simplex.columnPotential,
            steps: simplex.pivots)
    }

    /// The start in the numbering of the reduced problem.
    private func part(of start: NetworkSimplexSolver.Start) throws(TransportError) -> NetworkSimplexSolver.Start {
        switch start {
        case .greedy: return .greedy
        case .potentials(let source, let target):
            guard source.count == problem.rows else {
                throw .wrongCount(of: "source potentials", expected: problem.rows, found: source.count)
            }
            guard target.count == problem.columns else {
                throw .wrongCount(of: "target potentials", expected: problem.columns, found: target.count)
            }
            for value in source + target where !value.isFinite {
                throw .invalidSetting(name: "start potential", value: value, allowed: "a finite number")
            }
            return .potentials(source: rows.map { source[$0] }, target: columns.map { target[$0] })
        case .plan(let plan):
            guard plan.rows == problem.rows, plan.columns == problem.columns else {
                throw .wrongCount(
                    of: "entries of the start plan", expected: problem.rows * problem.columns, found: plan.rows * plan.columns)
            }
            var row = [Int](repeating: -1, count: problem.rows), column = [Int](repeating: -1, count: problem.columns)
            for (index, i) in rows.enumerated() { row[i] = index }
            for (index, j) in columns.enumerated() { column[j] = index }
            let entries = plan.entries.filter { row[$0.row] >= 0 && column[$0.column] >= 0 }
                .map { TransportPlan.Entry(row: row[$0.row], column: column[$0.column], mass: $0.mass) }
            return .plan(TransportPlan(rows: rows.count, columns: columns.count, entries: entries))
        }
    }
}
