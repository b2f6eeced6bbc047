import Foundation
import Testing

@testable import Transport

@Suite("Bad input: an error with a reason, or the right answer")
struct HostileInputTests {
    private static let solvers: [any TransportSolver] = [
        ExactSolver(), NetworkSimplexSolver(), SinkhornSolver(epsilon: .relativeToSpread(0.05)),
        UnbalancedSinkhornSolver(epsilon: .relativeToSpread(0.05), sourcePenalty: 1, targetPenalty: 1),
    ]

    @Test("NaN and infinite costs name their place", arguments: [Double.nan, .infinity, -.infinity, 1e200])
    func badCost(value: Double) throws {
        var cost = Matrix(rows: 3, columns: 4)
        cost[1, 2] = value
        let error = try #require(throws: TransportError.self) { try TransportProblem(cost: cost) }
        guard case .invalidCost(row: 1, column: 2, value: _) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(throws: TransportError.self) { try AssignmentSolver().solve(cost: cost) }
    }

    @Test("masses that are none", arguments: [Double.nan, .infinity, -1, -.leastNonzeroMagnitude])
    func badMass(value: Double) throws {
        let cost = Matrix(rows: 2, columns: 2)
        #expect(throws: TransportError.self) { try TransportProblem(cost: cost, source: [1, value], target: [1, 0]) }
        #expect(throws: TransportError.self) { try TransportProblem(cost: cost, source: [1, 0], target: [value, 1]) }
        #expect(throws: TransportError.self) { try Masses.proportional(to: [value, 1]) }
    }

