import Foundation
import Testing

@testable import Transport

@Suite("Exact solvers")
struct ExactTests {
    @Test("golden problems: the plan where it is unique, else cost and marginals", arguments: try GoldenProblem.all(solver: "emd"))
    func golden(_ golden: GoldenProblem) throws {
        let problem = try golden.problem()
        for result in [try ExactSolver().solve(problem), try NetworkSimplexSolver().solve(problem)] {
            #expect(abs(result.objective - golden.cost) <= 1e-9 * max(abs(golden.cost), 1e-12))
            #expect(violation(of: result, on: problem) == nil)
            if golden.optimum_unique == true {
                #expect(difference(result.plan.dense(), try golden.plan()) <= 1e-8)
                #expect(result.certificate.uniqueness != .multiple)
            }
        }
    }

    @Test("several optima are called so")
    func uniqueness() throws {
        let tied = try TransportProblem(cost: Matrix(rows: 3, columns: 3))
        #expect(try ExactSolver().solve(tied).certificate.uniqueness == .multiple)
        let clear = try TransportProblem(cost: Matrix(rows: 3, columns: 3) { $0 == $1 ? 0 : 1 })
        #expect(try ExactSolver().solve(clear).certificate.uniqueness == .unique)
        #expect(try NetworkSimplexSolver().solve(clear).certificate.uniqueness == .unique)
        // Two rows may exchange their columns at no cost: 0 + 3 = 1 + 2.
        let exchange = try TransportProblem(cost: Matrix(rows: 2, columns: 2, values: [0, 1, 2, 3]))
        #expect(try ExactSolver().solve(exchange).certificate.uniqueness == .multiple)
    }

    @Test("a constant cost gives the identity", arguments: [1, 2, 9, 64])
    func constantCost(size: Int) throws {
        let assignment = try AssignmentSolver().solve(cost: Matrix(rows: size, columns: size, repeating: 3))
        #expect(assignment.columns == (0..<size).map { $0 })
        let wide = try AssignmentSolver().solve(cost: Matrix(rows: size, columns: size + 3, repeating: 3))
        #expect(wide.columns == (0..<size).map { $0 })
    }

    @Test("equal masses make a permutation, others a sparse plan")
    func dispatch() throws {
        var random = SeededGenerator(1)
        let square = try ExactSolver().solve(TransportProblem(cost: random.uniformCost(12, 12)))
        guard case .permutation(let columns, let mass) = square.plan.storage else {
            Issue.record("no permutation")
            return
        }
        #expect(Set(columns).count == 12 && abs(mass - 1.0 / 12) < 1e-16)
        #expect(square.certificate.solver == "assignment")
        let wide = try ExactSolver().solve(TransportProblem(cost: random.uniformCost(12, 9)))
        #expect(wide.certificate.solver == "network simplex")
        // A basis of the transport polytope has at most n + m − 1 pairs.
        #expect(wide.plan.entries.count <= 20)
    }

    @Test("assignment, simplex and brute force agree on every small problem")
    func smallProblems() throws {
        var random = SeededGenerator(2)
        for round in 0..<6000 {
            let n = random.integer(in: 1...6), m = random.integer(in: 1...6)
            let cost = round % 2 == 0 ? random.tiedCost(n, m) : random.uniformCost(n, m)
            let assignment = try AssignmentSolver().solve(cost: cost)
            let best = BruteForce.assignment(cost)
            try #require(abs(assignment.objective - best) <= 1e-12)
            try #require(abs(assignment.certificate.dualityGap ?? 1) <= 1e-12)
            if n == m {
                let simplex = try NetworkSimplexSolver().solve(TransportProblem(cost: cost))
                try #require(abs(simplex.objective * Double(n) - best) <= 1e-11)
            }
        }
    }

    @Test("every shape, ties and zero masses: marginals, dual feasibility and no gap")
    func randomProblems() throws {
        var random = SeededGenerator(3)
        for round in 0..<5000 {
            let n = random.integer(in: 1...24), m = random.integer(in: 1...24)
            let cost = round % 3 == 0 ? random.tiedCost(n, m) : random.uniformCost(n, m)
            let zeros = round % 2 == 0
            let problem = try TransportProblem(
                cost: cost, source: random.masses(n, zeros: zeros), target: random.masses(m, zeros: zeros))
            let result = try ExactSolver().solve(problem)
            try #require(violation(of: result, on: problem) == nil)
        }
    }

