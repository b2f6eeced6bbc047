/// A barycenter whose points were free to move.
public struct FreeSupportBarycenter: CertifiedResult, Hashable, Codable {
    /// One point per row.
    public let support: Matrix
    public let masses: [Double]
    /// From each set (rows) to the support (columns).
    public let couplings: [TransportResult]
    /// Σ λ_k ⟨P_k, C_k⟩
    public let objective: Double
    public let certificate: Certificate
}
