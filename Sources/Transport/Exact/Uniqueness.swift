/// Whether an optimal plan is the only one.
///
/// All optimal plans live on the tight pairs of one optimal dual. Another one exists exactly where mass can go round: along tight pairs
/// forwards and loaded pairs backwards. Rows and columns joined by loaded pairs form trees (a cycle among them already is such a
/// round); with every tree contracted, a tight pair without load is a one-way street from its row's tree to its column's tree, and a
/// cycle of those is the other way to go round. O(n·m), less where the solver knows the largest cost and the margins of the rows.
enum Uniqueness {
    /// A pair is tight within this fraction of the largest number involved …
    static let certainlyTight = 1e-13
    /// … and loose beyond this; between the two it is undecided.
    static let certainlyLoose = 1e-9

    static func ofPlan(
        cost: Matrix, loaded: [(row: Int, column: Int)], rowPotential: [Double], columnPotential: [Double],
        largestCost: Double? = nil, margins: [Double]? = nil
    ) -> Certificate.Uniqueness {
        var trees = DisjointSets(count: cost.rows + cost.columns)
        for pair in loaded where !trees.join(pair.row, cost.rows + pair.column) { return .multiple }
        let tree = (0..<cost.rows + cost.columns).map { trees.root(of: $0) }
        let scale = scale(largestCost ?? largest(of: cost), rowPotential, columnPotential)
        var loadOfRow = [Int](repeating: 0, count: cost.rows)
        for pair in loaded { loadOfRow[pair.row] += 1 }

        var certain: [(Int, Int)] = [], possible: [(Int, Int)] = []
        var isLoaded = Set<Int>(minimumCapacity: loaded.count)
        for pair in loaded { isLoaded.insert(pair.row * cost.columns + pair.column) }
        // On massive ties the streets would outgrow the cost matrix; some of them are enough to find a cycle.
        let limit = 64 * (cost.rows + cost.columns)
        for i in 0..<cost.rows {
            // A row with one loaded pair whose second least is loose has no street: most rows, found by vector instructions.
            if loadOfRow[i] == 1 {
                let margin = margins?[i] ?? margin(of: i, cost, rowPotential, columnPotential)
                if margin > certainlyLoose * scale { continue }
            }
            let u = rowPotential[i]
            for j in 0..<cost.columns {
                let slack = cost.values[i * cost.columns + j] - u - columnPotential[j]
                guard slack <= certainlyLoose * scale, !isLoaded.contains(i * cost.columns + j) else { continue }
                let street = (tree[i], tree[cost.rows + j])
                if slack <= certainlyTight * scale {
                    if street.0 == street.1 { return .multiple }
                    certain.append(street)
                } else {
                    possible.append(street)
                }
                if certain.count + possible.count > limit {
                    return hasCycle(certain, count: tree.count) ? .multiple : .unknown
                }
            }
        }
        if hasCycle(certain, count: tree.count) { return .multiple }
        return possible.contains { $0.0 == $0.1 } || hasCycle(certain + possible, count: tree.count) ? .unknown : .unique
    }

    /// The same for an assignment of `rows` to `columns` (equally many) inside a larger cost.
    static func ofAssignment(
        cost: Matrix, rows: [Int], columns: [Int], chosen: [Int?], rowPotential: [Double], columnPotential: [Double],
        largestCost: Double?, margins: [Double]?
    ) -> Certificate.Uniqueness {
        let part = cost.selecting(rows: rows, columns: columns)
        var position = [Int](repeating: -1, count: cost.columns)
        for (index, column) in columns.enumerated() { position[column] = index }
        var loaded: [(row: Int, column: Int)] = []
        for (index, row) in rows.enumerated() {
            if let column = chosen[row] { loaded.append((index, position[column])) }
        }
        return ofPlan(
            cost: part, loaded: loaded, rowPotential: rows.map { rowPotential[$0] },
            columnPotential: columns.map { columnPotential[$0] }, largestCost: largestCost, margins: margins)
    }

    /// By how much the second best pair of a row exceeds its potential.
    private static func margin(of row: Int, _ cost: Matrix, _ rows: [Double], _ columns: [Double]) -> Double {
        cost.values.withUnsafeBufferPointer {
            Kernels.best.twoLeast(cost: $0.baseAddress! + row * cost.columns, price: columns, count: cost.columns).second - rows[row]
        }
    }

    private static func scale(_ largestCost: Double, _ rows: [Double], _ columns: [Double]) -> Double {
        (rows + columns).reduce(largestCost) { max($0, abs($1)) }
    }

    private static func largest(of cost: Matrix) -> Double {
        var minima = [Double](repeating: .infinity, count: cost.columns)
        var largest = 0.0
        cost.values.withUnsafeBufferPointer { values in
            for i in 0..<cost.rows where cost.columns > 0 {
                let size = Kernels.best.columnLeast(cost: values.baseAddress! + i * cost.columns, least: &minima, count: cost.columns)
                // A row with forbidden pairs is looked through for its finite costs.
                largest = max(largest, size < .infinity ? size : cost.row(i).reduce(0) { $1 < .infinity ? max($0, abs($1)) : $0 })
            }
        }
        return largest
    }

    /// Kahn's algorithm: a graph without cycles can be emptied from its sources.
    private static func hasCycle(_ edges: [(Int, Int)], count: Int) -> Bool {
        var incoming = [Int](repeating: 0, count: count), outgoing = [[Int]](repeating: [], count: count)
        for (from, to) in edges {
            incoming[to] += 1
            outgoing[from].append(to)
        }
        var ready = (0..<count).filter { incoming[$0] == 0 }
        var removed = 0
        while let node = ready.popLast() {
            removed += 1
            for next in outgoing[node] {
                incoming[next] -= 1
                if incoming[next] == 0 { ready.append(next) }
            }
        }
        return removed < count
    }
}
