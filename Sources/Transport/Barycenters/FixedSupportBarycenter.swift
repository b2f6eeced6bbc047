/// A barycenter on given points.
package struct FixedSupportBarycenter: CertifiedResult, Hashable, Codable {
    /// Masses of the support points, of sum one.
    package let masses: [Double]
    /// From each distribution (rows) to the support (columns).
    package let couplings: [TransportPlan]
    /// Σ λ_k ⟨P_k, C_k⟩
    package let objective: Double
    package let certificate: Certificate
}
