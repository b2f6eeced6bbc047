import Testing

@testable import Transport

@Suite("Pinned and forbidden pairs")
struct ConstraintTests {
    @Test("assignments agree with brute force, also on what is infeasible")
    func assignments() throws {
        var random = SeededGenerator(31)
        for round in 0..<1500 {
            let n = random.integer(in: 1...6), m = random.integer(in: 1...6)
            let cost = round % 2 == 0 ? random.tiedCost(n, m) : random.uniformCost(n, m)
            let constraints = random.constraints(n, m)
            let best = BruteForce.assignment(cost, constraints: constraints)
            do {
                let assignment = try AssignmentSolver().solve(cost: cost, constraints: constraints)
                try #require(abs(assignment.objective - best) <= 1e-12)
                for pair in constraints.pinned { try #require(assignment.columns[pair.source] == pair.target) }
                for (row, column) in assignment.columns.enumerated() {
                    guard let column else { continue }
                    try #require(!constraints.forbidden.contains(Pair(source: row, target: column)))
                }
            } catch TransportError.infeasible {
                try #require(best == .infinity)
            }
        }
    }

    @Test("equal masses with pins and forbidden pairs: the exact solver agrees with brute force")
    func exactSquare() throws {
        var random = SeededGenerator(32)
        for _ in 0..<500 {
            let n = random.integer(in: 1...6)
            let cost = random.uniformCost(n, n)
            let constraints = random.constraints(n, n)
            let best = BruteForce.assignment(cost, constraints: constraints)
            let problem = try TransportProblem(cost: cost, constraints: constraints)
            for solve in [{ try ExactSolver().solve(problem) }, { try NetworkSimplexSolver().solve(problem) }] {
                do {
                    let result = try solve()
                    try #require(abs(result.objective * Double(n) - best) <= 1e-11)
                    try #require(abs(result.certificate.dualityGap ?? 1) <= 1e-11)
                    for pair in constraints.pinned {
                        try #require(abs(result.plan.dense()[pair.source, pair.target] - 1 / Double(n)) <= 1e-15)
                    }
                } catch TransportError.infeasible {
                    try #require(best == .infinity)
                }
            }
        }
    }

    @Test("whole-number masses with forbidden pairs agree with brute force over units")
    func wholeMasses() throws {
        var random = SeededGenerator(33)
        for _ in 0..<400 {
            // Up to seven units in all: 7! assignments of units.
            let units = random.integer(in: 1...7)
            var source = [Int](repeating: 0, count: random.integer(in: 1...4))
            var target = [Int](repeating: 0, count: random.integer(in: 1...4))
            for _ in 0..<units {
                source[random.integer(in: 0...source.count - 1)] += 1
                target[random.integer(in: 0...target.count - 1)] += 1
            }
            let cost = random.tiedCost(source.count, target.count)
            var forbidden = Set<Pair>()
            for i in source.indices {
                for j in target.indices where random.integer(in: 0...4) == 0 { forbidden.insert(Pair(source: i, target: j)) }
            }
            let best = BruteForce.transport(cost, source: source, target: target, forbidden: forbidden)
            let problem = try TransportProblem(
                cost: cost, source: source.map(Double.init), target: target.map(Double.init),
                constraints: PlanConstraints(forbidden: forbidden))
            do {
                let result = try ExactSolver().solve(problem)
                try #require(abs(result.objective - best) <= 1e-11)
                let plan = result.plan.dense()
                for pair in forbidden { try #require(plan[pair.source, pair.target] == 0) }
            } catch TransportError.infeasible {
                try #require(best == .infinity)
                #expect(throws: TransportError.self) { try SinkhornSolver().solve(problem) }
            }
        }
    }

    @Test("entropic plans honour pins and forbidden pairs")
    func entropic() throws {
        var random = SeededGenerator(34)
        let constraints = PlanConstraints(
            pinned: [Pair(source: 2, target: 5), Pair(source: 0, target: 0)],
            forbidden: [Pair(source: 1, target: 1), Pair(source: 3, target: 4)])
        let problem = try TransportProblem(cost: random.uniformCost(10, 8), constraints: constraints)
        let balanced = try SinkhornSolver(epsilon: .absolute(0.05)).solve(problem).requireConverged()
        #expect(balanced.certificate.rowError <= 1e-9 && balanced.certificate.columnError <= 1e-9)
        let unbalanced = try UnbalancedSinkhornSolver(epsilon: .absolute(0.05), sourcePenalty: 1, targetPenalty: 1)
            .solve(problem).requireConverged()
        for result in [balanced, unbalanced] {
            let plan = result.plan.dense()
            for pair in constraints.pinned { #expect(plan[pair.source, pair.target] == 0.1) }
            for pair in constraints.forbidden { #expect(plan[pair.source, pair.target] == 0) }
            #expect(abs(try #require(result.certificate.dualityGap)) <= 1e-9)
        }
    }

    @Test("a row that may go nowhere: an error where its mass must be kept, none where it may vanish")
    func isolatedRow() throws {
        let constraints = PlanConstraints(forbidden: Set((0..<4).map { Pair(source: 1, target: $0) }))
        let problem = try TransportProblem(cost: Matrix(rows: 3, columns: 4, repeating: 1), constraints: constraints)
        #expect(throws: TransportError.infeasible(side: .source, index: 1)) { try ExactSolver().solve(problem) }
        #expect(throws: TransportError.infeasible(side: .source, index: 1)) { try SinkhornSolver().solve(problem) }
        let result = try UnbalancedSinkhornSolver(epsilon: .absolute(0.1), sourcePenalty: 1, targetPenalty: 1)
            .solve(problem).requireConverged()
        #expect(result.plan.rowSums[1] == 0 && result.plan.mass > 0)
    }

    @Test("contradictions are named")
    func contradictions() throws {
        let cost = Matrix(rows: 3, columns: 3)
        let pair = Pair(source: 1, target: 2)
        #expect(throws: TransportError.pinnedAndForbidden(pair)) {
            try TransportProblem(cost: cost, constraints: PlanConstraints(pinned: [pair], forbidden: [pair]))
        }
        #expect(throws: TransportError.pairOutside(Pair(source: 3, target: 0), rows: 3, columns: 3)) {
            try TransportProblem(cost: cost, constraints: PlanConstraints(pinned: [Pair(source: 3, target: 0)]))
        }
        let twice = PlanConstraints(pinned: [pair, Pair(source: 1, target: 0)])
        #expect(throws: TransportError.contradictoryPins(side: .source, index: 1)) {
            try ExactSolver().solve(TransportProblem(cost: cost, constraints: twice))
        }
        #expect(throws: TransportError.contradictoryPins(side: .source, index: 1)) {
            try AssignmentSolver().solve(cost: cost, constraints: twice)
        }
    }
}

extension SeededGenerator {
    /// Up to two pins that do not contradict each other, and a fifth of the other pairs forbidden.
    mutating func constraints(_ rows: Int, _ columns: Int) -> PlanConstraints {
        var constraints = PlanConstraints.none
        let freeRows = Array(0..<rows).shuffled(using: &self), freeColumns = Array(0..<columns).shuffled(using: &self)
        for index in 0..<Swift.min(integer(in: 0...2), rows, columns) {
            constraints.pinned.insert(Pair(source: freeRows[index], target: freeColumns[index]))
        }
        for i in 0..<rows {
            for j in 0..<columns where integer(in: 0...4) == 0 {
                let pair = Pair(source: i, target: j)
                if !constraints.pinned.contains(pair) { constraints.forbidden.insert(pair) }
            }
        }
        return constraints
    }
}
