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
            for (row, column) in fillingOrder(of: plan) { fill(row, column) }
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

    /// The pairs of a plan in an order that gives its masses again: a row or column with one pair left decides that pair; where all
    /// have several, the heaviest pair is next.
    private func fillingOrder(of plan: TransportPlan) -> [(Int, Int)] {
        let pairs = plan.entries.sorted { ($1.mass, $0.row, $0.column) < ($0.mass, $1.row, $1.column) }
        var pairsOfNode = [[Int]](repeating: [], count: cost.rows + cost.columns)
        for (index, pair) in pairs.enumerated() {
            pairsOfNode[pair.row].append(index)
            pairsOfNode[cost.rows + pair.column].append(index)
        }
        var degree = pairsOfNode.map(\.count)
        var leaves = degree.indices.filter { degree[$0] == 1 }
        var isTaken = [Bool](repeating: false, count: pairs.count)
        var heaviest = 0
        var order: [(Int, Int)] = []
        func take(_ index: Int) {
            isTaken[index] = true
            order.append((pairs[index].row, pairs[index].column))
            for node in [pairs[index].row, cost.rows + pairs[index].column] {
                degree[node] -= 1
                if degree[node] == 1 { leaves.append(node) }
            }
        }
        while order.count < pairs.count {
            if let leaf = leaves.popLast() {
                if let index = pairsOfNode[leaf].first(where: { !isTaken[$0] }) { take(index) }
            } else {
                while isTaken[heaviest] { heaviest += 1 }
                take(heaviest)
            }
        }
        return order
    }

    private func columnMinima() -> [Double] {
        var minima = [Double](repeating: .infinity, count: cost.columns)
        cost.values.withUnsafeBufferPointer { values in
            for i in 0..<cost.rows {
                _ = Kernels.best.columnLeast(cost: values.baseAddress! + i * cost.columns, least: &minima, count: cost.columns)
            }
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
