/// Which column each row is given, with the dual potentials that prove it optimal.
public struct Assignment: Sendable, Hashable, Codable {
    /// Column of each row; nil for unassigned rows where there are more rows than columns.
    public let columns: [Int?]
    /// Sum of the chosen costs.
    public let objective: Double
    /// Dual potentials: rowPotential[i] + columnPotential[j] ≤ cost[i, j], with equality where row i has column j.
    public let rowPotential: [Double]
    public let columnPotential: [Double]
    public let certificate: Certificate
}
