/// The order in which a plan's rows and columns are drawn; the indices shown remain the original ones.
package struct PlanOrder: Sendable, Hashable, Codable {
    /// `rows[k]` is the row drawn in place k.
    package let rows: [Int]
    package let columns: [Int]

    /// As they are.
    package static func raw(_ plan: TransportPlan) -> PlanOrder {
        PlanOrder(rows: Array(0..<plan.rows), columns: Array(0..<plan.columns))
    }

    /// Rows as they are, each column behind the row that gives it most: a clean matching becomes a diagonal. Columns without mass are
    /// last. O(entries).
    package static func matched(_ plan: TransportPlan) -> PlanOrder {
        var best = [(row: Int, mass: Double)](repeating: (plan.rows, 0), count: plan.columns)
        plan.forEachEntry { i, j, mass in if mass > best[j].mass { best[j] = (i, mass) } }
        let columns = (0..<plan.columns).sorted { (best[$0].row, -best[$0].mass, $0) < (best[$1].row, -best[$1].mass, $1) }
        return PlanOrder(rows: Array(0..<plan.rows), columns: columns)
    }

    /// Most important first on both sides: what the lower right corner shows can be ignored.
    ///
    /// - Throws: `TransportError.wrongCount` where there are not as many scores as rows or columns.
    package static func importance(
        _ plan: TransportPlan, source: [Double], target: [Double]
    ) throws(TransportError) -> PlanOrder {
        guard source.count == plan.rows else { throw .wrongCount(of: "source scores", expected: plan.rows, found: source.count) }
        guard target.count == plan.columns else {
            throw .wrongCount(of: "target scores", expected: plan.columns, found: target.count)
        }
        return PlanOrder(rows: descending(source), columns: descending(target))
    }

    /// Rows and columns that exchange mass stand together: by the second singular vectors of the plan scaled by its sums (Dhillon,
    /// KDD 2001, doi:10.1145/502512.502550). O(entries) for each of at most 300 power iterations.
    package static func spectral(_ plan: TransportPlan) -> PlanOrder {
        let rowWeights = plan.rowSums.map { $0.squareRoot() }, columnWeights = plan.columnSums.map { $0.squareRoot() }
        let entries = plan.entries.filter { $0.mass > 0 }
        let scaled = entries.map { $0.mass / (rowWeights[$0.row] * columnWeights[$0.column]) }
        // The first singular vector is the weights themselves; a start of whole numbers without pattern is orthogonalised against it.
        var x = (0..<plan.rows).map { Double(($0 &* 7919 &+ 104_729) % 1009) / 1009 - 0.5 }
        var y = [Double](repeating: 0, count: plan.columns)
        for _ in 0..<300 {
            orthonormalize(&x, against: rowWeights)
            y = [Double](repeating: 0, count: plan.columns)
            for (entry, value) in zip(entries, scaled) { y[entry.column] += value * x[entry.row] }
            var next = [Double](repeating: 0, count: plan.rows)
            for (entry, value) in zip(entries, scaled) { next[entry.row] += value * y[entry.column] }
            orthonormalize(&next, against: rowWeights)
            let change = zip(next, x).reduce(0) { $0 + abs($1.0 - $1.1) }
            x = next
            if change < 1e-9 { break }
        }
        func order(_ vector: [Double], _ weights: [Double]) -> [Int] {
            let position = zip(vector, weights).map { $1 > 0 ? $0 / $1 : .infinity }
            return position.indices.sorted { (position[$0], $0) < (position[$1], $1) }
        }
        return PlanOrder(rows: order(x, rowWeights), columns: order(y, columnWeights))
    }

    private static func descending(_ scores: [Double]) -> [Int] {
        // NaN goes last, so that the order is one.
        let known = scores.map { $0.isNaN ? -.infinity : $0 }
        return known.indices.sorted { (-known[$0], $0) < (-known[$1], $1) }
    }

    private static func orthonormalize(_ vector: inout [Double], against weights: [Double]) {
        let norm = weights.reduce(0) { $0 + $1 * $1 }
        if norm > 0 {
            let part = zip(vector, weights).reduce(0) { $0 + $1.0 * $1.1 } / norm
            for index in vector.indices { vector[index] -= part * weights[index] }
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length > 0 { for index in vector.indices { vector[index] /= length } }
    }
}
