/// Where an iterative solver stands.
package struct SolverProgress: Sendable {
    package let iteration: Int
    /// The current marginal error, as in the certificate.
    package let error: Double
    /// The regularisation in use now, while annealing; nil for solvers without.
    package let epsilon: Double?
    /// The plan at this point, for key frames only.
    package let plan: TransportPlan?
}
