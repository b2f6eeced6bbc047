/// A plan, its objective, its dual potentials and what can be proven about them.
public struct TransportResult: CertifiedResult, Hashable, Codable {
    package let plan: TransportPlan
    /// The value the solver minimised: transport cost, plus regularisation where the solver has any.
    package let objective: Double
    /// Sum of mass times cost alone.
    package let transportCost: Double
    /// Dual potentials of the rows; for exact solvers sourcePotential[i] + targetPotential[j] ≤ cost[i, j].
    package let sourcePotential: [Double]
    /// Dual potentials of the columns.
    package let targetPotential: [Double]
    public let certificate: Certificate

    package init(
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
