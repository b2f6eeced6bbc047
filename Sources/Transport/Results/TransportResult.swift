/// A plan, its objective, its dual potentials and what can be proven about them.
public struct TransportResult: Sendable, Hashable, Codable {
    public let plan: TransportPlan
    /// The value the solver minimised: transport cost, plus regularisation where the solver has any.
    public let objective: Double
    /// Sum of mass times cost alone.
    public let transportCost: Double
    /// Dual potentials of the rows; for exact solvers sourcePotential[i] + targetPotential[j] ≤ cost[i, j].
    public let sourcePotential: [Double]
    /// Dual potentials of the columns.
    public let targetPotential: [Double]
    public let certificate: Certificate

    public init(
        plan: TransportPlan, objective: Double, transportCost: Double, sourcePotential: [Double], targetPotential: [Double],
        certificate: Certificate
    ) {
        self.plan = plan
        self.objective = objective
        self.transportCost = transportCost
        self.sourcePotential = sourcePotential
        self.targetPotential = targetPotential
        self.certificate = certificate
    }
}

/// What an iterative solver returns: the caller must look whether it converged before there is a plan to use.
public enum TransportOutcome: Sendable, Hashable {
    case converged(TransportResult)
    /// The best plan so far, with its errors in the certificate.
    case unconverged(TransportResult, tolerance: Double)

    /// The result, or an error where the solver ended early.
    public func requireConverged() throws(TransportError) -> TransportResult {
        switch self {
        case .converged(let result): return result
        case .unconverged(let result, let tolerance):
            let certificate = result.certificate
            throw .notConverged(
                solver: certificate.solver, iterations: certificate.iterations, residual: certificate.residual,
                tolerance: tolerance)
        }
    }

    /// The result as it is; for callers that show the certificate to a person.
    public var resultWhetherOrNotConverged: TransportResult {
        switch self {
        case .converged(let result), .unconverged(let result, _): result
        }
    }

    public var isConverged: Bool {
        if case .converged = self { true } else { false }
    }
}

/// Anything that turns a problem into a plan.
public protocol TransportSolver: Sendable {
    /// The method's name, as it stands in certificates.
    var name: String { get }
    func outcome(of problem: TransportProblem, control: SolverControl) throws(TransportError) -> TransportOutcome
}
