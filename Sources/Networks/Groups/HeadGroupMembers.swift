/// Which head groups can be permuted: those whose neurons are alike to everything that takes several together.
enum HeadGroupMembers {
    /// The head groups with their sequences; several that hold the same groups are one, and those that hold some of the same are none.
    static func permutable(
        _ store: LabelStore, _ partition: LabelPartition
    ) -> [(headGroup: LabelStore.HeadGroup, sequences: [[AxisLayout]])] {
        guard !store.headGroups.isEmpty else { return [] }
        let found = store.headGroups.map { ($0, $0.sequences.map { $0.map { partition.layout(of: $0) } }) }
        let sets = Set(store.sets).map { partition.counts(of: $0) }
        var held: [[Int]: Int] = [:], uses: [Int: Int] = [:]
        for (_, sequences) in found {
            let members = members(of: sequences), key = members.flatMap { $0 }
            guard held[key] == nil else { continue }
            held[key] = members.count
            for id in Set(key) { uses[id, default: 0] += 1 }
        }
        var taken: Set<[Int]> = []
        return found.filter { _, sequences in
            let members = members(of: sequences), key = members.flatMap { $0 }
            guard key.allSatisfy({ uses[$0] == 1 }), taken.insert(key).inserted, let first = members.first else { return false }
            return sets.allSatisfy { counts in
                members.allSatisfy { $0.count == first.count && zip($0, first).allSatisfy { counts[$0] == counts[$1] } }
            }
        }.map { ($0, $1) }
    }

    /// What each neuron of a head group holds.
    static func members(of sequences: [[AxisLayout]]) -> [[Int]] {
        guard let first = sequences.first else { return [] }
        return first.indices.map { place in sequences.flatMap { $0.indices.contains(place) ? $0[place].parts.map(\.group) : [] } }
    }
}
