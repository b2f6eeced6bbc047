/// User constraints on a plan beyond its marginals.
///
/// A *pinned* pair carries as much mass as its two ends allow, min(source mass, target mass); what is left of the larger end goes
/// elsewhere. A *forbidden* pair carries none.
package struct PlanConstraints: Sendable, Hashable, Codable {
    package var pinned: Set<Pair>
    package var forbidden: Set<Pair>

    package init(pinned: Set<Pair> = [], forbidden: Set<Pair> = []) {
        self.pinned = pinned
        self.forbidden = forbidden
    }

    /// No demands.
    package static let none = PlanConstraints()

    package var isEmpty: Bool { pinned.isEmpty && forbidden.isEmpty }

    func validate(rows: Int, columns: Int) throws(TransportError) {
        for pair in pinned.union(forbidden).sorted()
        where pair.source < 0 || pair.source >= rows || pair.target < 0 || pair.target >= columns {
            throw .pairOutside(pair, rows: rows, columns: columns)
        }
        if let both = pinned.intersection(forbidden).min() { throw .pinnedAndForbidden(both) }
    }
}
