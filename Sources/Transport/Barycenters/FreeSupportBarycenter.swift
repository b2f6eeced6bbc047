/// A barycenter whose points were free to move.
package struct FreeSupportBarycenter: CertifiedResult, Hashable, Codable {
    /// One point per row.
    package let support: Matrix
    package let masses: [Double]
    /// From each set (rows) to the support (columns).
    package let couplings: [TransportResult]
    /// Σ λ_k ⟨P_k, C_k⟩
    package let objective: Double
    package let certificate: Certificate
}
