/// The exact optimum by whichever method suits the masses.
///
/// Equal masses on equally many rows and columns make an assignment problem with the same optimum, which ``AssignmentSolver`` solves
/// several times faster and whose plan is a permutation; everything else goes to ``NetworkSimplexSolver``.
package struct ExactSolver: TransportSolver {
    package let name = "exact"

    package init() {}

    /// - Throws: `TransportError`, among them `unequalMasses` and `infeasible`.
    package func solve(
        _ problem: TransportProblem, control: SolverControl = .standard
    ) throws(TransportError) -> TransportResult {
        let exact = try ExactProblem(problem)
        guard exact.isAssignment else { return try NetworkSimplexSolver().solve(problem, control: control) }
        return try exact.solve(name: "assignment") { (part) throws(TransportError) in try part.assignment(control: control) }
    }

    package func outcome(of problem: TransportProblem, control: SolverControl) throws(TransportError) -> TransportOutcome {
        .converged(try solve(problem, control: control))
    }
}
