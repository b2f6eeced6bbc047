/// Entropic optimal transport: min ⟨P, C⟩ + ε KL(P | a bᵀ) over plans with row sums a and column sums b.
///
/// The plan is the same as with ε Σ P (log P − 1). Sinkhorn's scaling (Cuturi, NIPS 2013, arXiv:1306.0895) runs on a kernel into which the
/// potentials are absorbed (Schmitzer, SIAM J. Sci. Comput. 41, 2019, arXiv:1610.06519), while ε is annealed; rows that leave the range
/// of the kernel are updated in the log domain. Where scaling converges slowly, Newton steps on the semi-dual with a sparse
/// Hessian and conjugate gradients take over (cf. Tang et al., ICLR 2024, arXiv:2401.12253). O(n·m) a sweep, O(n·m) memory.
///
/// Convergence is judged on the marginals: the sum of |row sum − mass| is at most `tolerance` of the total mass (columns are exact after
/// every sweep).
package struct SinkhornSolver: TransportSolver {
    package var epsilon: Epsilon
    package var tolerance: Double
    package var maximumIterations: Int
    /// Potentials to start from, of a similar problem or another ε.
    package var start: Potentials?
    package let name = "sinkhorn"

    package init(
        epsilon: Epsilon = .relativeToSpread(0.05), tolerance: Double = 1e-9, maximumIterations: Int = 10_000,
        start: Potentials? = nil
    ) {
        self.epsilon = epsilon
        self.tolerance = tolerance
        self.maximumIterations = maximumIterations
        self.start = start
    }

    package func solve(
        _ problem: TransportProblem, control: SolverControl = .standard
    ) throws(TransportError) -> TransportOutcome {
        let balanced = try problem.balanced()
        if !problem.constraints.forbidden.isEmpty { try checkFeasibility(of: problem, control: control) }
        return try EntropicProblem(
            problem, source: balanced.source, target: balanced.target, sourcePenalty: .infinity, targetPenalty: .infinity
        ).solve(
            name: name, epsilon: epsilon, tolerance: tolerance, maximumIterations: maximumIterations, start: start,
            control: control)
    }

    package func outcome(of problem: TransportProblem, control: SolverControl) throws(TransportError) -> TransportOutcome {
        try solve(problem, control: control)
    }

    /// Scaling would run away where no plan avoids the forbidden pairs; the simplex detects this at once.
    private func checkFeasibility(of problem: TransportProblem, control: SolverControl) throws(TransportError) {
        let free = try TransportProblem(
            cost: Matrix(rows: problem.rows, columns: problem.columns), source: problem.source, target: problem.target,
            constraints: problem.constraints)
        _ = try NetworkSimplexSolver().solve(free, control: control)
    }
}
