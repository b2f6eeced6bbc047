import Foundation

/// Gromov–Wasserstein: the plan that best keeps the costs inside two sets, a local optimum of a quadratic problem.
///
/// *Conditional gradient* solves the linearised problem exactly and searches the segment to its plan exactly (Vayer et al., ICML 2019,
/// arXiv:1805.09114): its residual, the Frank–Wolfe gap, measures how far the plan is from stationary. *Entropic* takes projected
/// mirror-descent steps, each an entropic problem (Peyré, Cuturi and Solomon, ICML 2016). O(n²m + nm²) an iteration beside the transport.
///
/// A symmetric configuration may have its optimum in several places; from the product of the masses, the default start, the solver takes
/// the one its rounding leads to, and `uniqueness` is unknown.
package struct GromovWassersteinSolver: Sendable {
    package enum Method: Sendable {
        case conditionalGradient
        case entropic(Epsilon)
    }

    package var method: Method
    package var loss: GromovWassersteinLoss
    /// Of the Frank–Wolfe gap over the objective, or of the change of an entropic plan over its mass.
    package var tolerance: Double
    package var maximumIterations: Int
    /// The plan to start from; the product of the masses where nil.
    package var start: Matrix?

    package init(
        _ method: Method = .conditionalGradient, loss: GromovWassersteinLoss = .square, tolerance: Double = 1e-9,
        maximumIterations: Int = 1000, start: Matrix? = nil
    ) {
        self.method = method
        self.loss = loss
        self.tolerance = tolerance
        self.maximumIterations = maximumIterations
        self.start = start
    }

    /// - Throws: `TransportError`, also where an inner problem does not converge.
    package func solve(
        _ problem: GromovWassersteinProblem, control: SolverControl = .standard
    ) throws(TransportError) -> TransportOutcome {
        guard tolerance > 0 else { throw .invalidSetting(name: "tolerance", value: tolerance, allowed: "a positive number") }
        guard maximumIterations > 0 else {
            throw .invalidSetting(name: "maximum iterations", value: Double(maximumIterations), allowed: "at least 1")
        }
        let objective = try GromovWassersteinObjective(problem, loss: loss, control: control)
        switch method {
        case .conditionalGradient: return try conditionalGradient(problem, objective, control)
        case .entropic(let epsilon): return try entropic(problem, objective, epsilon, control)
        }
    }

    private func startPlan(_ problem: GromovWassersteinProblem) throws(TransportError) -> Matrix {
        let n = problem.source.count, m = problem.target.count
        let mass = problem.source.compensatedSum
        guard let start else { return Matrix(rows: n, columns: m) { problem.source[$0] * problem.target[$1] / mass } }
        guard start.rows == n, start.columns == m else {
            throw .wrongCount(of: "entries of the start plan", expected: n * m, found: start.values.count)
        }
        for (position, value) in start.values.enumerated() where !(value >= 0 && value.isFinite) {
            throw .invalidCost(row: position / m, column: position % m, value: value)
        }
        for (side, sums, masses) in [(Side.source, start.rowSums, problem.source), (.target, start.columnSums, problem.target)] {
            for (index, sum) in sums.enumerated() where abs(sum - masses[index]) > TransportProblem.massTolerance * mass {
                throw .invalidMass(side: side, index: index, value: sum)
            }
        }
        return start
    }

    // MARK: Conditional gradient

    private func conditionalGradient(
        _ problem: GromovWassersteinProblem, _ objective: GromovWassersteinObjective, _ control: SolverControl
    ) throws(TransportError) -> TransportOutcome {
        var plan = try startPlan(problem)
        var interaction = try objective.interaction(plan)
        var value = objective.value(plan, interaction: interaction)
        let scale = abs(value)
        var frames = KeyFrames(control: control)
        var potentials = Potentials(source: [], target: [])
        var residual = Double.infinity
        var iteration = 0
        while iteration < maximumIterations {
            try control.checkCancellation()
            iteration += 1
            let gradient = try objective.gradient(plan, interaction: interaction)
            let linear = try TransportProblem(cost: gradient, source: problem.source, target: problem.target)
            let vertex = try ExactSolver().solve(linear, control: SolverControl(isCancelled: control.isCancelled))
            potentials = Potentials(source: vertex.sourcePotential, target: vertex.targetPotential)
            var direction = vertex.plan.dense()
            for index in direction.values.indices { direction.values[index] -= plan.values[index] }
            let gap = -zip(gradient.values, direction.values).reduce(into: CompensatedSum()) { $0.add($1.0 * $1.1) }.value
            residual = scale > 0 ? max(gap, 0) / scale : 0
            frames.pass(iteration: iteration, residual: residual, epsilon: nil) { TransportPlan(dense: plan) }
            if residual <= tolerance { break }
            let directionInteraction = try objective.interaction(direction)
            let (slope, curvature) = objective.alongLine(
                plan, interaction: interaction, direction: direction, directionInteraction: directionInteraction)
            // A parabola on 0 … 1: its vertex where it opens upwards, the better end otherwise.
            let step = curvature > 0 ? min(1, max(0, -slope / (2 * curvature))) : (slope + curvature < 0 ? 1 : 0)
            guard step > 0 else { break }
            for index in plan.values.indices {
                plan.values[index] =
                    step == 1
                    ? plan.values[index] + direction.values[index] : max(0, plan.values[index] + step * direction.values[index])
                interaction.values[index] += step * directionInteraction.values[index]
            }
            if step == 1 {
                plan = vertex.plan.dense()
                interaction = try objective.interaction(plan)
            }
            value = objective.value(plan, interaction: interaction)
        }
        return outcome(
            problem, plan: plan, value: value, potentials: potentials, residual: residual, iterations: iteration,
            name: "Gromov-Wasserstein, conditional gradient", frames: frames)
    }

    // MARK: Entropic

    private func entropic(
        _ problem: GromovWassersteinProblem, _ objective: GromovWassersteinObjective, _ epsilon: Epsilon, _ control: SolverControl
    ) throws(TransportError) -> TransportOutcome {
        var plan = try startPlan(problem)
        let mass = problem.source.compensatedSum
        var frames = KeyFrames(control: control)
        var potentials: Potentials?
        var residual = Double.infinity
        var iteration = 0
        // Relative to the first gradient, so that the problem stays the same while the plan moves.
        var strength: Double?
        while iteration < maximumIterations, residual > tolerance {
            try control.checkCancellation()
            iteration += 1
            let gradient = try objective.gradient(plan, interaction: objective.interaction(plan))
            let used: Double
            if let strength { used = strength } else { used = try epsilon.value(for: gradient) }
            strength = used
            let linear = try TransportProblem(cost: gradient, source: problem.source, target: problem.target)
            let result = try SinkhornSolver(epsilon: .absolute(used), tolerance: min(1e-9, tolerance), start: potentials)
                .solve(linear, control: SolverControl(isCancelled: control.isCancelled, threads: control.threads))
                .requireConverged()
            potentials = Potentials(source: result.sourcePotential, target: result.targetPotential)
            let next = result.plan.dense()
            residual = zip(next.values, plan.values).reduce(into: CompensatedSum()) { $0.add(abs($1.0 - $1.1)) }.value / mass
            plan = next
            frames.pass(iteration: iteration, residual: residual, epsilon: used) { TransportPlan(dense: plan) }
        }
        let value = objective.value(plan, interaction: try objective.interaction(plan))
        return outcome(
            problem, plan: plan, value: value, potentials: potentials ?? Potentials(source: [], target: []), residual: residual,
            iterations: iteration, name: "Gromov-Wasserstein, entropic", frames: frames)
    }

    private func outcome(
        _ problem: GromovWassersteinProblem, plan: Matrix, value: Double, potentials: Potentials, residual: Double, iterations: Int,
        name: String, frames: KeyFrames
    ) -> TransportOutcome {
        let plan = TransportPlan(dense: plan)
        frames.last(iteration: iterations, residual: residual, epsilon: nil) { plan }
        return SolverOutcome(
            TransportResult(
                plan: plan, objective: value, transportCost: value, sourcePotential: potentials.source,
                targetPotential: potentials.target,
                certificate: Certificate(
                    solver: name, rowError: Certificate.marginalError(plan.rowSums, problem.source),
                    columnError: Certificate.marginalError(plan.columnSums, problem.target), dualityGap: nil, residual: residual,
                    iterations: iterations, converged: residual <= tolerance, uniqueness: .unknown)),
            tolerance: tolerance)
    }
}
