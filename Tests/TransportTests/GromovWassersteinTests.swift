import Foundation
import Testing

@testable import Transport

@Suite("Gromov–Wasserstein")
struct GromovWassersteinTests {
    /// The objective by its definition, a sum over four indices.
    private func direct(_ plan: Matrix, _ a: Matrix, _ b: Matrix, _ loss: GromovWassersteinLoss) -> Double {
        var sum = 0.0
        for i in 0..<a.rows {
            for k in 0..<a.rows {
                for j in 0..<b.rows {
                    for l in 0..<b.rows {
                        let (x, y) = (a[i, k], b[j, l])
                        let value = loss == .square ? (x - y) * (x - y) : (x > 0 ? x * log(x / max(y, 1e-15)) : 0) - x + y
                        sum += value * plan[i, j] * plan[k, l]
                    }
                }
            }
        }
        return sum
    }

    private func distances(_ points: PointSet) throws -> Matrix { try .cost(.euclidean, from: points, to: points) }

    @Test("the objective is the four-fold sum, also of costs that are not symmetric", arguments: GromovWassersteinLoss.allCases)
    func objective(loss: GromovWassersteinLoss) throws {
        var random = SeededGenerator(71)
        for isSymmetric in [true, false] {
            let a = isSymmetric ? try distances(random.points(6, features: 3)) : random.uniformCost(6, 6)
            let b = isSymmetric ? try distances(random.points(8, features: 2)) : random.uniformCost(8, 8)
            let problem = try GromovWassersteinProblem(sourceCost: a, targetCost: b, source: random.masses(6), target: random.masses(8))
            for method in [GromovWassersteinSolver.Method.conditionalGradient, .entropic(.relativeToSpread(0.3))] {
                let result = try GromovWassersteinSolver(method, loss: loss, tolerance: 1e-7, maximumIterations: 200).solve(problem)
                    .resultWhetherOrNotConverged
                let expected = direct(result.plan.dense(), a, b, loss)
                // The constant part supposes exact marginals; an entropic plan is off by 1e-9, times costs of size 4 squared.
                #expect(abs(result.objective - expected) <= 2e-8 * max(1, abs(expected)))
                #expect(result.certificate.rowError <= 1e-9 && result.certificate.columnError <= 1e-9)
            }
        }
    }

    @Test("rotated, shifted and permuted points are found again from the distances alone")
    func isometry() throws {
        var random = SeededGenerator(72)
        let points = try random.points(20, features: 2)
        let order = Array(0..<20).shuffled(using: &random)
        let turned = order.flatMap { i -> [Float] in
            let (x, y) = (points.values[2 * i], points.values[2 * i + 1])
            return [0.6 * x - 0.8 * y + 3, 0.8 * x + 0.6 * y - 1]
        }
        let problem = try GromovWassersteinProblem(
            sourceCost: distances(points), targetCost: distances(PointSet(count: 20, features: 2, values: turned)))
        let result = try GromovWassersteinSolver().solve(problem).requireConverged()
        #expect(result.objective <= 1e-9)
        let permutation = try #require(result.plan.permutation)
        #expect(permutation.map { order[$0] } == Array(0..<20))
    }

    @Test("conditional gradient never climbs and ends where its gap closes")
    func descent() throws {
        var random = SeededGenerator(73)
        let a = try distances(random.points(12, features: 3)), b = try distances(random.points(15, features: 3))
        let problem = try GromovWassersteinProblem(sourceCost: a, targetCost: b)
        var before = Double.infinity
        for limit in 1...8 {
            let result = try GromovWassersteinSolver(maximumIterations: limit).solve(problem).resultWhetherOrNotConverged
            #expect(result.objective <= before + 1e-12)
            before = result.objective
        }
        let end = try GromovWassersteinSolver(tolerance: 1e-8).solve(problem).requireConverged()
        #expect(end.certificate.residual <= 1e-8)
        let again = try GromovWassersteinSolver(tolerance: 1e-8, start: end.plan.dense()).solve(problem).requireConverged()
        #expect(again.certificate.iterations == 1)
    }

    @Test("the entropic plan is sparser and cheaper with less entropy")
    func entropic() throws {
        var random = SeededGenerator(74)
        let a = try distances(random.points(10, features: 2))
        let problem = try GromovWassersteinProblem(sourceCost: a, targetCost: a)
        let soft = try GromovWassersteinSolver(.entropic(.relativeToSpread(1)), tolerance: 1e-7).solve(problem).resultWhetherOrNotConverged
        let sharp = try GromovWassersteinSolver(.entropic(.relativeToSpread(0.05)), tolerance: 1e-7).solve(problem)
            .resultWhetherOrNotConverged
        #expect(sharp.objective < soft.objective)
    }

    @Test("what does not fit is refused")
    func refused() throws {
        let square = Matrix(rows: 2, columns: 2), wide = Matrix(rows: 2, columns: 3)
        #expect(throws: TransportError.self) { try GromovWassersteinProblem(sourceCost: wide, targetCost: square) }
        #expect(throws: TransportError.self) {
            try GromovWassersteinProblem(sourceCost: square, targetCost: Matrix(rows: 2, columns: 2, repeating: .nan))
        }
        let negative = try GromovWassersteinProblem(sourceCost: Matrix(rows: 2, columns: 2, repeating: -1), targetCost: square)
        #expect(throws: TransportError.self) { try GromovWassersteinSolver(loss: .kullbackLeibler).solve(negative) }
        let problem = try GromovWassersteinProblem(sourceCost: square, targetCost: square)
        #expect(throws: TransportError.self) { try GromovWassersteinSolver(start: square).solve(problem) }
    }
}
