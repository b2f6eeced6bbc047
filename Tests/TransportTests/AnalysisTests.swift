import Foundation
import Testing

@testable import Transport

@Suite("Plan analysis")
struct AnalysisTests {
    /// Four rows of mass 1/4: two clean matches, one row spread over five columns, one that keeps its mass to itself.
    private func example() throws -> (plan: TransportPlan, source: [Double], target: [Double]) {
        var matrix = Matrix(rows: 4, columns: 7)
        matrix[0, 3] = 0.25
        matrix[1, 3] = 0.25
        for column in [0, 1, 2, 4, 5, 6] { matrix[2, column] = 0.25 / 6 }
        matrix[3, 6] = 0.05
        let target = matrix.columnSums.map { $0 == 0 ? 0.1 : $0 }
        return (TransportPlan(dense: matrix), Masses.uniform(4), target)
    }

    @Test("effective matches, best matches, orphans, merges and splits")
    func story() throws {
        let (plan, source, target) = try example()
        let analysis = try PlanAnalysis(plan, source: source, target: target)
        #expect(abs(analysis.rows[0].effectiveMatches - 1) <= 1e-12)
        #expect(abs(analysis.rows[2].effectiveMatches - 6) <= 1e-12)
        #expect(abs(analysis.rows[2].entropy - log(6)) <= 1e-12)
        #expect(analysis.rows[0].best?.partner == 3 && analysis.rows[0].best?.share == 1)
        #expect(analysis.columns[3].best?.secondRatio == 1)
        // Row 2 has no share of 0.2; row 3 moves a fifth of its mass.
        #expect(analysis.orphans == [2, 3])
        #expect(analysis.merges == [3])
        #expect(analysis.splits == [2])
        #expect(abs(analysis.columns[3].partnersTaken - 2) <= 1e-12)
    }

    @Test("a permutation is one clean match each")
    func permutation() throws {
        var random = SeededGenerator(51)
        let result = try ExactSolver().solve(TransportProblem(cost: random.uniformCost(20, 20)))
        let analysis = try PlanAnalysis(result.plan, source: Masses.uniform(20), target: Masses.uniform(20))
        #expect(analysis.orphans.isEmpty && analysis.merges.isEmpty && analysis.splits.isEmpty)
        #expect(abs(analysis.meanEffectiveMatches - 1) <= 1e-12)
        let order = PlanOrder.matched(result.plan)
        #expect(order.columns == result.plan.permutation)
    }

    @Test("every order holds every line once", arguments: [(1, 1), (7, 12), (30, 9)])
    func orders(shape: (Int, Int)) throws {
        var random = SeededGenerator(52)
        let plan = TransportPlan(dense: random.uniformCost(shape.0, shape.1))
        let scores = (0..<shape.0).map { _ in random.unit() }, others = (0..<shape.1).map { _ in random.unit() }
        let importance = try PlanOrder.importance(plan, source: scores, target: others)
        for order in [PlanOrder.raw(plan), .matched(plan), importance, .spectral(plan)] {
            #expect(order.rows.sorted() == Array(0..<shape.0) && order.columns.sorted() == Array(0..<shape.1))
        }
        #expect(importance.rows.map { scores[$0] } == scores.sorted(by: >))
    }

    @Test("the spectral order puts shuffled clusters together")
    func spectral() throws {
        var random = SeededGenerator(53)
        let rowCluster = (0..<24).map { $0 % 2 }.shuffled(using: &random), columnCluster = (0..<18).map { $0 % 2 }.shuffled(using: &random)
        let plan = TransportPlan(
            dense: Matrix(rows: 24, columns: 18) { (rowCluster[$0] == columnCluster[$1] ? 1 : 0.05) * (1 + 0.1 * random.unit()) })
        let order = PlanOrder.spectral(plan)
        let rows = order.rows.map { rowCluster[$0] }, columns = order.columns.map { columnCluster[$0] }
        #expect(zip(rows, rows.dropFirst()).filter { $0 != $1 }.count == 1)
        #expect(zip(columns, columns.dropFirst()).filter { $0 != $1 }.count == 1)
        #expect(rows[0] == columns[0])
    }

    @Test("block sums conserve mass on any grid, block maxima keep spikes")
    func blocks() throws {
        var random = SeededGenerator(54)
        for _ in 0..<200 {
            let n = random.integer(in: 1...40), m = random.integer(in: 1...40)
            let plan = TransportPlan(dense: random.uniformCost(n, m))
            let r = random.integer(in: 1...50), c = random.integer(in: 1...50)
            let sums = try plan.blocks(rows: r, columns: c, order: .spectral(plan))
            #expect(abs(sums.values.reduce(0, +) - plan.mass) <= 1e-11 * plan.mass)
            let maxima = try plan.blocks(rows: r, columns: c, mode: .max)
            #expect(maxima.values.max() == plan.dense().values.max())
        }
        // Three rows on two cells: the middle row is halved.
        let plan = TransportPlan(dense: try Matrix(rows: 3, columns: 1, values: [1, 10, 100]))
        #expect(try plan.blocks(rows: 2, columns: 1).values == [6, 105])
        #expect(try plan.blocks(rows: 2, columns: 1, mode: .max).values == [10, 100])
        #expect(throws: TransportError.self) { try plan.blocks(rows: 0, columns: 1) }
        #expect(throws: TransportError.self) {
            try plan.blocks(rows: 1, columns: 1, order: PlanOrder(rows: [0, 0, 1], columns: [0]))
        }
    }

    @Test("total variation counts the mass placed differently")
    func totalVariation() throws {
        let one = TransportPlan(dense: try Matrix(rows: 2, columns: 2, values: [0.5, 0, 0, 0.5]))
        let other = TransportPlan(dense: try Matrix(rows: 2, columns: 2, values: [0.25, 0.25, 0.25, 0.25]))
        #expect(try one.totalVariation(to: other) == 0.5)
        #expect(try one.totalVariation(to: one) == 0)
    }

    @Test("dense, sparse and permutation forms say the same")
    func storage() throws {
        let permutation = TransportPlan(rows: 3, columns: 3, storage: .permutation(columns: [2, 0, 1], mass: 0.5))
        let sparse = TransportPlan(rows: 3, columns: 3, entries: permutation.entries.reversed())
        let dense = TransportPlan(dense: permutation.dense())
        for plan in [permutation, sparse, dense] {
            #expect(plan.permutation == [2, 0, 1])
            #expect(plan.rowSums == [0.5, 0.5, 0.5] && plan.mass == 1.5)
            #expect(plan.transposed.dense() == permutation.dense().transposed)
            #expect(plan.entries == permutation.entries)
        }
    }
}
