import Foundation
import Testing

@testable import Transport

@Suite("Barycenters")
struct BarycenterTests {
    private func cloud(_ random: inout SeededGenerator, _ count: Int, _ features: Int, shift: Double = 0) -> Matrix {
        Matrix(rows: count, columns: features) { _, _ in random.normal() + shift }
    }

    @Test("the barycenter of one set is that set")
    func single() throws {
        var random = SeededGenerator(61)
        let set = try WeightedPoints(points: cloud(&random, 12, 3))
        let result = try FreeSupportBarycenterSolver(supportCount: 12).solve([set]).requireConverged()
        #expect(result.objective <= 1e-20)
        #expect(result.couplings[0].plan.permutation != nil)
    }

    @Test("permuted and shifted copies: every point goes half the way")
    func permutedCopies() throws {
        var random = SeededGenerator(62)
        let points = cloud(&random, 15, 4)
        let order = Array(0..<15).shuffled(using: &random)
        let moved = Matrix(rows: 15, columns: 4) { points[order[$0], $1] + 2 }
        let sets = [try WeightedPoints(points: points), try WeightedPoints(points: moved)]
        let result = try FreeSupportBarycenterSolver(supportCount: 15, start: .points(points)).solve(sets).requireConverged()
        // Each half moves by one in four coordinates, squared: 4 from either side.
        #expect(abs(result.objective - 4) <= 1e-12)
        #expect(difference(result.support, Matrix(rows: 15, columns: 4) { points[$0, $1] + 1 }) <= 1e-12)
    }

    @Test("the objective is what the couplings say, and no nearby support is better")
    func localOptimum() throws {
        var random = SeededGenerator(63)
        let sets = [
            try WeightedPoints(points: cloud(&random, 10, 2), masses: random.masses(10)),
            try WeightedPoints(points: cloud(&random, 14, 2, shift: 1), masses: random.masses(14, zeros: true)),
            try WeightedPoints(points: cloud(&random, 8, 2, shift: -1)),
        ]
        let weights = [0.5, 0.3, 0.2]
        let result = try FreeSupportBarycenterSolver(supportCount: 9, start: .sampled(seed: 5)).solve(sets, weights: weights)
            .requireConverged()
        func objective(_ support: Matrix) throws -> Double {
            var value = 0.0
            for (set, weight) in zip(sets, weights) {
                let cost = Matrix(rows: set.points.rows, columns: 9) { i, j in
                    (0..<2).reduce(0) { $0 + pow(set.points[i, $1] - support[j, $1], 2) }
                }
                value +=
                    weight
                    * (try ExactSolver().solve(TransportProblem(cost: cost, source: set.masses, target: Masses.uniform(9)))).objective
            }
            return value
        }
        #expect(abs(try objective(result.support) - result.objective) <= 1e-10)
        for _ in 0..<20 {
            var nearby = result.support
            for index in nearby.values.indices { nearby.values[index] += 1e-3 * random.normal() }
            #expect(try objective(nearby) >= result.objective)
        }
        for (coupling, set) in zip(result.couplings, sets) {
            #expect(Certificate.marginalError(coupling.plan.rowSums, set.masses) <= 1e-12)
        }
    }

    @Test("the same seed gives the same bits, entropic couplings included")
    func reproducible() throws {
        var random = SeededGenerator(64)
        let sets = [try WeightedPoints(points: cloud(&random, 20, 3)), try WeightedPoints(points: cloud(&random, 16, 3))]
        let solver = FreeSupportBarycenterSolver(
            supportCount: 10, start: .sampled(seed: 9), inner: SinkhornSolver(epsilon: .relativeToSpread(0.05)), tolerance: 1e-6)
        #expect(try solver.solve(sets) == solver.solve(sets))
    }

    @Test("fixed support: one common column sum, right row sums, and equal inputs give themselves back blurred")
    func fixedSupport() throws {
        var random = SeededGenerator(65)
        let grid = Matrix(rows: 20, columns: 20) { pow(Double($0 - $1) / 20, 2) }
        let masses = [random.masses(20, zeros: true), random.masses(20), random.masses(20)]
        let result = try FixedSupportBarycenterSolver(epsilon: .absolute(0.002))
            .solve(costs: [grid, grid, grid], masses: masses, weights: [1, 2, 3]).requireConverged()
        #expect(abs(result.masses.reduce(0, +) - 1) <= 1e-8)
        for (plan, mass) in zip(result.couplings, masses) {
            #expect(Certificate.marginalError(plan.rowSums, mass) <= 1e-9)
            #expect(Certificate.marginalError(plan.columnSums, result.masses) <= 1e-12)
        }
        // Two single points: the mean lies in the middle.
        let left = (0..<20).map { $0 == 2 ? 1.0 : 0 }, right = (0..<20).map { $0 == 12 ? 1.0 : 0 }
        let middle = try FixedSupportBarycenterSolver(epsilon: .absolute(1e-4)).solve(costs: [grid, grid], masses: [left, right])
            .requireConverged()
        #expect(middle.masses[7] > 0.99)
    }

    @Test("what does not fit is refused")
    func refused() throws {
        let set = try WeightedPoints(points: Matrix(rows: 2, columns: 2, values: [0, 1, 2, 3]))
        let other = try WeightedPoints(points: Matrix(rows: 2, columns: 1, values: [0, 1]))
        #expect(throws: TransportError.self) { try FreeSupportBarycenterSolver(supportCount: 2).solve([]) }
        #expect(throws: TransportError.self) { try FreeSupportBarycenterSolver(supportCount: 2).solve([set, other]) }
        #expect(throws: TransportError.self) { try FreeSupportBarycenterSolver(supportCount: 0).solve([set]) }
        #expect(throws: TransportError.self) { try WeightedPoints(points: Matrix(rows: 1, columns: 1, values: [.nan])) }
        #expect(throws: TransportError.self) { try FixedSupportBarycenterSolver().solve(costs: [], masses: []) }
    }
}