    @Test("large shapes", arguments: [(300, 200), (200, 300), (257, 257), (1, 300), (300, 1), (2, 299)])
    func largeProblems(shape: (Int, Int)) throws {
        var random = SeededGenerator(UInt64(4 + shape.0))
        let (n, m) = shape
        for cost in [random.uniformCost(n, m), random.tiedCost(n, m)] {
            let uniform = try TransportProblem(cost: cost)
            let weighted = try TransportProblem(cost: cost, source: random.masses(n, zeros: true), target: random.masses(m, zeros: true))
            for problem in [uniform, weighted] {
                let result = try ExactSolver().solve(problem)
                #expect(violation(of: result, on: problem) == nil)
                let other = try NetworkSimplexSolver(
                    start: .potentials(
                        source: result.sourcePotential, target: result.targetPotential)
                ).solve(problem)
                #expect(abs(other.objective - result.objective) <= 1e-12)
                #expect(violation(of: other, on: problem) == nil)
            }
        }
    }

    @Test("a warm start changes the work, not the answer")
    func warmStart() throws {
        var random = SeededGenerator(5)
        let cost = random.uniformCost(150, 120)
        let masses = (random.masses(150), random.masses(120))
        let first = try NetworkSimplexSolver().solve(TransportProblem(cost: cost, source: masses.0, target: masses.1))
        var nearby = cost
        for index in nearby.values.indices { nearby.values[index] *= 1 + 0.01 * random.unit() }
        let problem = try TransportProblem(cost: nearby, source: masses.0, target: masses.1)
        let cold = try NetworkSimplexSolver().solve(problem)
        let fromPlan = try NetworkSimplexSolver(start: .plan(first.plan)).solve(problem)
        #expect(abs(cold.objective - fromPlan.objective) <= 1e-13)
        #expect(fromPlan.certificate.iterations < cold.certificate.iterations)
        let again = try NetworkSimplexSolver(start: .plan(cold.plan)).solve(problem)
        #expect(again.certificate.iterations < 150)
    }

    @Test("permuting, transposing, scaling and shifting a problem do the same to its answer")
    func invariances() throws {
        var random = SeededGenerator(6)
        for _ in 0..<40 {
            let n = random.integer(in: 2...30), m = random.integer(in: 2...30)
            let cost = random.uniformCost(n, m), a = random.masses(n), b = random.masses(m)
            let reference = try ExactSolver().solve(TransportProblem(cost: cost, source: a, target: b))
            let dense = reference.plan.dense()

            let rows = Array(0..<n).shuffled(using: &random), columns = Array(0..<m).shuffled(using: &random)
            let permuted = try ExactSolver().solve(
                TransportProblem(
                    cost: cost.selecting(rows: rows, columns: columns), source: rows.map { a[$0] }, target: columns.map { b[$0] }))
            #expect(difference(permuted.plan.dense(), dense.selecting(rows: rows, columns: columns)) <= 1e-12)

            let transposed = try ExactSolver().solve(TransportProblem(cost: cost.transposed, source: b, target: a))
            #expect(difference(transposed.plan.dense().transposed, dense) <= 1e-12)

            let shifts = (0..<n).map { _ in random.normal() }
            let shifted = try ExactSolver().solve(
                TransportProblem(
                    cost: Matrix(rows: n, columns: m) { 7 * cost[$0, $1] + shifts[$0] }, source: a, target: b))
            #expect(difference(shifted.plan.dense(), dense) <= 1e-12)
        }
    }

    @Test("identical input gives identical bits")
    func reproducible() throws {
        var random = SeededGenerator(7)
        let problem = try TransportProblem(cost: random.tiedCost(60, 45), source: random.masses(60), target: random.masses(45))
        #expect(try ExactSolver().solve(problem) == ExactSolver().solve(problem))
    }

    @Test("maximising is minimising the negative")
    func maximize() throws {
        var random = SeededGenerator(8)
        let gain = random.uniformCost(20, 25)
        let most = try AssignmentSolver(.maximize).solve(cost: gain)
        let least = try AssignmentSolver().solve(cost: Matrix(rows: 20, columns: 25) { -gain[$0, $1] })
        #expect(most.columns == least.columns)
        #expect(abs(most.objective + least.objective) <= 1e-12)
        #expect(abs(most.certificate.dualityGap ?? 1) <= 1e-12)
    }
}
