import Archives
import Transport

/// Transport problems without networks, solved by POT.
struct PureTransportCase {
    let golden: GoldenCase
    let expectations: Expectations

    static let descriptive: Set<String> = [
        "name", "solver", "n_a", "n_b", "criterion", "reg", "reg_m", "stop_threshold", "max_iterations", "pot_method", "iterations",
        "plan_row_err", "plan_col_err", "plan_finite",
    ]

    private struct Problem {
        let name: String
        let json: JSON
        let cost: Matrix
        let source: [Double]
        let target: [Double]
        let plan: Matrix

        var scale: Double { cost.values.map(abs).max() ?? 0 }
        var criterion: String { json["criterion"]?.string ?? "" }
    }

    func run() throws {
        let archive = try golden.archive("problems.safetensors")
        guard let problems = golden.json["problems"]?.array, !problems.isEmpty else {
            throw golden.notUnderstood("a case without problems")
        }
        for json in problems {
            guard let name = json["name"]?.string, let solver = json["solver"]?.string else {
                throw golden.notUnderstood("a problem without name or solver")
            }
            func matrix(_ kind: String) throws -> Matrix {
                let stored = try archive.array("\(name).\(kind)")
                guard stored.shape.count == 2 else { throw golden.notUnderstood("\(name).\(kind) of shape \(stored.shape)") }
                return try Matrix(rows: stored.shape[0], columns: stored.shape[1], values: stored.doubles())
            }
            let problem = Problem(
                name: name, json: json, cost: try matrix("cost_matrix"), source: try archive.array("\(name).a").doubles(),
                target: try archive.array("\(name).b").doubles(), plan: try matrix("plan"))
            guard problem.plan.rows == problem.cost.rows, problem.plan.columns == problem.cost.columns else {
                throw golden.notUnderstood("\(name), whose plan has another shape than its costs,")
            }
            switch solver {
            case "emd": try exact(problem, archive)
            case "sinkhorn": try entropic(problem)
            case "unbalanced": try unbalanced(problem)
            default: throw golden.notUnderstood("the solver \(solver) of \(name)")
            }
        }
    }

    private func exact(_ problem: Problem, _ archive: Archive) throws {
        let name = problem.name
        let result = try ExactSolver().solve(TransportProblem(cost: problem.cost, source: problem.source, target: problem.target))
        guard let objective = problem.json["cost"]?.number else { throw golden.notUnderstood("\(name) without a cost") }
        // As the case asks: cost to 1e-9 relative, marginals, and the plan to 1e-8 where it is the only optimum.
        try expectations.number(
            problem.json["cost"], result.transportCost, within: 1e-9 * max(1, abs(objective)), "\(name): cost")
        expectations.hold(result.certificate.rowError < 1e-12 && result.certificate.columnError < 1e-12, "\(name): marginals")
        expectations.hold((result.certificate.dualityGap ?? .infinity) <= 1e-9 * max(1, problem.scale), "\(name): duality gap")
        if let rows = try archive["\(name).dual_u"]?.doubles(), let columns = try archive["\(name).dual_v"]?.doubles() {
            // The reference's dual value bounds every plan's cost from below.
            let bound =
                zip(problem.source, rows).reduce(0) { $0 + $1.0 * $1.1 } + zip(problem.target, columns).reduce(0) { $0 + $1.0 * $1.1 }
            expectations.hold(
                abs(result.transportCost - bound) <= 1e-9 * max(1, problem.scale),
                "\(name): cost \(result.transportCost), the reference's dual value \(bound)")
        }
        switch problem.json["optimum_unique"]?.bool {
        case true?:
            let difference = largestDifference(result.plan.dense(), problem.plan)
            expectations.hold(difference < 1e-8, "\(name): plan differs by \(difference)")
            expectations.check(
                problem.json["optimum_unique"], result.certificate.uniqueness != .multiple, "\(name): the optimum is unique")
        case false?:
            expectations.check(
                problem.json["optimum_unique"], result.certificate.uniqueness != .unique, "\(name): the optimum is not unique")
        case nil: break
        }
    }

    private func entropic(_ problem: Problem) throws {
        guard let epsilon = problem.json["reg"]?.number else { throw golden.notUnderstood("\(problem.name) without reg") }
        let outcome = try SinkhornSolver(epsilon: .absolute(epsilon), tolerance: 1e-10).outcome(
            of: TransportProblem(cost: problem.cost, source: problem.source, target: problem.target), control: .standard)
        let result = try outcome.requireConverged()
        expectations.hold(
            result.certificate.rowError <= 1e-9 && result.certificate.columnError <= 1e-9, "\(problem.name): marginals")
        if problem.criterion.contains("only marginal errors") { return expectations.leave(problem.json) }
        // The reference itself is not fully converged at the smallest regularisation: compare at 1e-5, as the README says.
        let tolerance = problem.name.contains("small_reg") ? 1e-5 : problem.criterion.contains("1e-6") ? 1e-6 : 1e-7
        try compare(result, problem, within: tolerance)
    }

    private func unbalanced(_ problem: Problem) throws {
        guard let epsilon = problem.json["reg"]?.number, let penalty = problem.json["reg_m"]?.number else {
            throw golden.notUnderstood("\(problem.name) without reg and reg_m")
        }
        let solver = UnbalancedSinkhornSolver(epsilon: .absolute(epsilon), sourcePenalty: penalty, targetPenalty: penalty)
        let result = try solver.outcome(
            of: TransportProblem(cost: problem.cost, source: problem.source, target: problem.target), control: .standard
        ).requireConverged()
        try expectations.number(
            problem.json["mass"], result.plan.dense().values.reduce(0, +), within: 1e-6 * max(1, problem.json["mass"]?.number ?? 1),
            "\(problem.name): mass")
        try compare(result, problem, within: 1e-7)
    }

    private func compare(_ result: TransportResult, _ problem: Problem, within tolerance: Double) throws {
        let difference = largestDifference(result.plan.dense(), problem.plan)
        expectations.hold(difference <= tolerance, "\(problem.name): plan differs by \(difference)")
        try expectations.number(
            problem.json["cost"], result.transportCost, within: 10 * tolerance * max(1, problem.scale), "\(problem.name): cost")
    }
}

func largestDifference(_ first: Matrix, _ second: Matrix) -> Double {
    guard first.values.count == second.values.count else { return .infinity }
    return zip(first.values, second.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
