/// A first plan for the network simplex: each row fills the columns that cost it least beyond their prices.
///
/// A pair that is filled exhausts its row or its column, so that the pairs form a forest.
struct GreedyStart {
    let cost: Matrix
    let source: [Int64]
    let target: [Int64]

    func tree(from start: NetworkSimplexSolver.Start) -> SpanningTree {
        var left = source, wanted = target
        var flows: [(row: Int, column: Int, flow: Int64)] = []
        func fill(_ row: Int, _ column: Int) {
            let flow = min(left[row], wanted[column])
            guard flow > 0 else { return }
            left[row] -= flow
            wanted[column] -= flow
            flows.append((row, column, flow))
        }

        var price: [Double]
        switch start {
        case .greedy: price = columnMinima()
        case .potentials(_, let target): price = target
        case .plan(let plan):
            // Heaviest pairs first: what is left then is small change.
            for entry in plan.entries.sorted(by: { $0.mass > $1.mass }) { fill(entry.row, entry.column) }
            price = columnMinima()
        }
        let kernels = Kernels.best
        let potentials = rowMinima(price)
        for column in 0..<cost.columns where wanted[column] == 0 { price[column] = -.infinity }
        for row in 0..<cost.rows {
            while left[row] > 0 {
                let column = cost.values.withUnsafeBufferPointer { cost in
                    kernels.least(cost: cost.baseAddress! + row * self.cost.columns, price: price, count: price.count).column
                }
                fill(row, column)
                if wanted[column] == 0 { price[column] = -.infinity }
            }
        }
        return SpanningTree(rows: cost.rows, columns: cost.columns, flows: flows, rootPotential: potentials, cost: cost)
    }

    private func columnMinima() -> [Double] {
        var minima = [Double](repeating: .infinity, count: cost.columns)
        for i in 0..<cost.rows {
            for j in 0..<cost.columns { minima[j] = min(minima[j], cost.values[i * cost.columns + j]) }
        }
        return minima
    }

    private func rowMinima(_ price: [Double]) -> [Double] {
        (0..<cost.rows).map { row in
            cost.values.withUnsafeBufferPointer { cost in
                Kernels.best.least(cost: cost.baseAddress! + row * self.cost.columns, price: price, count: price.count).value
            }
        }
    }
}
