/// Anything that turns a problem into a plan.
package protocol TransportSolver: Sendable {
    /// The method's name, as it stands in certificates.
    var name: String { get }
    func outcome(of problem: TransportProblem, control: SolverControl) throws(TransportError) -> TransportOutcome
}
