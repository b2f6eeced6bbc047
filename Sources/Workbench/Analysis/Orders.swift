import Screen

/// Permutations of a coupling's rows and columns; each lists original indices in the order they are shown.
public struct Orders: Equatable, Sendable {
    public var rows: [Int]
    public var columns: [Int]

    public init(rows: [Int], columns: [Int]) {
        self.rows = rows
        self.columns = columns
    }

    public init(_ order: MapOrder, plan: Screen.Matrix, analysis: CouplingAnalysis) {
        let natural = Orders(rows: Array(0..<plan.rows), columns: Array(0..<plan.columns))
        switch order {
        case .raw: self = natural
        case .matched: self = Orders(rows: natural.rows, columns: Self.matchedColumns(plan))
        case .strength:
            let shares = analysis.best.map { $0?.share ?? 0 }
            rows = natural.rows.sorted { (shares[$0], $1) > (shares[$1], $0) }
            let received = analysis.columnShares
            columns = natural.columns.sorted { (received[$0], $1) > (received[$1], $0) }
        case .spectral: self = Self.spectral(plan) ?? natural
        }
    }

    /// Each column stands where the row stands that gives it most.
    private static func matchedColumns(_ plan: Screen.Matrix) -> [Int] {
        var owner = [Int](repeating: plan.rows, count: plan.columns)
        var most = [Float](repeating: 0, count: plan.columns)
        for row in 0..<plan.rows {
            for (column, value) in plan.row(row).enumerated() where value > most[column] { (owner[column], most[column]) = (row, value) }
        }
        return Array(0..<plan.columns).sorted { a, b in
            owner[a] != owner[b] ? owner[a] < owner[b] : most[a] != most[b] ? most[a] > most[b] : a < b
        }
    }

    /// Rows and columns by the second singular vectors of D₁^-½ T D₂^-½ (I. Dhillon, co-clustering by bipartite spectral graph
    /// partitioning, 2001), found by power iteration with the first pair, the square roots of the degrees, taken out.
    ///
    /// Complexity: 30 times two passes over the plan. nil where the plan holds no mass.
    private static func spectral(_ plan: Screen.Matrix) -> Orders? {
        let (m, n) = (plan.rows, plan.columns)
        var rowDegree = [Double](repeating: 0, count: m), columnDegree = [Double](repeating: 0, count: n)
        for row in 0..<m {
            for (column, value) in plan.row(row).enumerated() where value > 0 && value.isFinite {
                rowDegree[row] += Double(value)
                columnDegree[column] += Double(value)
            }
        }
        guard rowDegree.reduce(0, +) > 0 else { return nil }
        let rowScale = rowDegree.map { $0 > 0 ? 1 / $0.squareRoot() : 0 }, columnScale = columnDegree.map { $0 > 0 ? 1 / $0.squareRoot() : 0 }
        let firstColumns = columnDegree.map { $0.squareRoot() }
        // A fixed start that no symmetry of a plan shares.
        var v = (0..<n).map { Double(($0 * 7919 + 13) % 1009) / 1009 - 0.5 }
        var u = [Double](repeating: 0, count: m)
        for _ in 0..<30 {
            remove(firstColumns, from: &v)
            guard normalise(&v) else { return nil }
            for row in 0..<m {
                var sum = 0.0
                for (column, value) in plan.row(row).enumerated() where value > 0 && value.isFinite { sum += Double(value) * columnScale[column] * v[column] }
                u[row] = sum * rowScale[row]
            }
            var next = [Double](repeating: 0, count: n)
            for row in 0..<m where u[row] != 0 {
                for (column, value) in plan.row(row).enumerated() where value > 0 && value.isFinite { next[column] += Double(value) * rowScale[row] * u[row] }
            }
            for column in 0..<n { v[column] = next[column] * columnScale[column] }
        }
        let rowKeys = zip(u, rowScale).map(*), columnKeys = zip(v, columnScale).map(*)
        return Orders(
            rows: Array(0..<m).sorted { (rowKeys[$0], $0) < (rowKeys[$1], $1) },
            columns: Array(0..<n).sorted { (columnKeys[$0], $0) < (columnKeys[$1], $1) })
    }

    private static func remove(_ direction: [Double], from vector: inout [Double]) {
        let length = direction.reduce(0) { $0 + $1 * $1 }
        guard length > 0 else { return }
        let part = zip(direction, vector).reduce(0) { $0 + $1.0 * $1.1 } / length
        for index in vector.indices { vector[index] -= part * direction[index] }
    }

    private static func normalise(_ vector: inout [Double]) -> Bool {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 1e-12 else { return false }
        for index in vector.indices { vector[index] /= length }
        return true
    }
}