    @Test("sizes that do not fit, and nothing at all")
    func badSizes() throws {
        #expect(throws: TransportError.wrongCount(of: "matrix values", expected: 6, found: 5)) {
            try Matrix(rows: 2, columns: 3, values: [1, 2, 3, 4, 5])
        }
        #expect(throws: TransportError.self) { try Matrix(rows: Int.max, columns: 2, values: []) }
        #expect(throws: TransportError.self) { try Matrix(rows: -1, columns: -1, values: [1]) }
        #expect(throws: TransportError.empty(side: .source)) { try TransportProblem(cost: Matrix(rows: 0, columns: 3)) }
        #expect(throws: TransportError.empty(side: .target)) { try TransportProblem(cost: Matrix(rows: 3, columns: 0)) }
        #expect(throws: TransportError.empty(side: .source)) { try AssignmentSolver().solve(cost: Matrix(rows: 0, columns: 0)) }
        #expect(throws: TransportError.self) { try PointSet(count: 2, features: 2, values: [1, 2, 3]) }
        #expect(throws: TransportError.invalidFeature(side: .source, point: 1, feature: 0, value: .infinity)) {
            try PointSet(count: 2, features: 2, values: [1, 2, .infinity, 4])
        }
        var accumulator = CostAccumulator(.cosine, rows: 2, columns: 2)
        let two = try PointSet(count: 2, features: 1, values: [1, 2]), three = try PointSet(count: 3, features: 1, values: [1, 2, 3])
        #expect(throws: TransportError.self) { try accumulator.add(two, three) }
    }

    @Test("all mass zero, or sides of different sum")
    func masses() throws {
        let cost = Matrix(rows: 2, columns: 2)
        for solver in Self.solvers {
            #expect(throws: TransportError.noMass(side: .target)) {
                try solver.outcome(of: TransportProblem(cost: cost, source: [1, 1], target: [0, 0]), control: .standard)
            }
        }
        let unequal = try TransportProblem(cost: cost, source: [1, 1], target: [1, 2])
        #expect(throws: TransportError.unequalMasses(source: 2, target: 3)) { try ExactSolver().solve(unequal) }
        #expect(throws: TransportError.unequalMasses(source: 2, target: 3)) { try SinkhornSolver().solve(unequal) }
        #expect(try Self.solvers[3].outcome(of: unequal, control: .standard).isConverged)
    }

    @Test("settings outside their range")
    func settings() throws {
        let problem = try TransportProblem(cost: Matrix(rows: 2, columns: 2) { Double($0 + $1) })
        for epsilon in [Epsilon.absolute(0), .absolute(-1), .relativeToSpread(.nan), .relativeToMaximum(.infinity), .absolute(1e-17)] {
            #expect(throws: TransportError.self) { try SinkhornSolver(epsilon: epsilon).solve(problem) }
        }
        #expect(throws: TransportError.self) { try SinkhornSolver(tolerance: 0).solve(problem) }
        #expect(throws: TransportError.self) { try SinkhornSolver(maximumIterations: 0).solve(problem) }
        #expect(throws: TransportError.self) { try SinkhornSolver(start: Potentials(source: [0], target: [0, 0])).solve(problem) }
        #expect(throws: TransportError.self) {
            try SinkhornSolver(start: Potentials(source: [0, .nan], target: [0, 0])).solve(problem)
        }
        for penalty in [0, -1, Double.nan] {
            #expect(throws: TransportError.self) {
                try UnbalancedSinkhornSolver(sourcePenalty: penalty, targetPenalty: 1).solve(problem)
            }
        }
        #expect(throws: TransportError.self) {
            try UnbalancedSinkhornSolver(epsilon: .absolute(1e9), sourcePenalty: 1, targetPenalty: .infinity).solve(problem)
        }
        #expect(throws: TransportError.self) {
            try NetworkSimplexSolver(start: .potentials(source: [], target: [])).solve(problem)
        }
    }

    @Test(
        "costs of 1e30, of 1e-30, of both, constant and negative",
        arguments: [
            { (i: Int, j: Int) in Double((i * 7 + j * 3) % 11) * 1e30 }, { i, j in Double((i * 7 + j * 3) % 11) * 1e-30 },
            { i, j in (i + j) % 2 == 0 ? 1e30 : Double(i * j) }, { _, _ in 5 }, { _, _ in 0 }, { i, j in -Double(i * j) * 1e10 },
        ] as [@Sendable (Int, Int) -> Double])
    func extremeCosts(entry: @Sendable (Int, Int) -> Double) throws {
        let cost = Matrix(rows: 12, columns: 9, entry: entry)
        let problem = try TransportProblem(cost: cost)
        let exact = try ExactSolver().solve(problem)
        #expect(violation(of: exact, on: problem) == nil)
        let size = cost.values.map(abs).max() ?? 0, largest = size > 0 ? size : 1
        let solvers =
            Self.solvers.dropLast() + [
                UnbalancedSinkhornSolver(epsilon: .relativeToSpread(0.05), sourcePenalty: largest, targetPenalty: largest)
            ]
        for solver in solvers {
            let result = try solver.outcome(of: problem, control: .standard).requireConverged()
            #expect(result.plan.mass > 0 && result.plan.dense().values.allSatisfy(\.isFinite))
        }
    }

    @Test("masses of any scale", arguments: [1e-300, 1e-30, 1, 1e30, 1e290])
    func extremeMasses(scale: Double) throws {
        var random = SeededGenerator(91)
        let a = random.masses(10).map { $0 * scale }, b = random.masses(8).map { $0 * scale }
        let problem = try TransportProblem(cost: random.uniformCost(10, 8), source: a, target: b)
        let exact = try ExactSolver().solve(problem)
        #expect(exact.certificate.rowError <= 1e-12 * scale && exact.certificate.columnError <= 1e-12 * scale)
        if scale >= 1e-30, scale <= 1e30 {
            let entropic = try SinkhornSolver(epsilon: .absolute(0.05)).solve(problem).requireConverged()
            #expect(entropic.certificate.rowError <= 1e-8 * scale)
        }
    }

    @Test("masses of very different size keep their rows")
    func unevenMasses() throws {
        let a = [1, 1e-9, 1e-14, 0.5], b = [0.5, 1, 1e-9, 1e-14]
        let problem = try TransportProblem(cost: Matrix(rows: 4, columns: 4) { abs(Double($0 - $1)) }, source: a, target: b)
        let result = try ExactSolver().solve(problem)
        for (sum, mass) in zip(result.plan.rowSums, a) { #expect(abs(sum - mass) <= 1e-15) }
        #expect(result.plan.rowSums.allSatisfy { $0 > 0 })
    }

    @Test("fuzzed problems never trap, and what comes back is finite")
    func fuzz() throws {
        var random = SeededGenerator(92)
        let numbers: [Double] = [0, -0.0, 1, -1, 0.5, 1e-320, 1e-30, 1e30, 1e149, -1e149, .nan, .infinity, 1e308, 3]
        var solved = 0, refused = 0
        for _ in 0..<3000 {
            let n = random.integer(in: 1...5), m = random.integer(in: 1...5)
            let wild = random.integer(in: 0...2)
            func number(_ random: inout SeededGenerator) -> Double {
                wild == 0 || random.integer(in: 0...9) == 0 ? numbers[random.integer(in: 0...numbers.count - 1)] : random.unit()
            }
            let cost = Matrix(rows: n, columns: m) { _, _ in number(&random) }
            let source = (0..<n).map { _ in wild == 2 ? 1 / Double(n) : number(&random) }
            let target = (0..<m).map { _ in wild == 2 ? 1 / Double(m) : number(&random) }
            for solver in Self.solvers {
                do {
                    let problem = try TransportProblem(
                        cost: cost, source: source, target: target, constraints: wild == 1 ? .none : random.constraints(n, m))
                    let result = try solver.outcome(of: problem, control: .standard).resultWhetherOrNotConverged
                    try #require(result.plan.dense().values.allSatisfy { $0.isFinite && $0 >= 0 })
                    try #require(result.plan.mass > 0, "\(problem) \(solver)")
                    solved += 1
                } catch let error as TransportError {
                    try #require(!error.description.isEmpty)
                    refused += 1
                }
            }
        }
        #expect(solved > 1000 && refused > 1000)
    }

    @Test("every error says what happened")
    func descriptions() {
        let pair = Pair(source: 1, target: 2)
        let errors: [TransportError] = [
            .wrongCount(of: "masses", expected: 2, found: 3), .empty(side: .source), .invalidMass(side: .target, index: 4, value: -1),
            .noMass(side: .source), .massOverflow, .unequalMasses(source: 1, target: 2), .invalidCost(row: 5, column: 6, value: .nan),
            .invalidFeature(side: .source, point: 7, feature: 8, value: .nan), .pairOutside(pair, rows: 1, columns: 1),
            .pinnedAndForbidden(pair), .contradictoryPins(side: .source, index: 9), .infeasible(side: .target, index: 10),
            .invalidSetting(name: "epsilon", value: 0, allowed: "a positive number"),
            .brokeDown(solver: "sinkhorn", iteration: 11, advice: "use a larger epsilon"),
            .notConverged(solver: "sinkhorn", iterations: 12, residual: 0.1, tolerance: 0.01),
            .stepLimit(solver: "network simplex", steps: 13), .cancelled,
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
        #expect(TransportError.invalidCost(row: 5, column: 6, value: .nan).description.contains("row 5, column 6"))
    }
}
