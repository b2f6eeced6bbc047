/// The work of ``NetworkSimplexSolver``: pricing and pivots on a ``SpanningTree``.
final class NetworkSimplex {
    private let rows: Int
    private let columns: Int
    /// Forbidden pairs (+infinity) cost more here than any path of allowed pairs can save.
    private let cost: Matrix
    private let control: SolverControl
    private let kernels = Kernels.best
    private var tree: SpanningTree

    private(set) var pivots = 0

    init(
        cost: Matrix, source: [Int64], target: [Int64], start: NetworkSimplexSolver.Start, control: SolverControl
    ) throws(TransportError) {
        rows = cost.rows
        columns = cost.columns
        self.control = control
        if cost.values.contains(.infinity) {
            var low = Double.infinity, high = -Double.infinity
            for value in cost.values where value < .infinity {
                low = min(low, value)
                high = max(high, value)
            }
            let penalty = low <= high ? high + (high - low + abs(high) * 1e-6 + .leastNormalMagnitude) * Double(rows + columns) : 1
            var finite = cost
            for index in finite.values.indices where finite.values[index] == .infinity { finite.values[index] = penalty }
            self.cost = finite
        } else {
            self.cost = cost
        }
        tree = GreedyStart(cost: self.cost, source: source, target: target).tree(from: start)
    }

    /// Pivots until no pair is cheaper than its potentials say.
    func solve() throws(TransportError) {
        // Strongly feasible trees end without a limit in exact arithmetic; this guards against a defect, loudly.
        let limit = 1_000_000 + 1000 * (rows + columns) + rows * columns
        var row = 0
        try control.checkCancellation()
        // Rounding of the potentials gathers over pivots: optimality is believed only of fresh ones.
        var isFresh = false
        var idle = 0
        while idle < rows {
            if let entering = bestPair(from: &row, scanned: &idle) {
                idle = 0
                isFresh = false
                tree.pivot(
                    row: entering.row, column: entering.column, cost: cost.values[entering.row * columns + entering.column])
                pivots += 1
                if pivots & 255 == 0 { try control.checkCancellation() }
                guard pivots < limit else { throw .stepLimit(solver: "network simplex", steps: pivots) }
            } else if idle >= rows, !isFresh {
                tree.refreshPotentials(cost: cost)
                isFresh = true
                idle = 0
            }
        }
    }

    /// The pair of most negative reduced cost among the next rows, nil when none of them has one.
    private func bestPair(from row: inout Int, scanned: inout Int) -> (row: Int, column: Int)? {
        var best: (row: Int, column: Int)?
        var worst = 0.0
        for _ in 0..<min(blockRows, rows) {
            let least = cost.values.withUnsafeBufferPointer { cost in
                kernels.least(cost: cost.baseAddress! + row * columns, price: tree.columnPotential, count: columns)
            }
            let potential = tree.rowPotential[row]
            let reduced = least.value - potential
            if reduced < worst {
                let size = max(abs(potential), abs(tree.columnPotential[least.column]), abs(cost.values[row * columns + least.column]))
                if reduced < -Self.tolerance * size {
                    worst = reduced
                    best = (row, least.column)
                }
            }
            row = row + 1 == rows ? 0 : row + 1
            scanned += 1
        }
        return best
    }

    /// A reduced cost is negative beyond rounding below this fraction of the numbers it is made of.
    private static let tolerance = 1e-14

    private var blockRows: Int { 8 }

    // MARK: Answers

    var rowPotential: [Double] { Array(UnsafeBufferPointer(start: tree.rowPotential, count: rows)) }
    var columnPotential: [Double] { Array(UnsafeBufferPointer(start: tree.columnPotential, count: columns)) }

    func forEachFlow(_ visit: (_ row: Int, _ column: Int, _ flow: Int64) -> Void) { tree.forEachFlow(visit) }
}
