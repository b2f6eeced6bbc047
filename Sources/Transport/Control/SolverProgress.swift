/// Where an iterative solver stands.
public struct SolverProgress: Sendable {
    public let iteration: Int
    /// The current marginal error, as in the certificate.
    public let error: Double
    /// The regularisation in use now, while annealing; nil for solvers without.
    public let epsilon: Double?
    /// The plan at this point, for key frames only.
    public let plan: TransportPlan?
}
