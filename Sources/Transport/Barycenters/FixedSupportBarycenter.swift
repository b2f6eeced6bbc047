/// A barycenter on given points.
public struct FixedSupportBarycenter: CertifiedResult, Hashable, Codable {
    /// Masses of the support points, of sum one.
    public let masses: [Double]
    /// From each distribution (rows) to the support (columns).
    public let couplings: [TransportPlan]
    /// Σ λ_k ⟨P_k, C_k⟩
    public let objective: Double
    public let certificate: Certificate
}
