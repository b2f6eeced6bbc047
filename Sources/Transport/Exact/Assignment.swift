/// Which column each row is given, with the dual potentials that prove it optimal.
package struct Assignment: Sendable, Hashable, Codable {
    /// Column of each row; nil for unassigned rows where there are more rows than columns.
    package let columns: [Int?]
    /// Sum of the chosen costs.
    package let objective: Double
    /// Dual potentials: rowPotential[i] + columnPotential[j] ≤ cost[i, j], with equality where row i has column j.
    package let rowPotential: [Double]
    package let columnPotential: [Double]
    package let certificate: Certificate
}
