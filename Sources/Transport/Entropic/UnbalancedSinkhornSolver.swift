/// Unbalanced entropic transport, where mass may appear and vanish at a price:
/// min ⟨P, C⟩ + ε KL(P | a bᵀ) + ρ₁ KL(P 1 | a) + ρ₂ KL(Pᵀ 1 | b), with KL(x | y) = Σ x log(x / y) − x + y.
///
/// The scaling algorithm of Chizat, Peyré, Schmitzer and Vialard (Mathematics of Computation 87, 2018, arXiv:1607.05816), run as
/// ``SinkhornSolver`` runs its own. An infinite penalty keeps that side's masses exactly: with one of the two infinite the problem is
/// *semi-unbalanced*. The two sides need not sum alike unless both penalties are infinite. O(n·m) a sweep.
///
/// Convergence is judged on the sums that the potentials ask for: Σ |row sum − a exp(−f / ρ₁)| is at most `tolerance` of the mass.
package struct UnbalancedSinkhornSolver: TransportSolver {
    package var epsilon: Epsilon
    /// ρ₁, in the unit of the cost; infinity keeps the source masses.
    package var sourcePenalty: Double
    /// ρ₂, in the unit of the cost; infinity keeps the target masses.
    package var targetPenalty: Double
    package var tolerance: Double
    package var maximumIterations: Int
    package var start: Potentials?
    package let name = "unbalanced sinkhorn"

    package init(
        epsilon: Epsilon = .relativeToSpread(0.05), sourcePenalty: Double, targetPenalty: Double, tolerance: Double = 1e-9,
        maximumIterations: Int = 10_000, start: Potentials? = nil
    ) {
        self.epsilon = epsilon
        self.sourcePenalty = sourcePenalty
        self.targetPenalty = targetPenalty
        self.tolerance = tolerance
        self.maximumIterations = maximumIterations
        self.start = start
    }

    package func solve(
        _ problem: TransportProblem, control: SolverControl = .standard
    ) throws(TransportError) -> TransportOutcome {
        for (name, penalty) in [("source penalty", sourcePenalty), ("target penalty", targetPenalty)]
        where !(penalty > 0) {
            throw .invalidSetting(name: name, value: penalty, allowed: "a positive number or infinity")
        }
        if sourcePenalty == .infinity, targetPenalty == .infinity {
            return try SinkhornSolver(
                epsilon: epsilon, tolerance: tolerance, maximumIterations: maximumIterations, start: start
            ).solve(problem, control: control)
        }
        for (side, masses) in [(Side.source, problem.source), (.target, problem.target)]
        where !masses.contains(where: { $0 > 0 }) {
            throw .noMass(side: side)
        }
        // Potentials are of the size of ε times 1e-16 at best; what they ask for is exp(−f / ρ).
        let strength = try epsilon.value(for: problem.cost)
        for (name, penalty) in [("source penalty", sourcePenalty), ("target penalty", targetPenalty)]
        where penalty < strength * Self.leastPenalty {
            throw .invalidSetting(
                name: name, value: penalty, allowed: "at least \(strength * Self.leastPenalty), a millionth of epsilon")
        }
        return try EntropicProblem(
            problem, source: problem.source, target: problem.target, sourcePenalty: sourcePenalty, targetPenalty: targetPenalty
        ).solve(
            name: name, epsilon: epsilon, tolerance: tolerance, maximumIterations: maximumIterations, start: start,
            control: control)
    }

    private static let leastPenalty = 1e-6

    package func outcome(of problem: TransportProblem, control: SolverControl) throws(TransportError) -> TransportOutcome {
        try solve(problem, control: control)
    }
}
