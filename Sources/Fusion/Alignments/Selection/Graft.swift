/// What of each parent lives on in a fused network: the neurons kept of every hidden group, and the factor of its part of the logits.
///
/// A graft stands for the parents side by side in one wide network. Weights between neurons of different parents are zero there, so
/// every quantity of the wide network is a sum over parents, and it is never built.
struct Graft: Sendable {
    struct Member: Sendable {
        let parent: Int
        /// By group id, ascending.
        var kept: [Int: [Int]]
        /// The factor of this parent's block of the output layer.
        var scale: Double
    }

    /// In the order of parents, which is the order of their neurons.
    var members: [Member]

    /// The number of neurons of a group.
    func width(_ group: Int) -> Int { members.reduce(0) { $0 + ($1.kept[group]?.count ?? 0) } }

    /// A whole parent.
    static func whole(_ parent: Int, of parents: ParentSet) -> Graft {
        var kept: [Int: [Int]] = [:]
        for group in parents.networks[parent].groups.selectable { kept[group.id] = Array(0..<group.neurons) }
        return Graft(members: [Member(parent: parent, kept: kept, scale: 1)])
    }

    /// Grafts side by side; the logits are the sum of theirs, each times its share.
    static func merged(_ grafts: [Graft], shares: [Double]) -> Graft {
        Graft(
            members: zip(grafts, shares).flatMap { graft, share in
                graft.members.map { Member(parent: $0.parent, kept: $0.kept, scale: $0.scale * share) }
            })
    }

    /// The neurons at the given positions of a group, counted across members, and no others.
    mutating func keep(_ positions: [Int], of group: Int) {
        var start = 0
        for index in members.indices {
            let candidates = members[index].kept[group] ?? []
            members[index].kept[group] = positions.filter { candidates.indices.contains($0 - start) }.map { candidates[$0 - start] }
            start += candidates.count
        }
    }
}
