/// A plan, its objective, its dual potentials and what can be proven about them.
public struct TransportResult: CertifiedResult, Hashable, Codable {
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
