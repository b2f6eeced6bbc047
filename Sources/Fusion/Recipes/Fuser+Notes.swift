import Networks

extension Fuser {
    /// What an attention of exported graphs assumes of parents whose heads have other widths, in a sentence.
    static func headNotes(_ networks: [Network]) -> [String] {
        let hasAttention = networks.first?.architecture.nodes.contains {
            ($0.layer as? Operation)?.name.base == "scaled_dot_product_attention"
        }
        guard hasAttention == true, Set(networks.map { $0.groups.hidden.map(\.neurons) }).count > 1 else { return [] }
        return [
            "the parents' widths differ: an attention divides its scores by the square root of a head's width, and the fused network does so by its own"
        ]
    }

    /// What is to be said of parents with a common start, in a sentence.
    static func siblingNotes(_ networks: [Network], method: String) throws -> [String] {
        guard networks.count > 1 else { return [] }
        // Parents that do not fit together are the method's to refuse.
        guard let parents = try? ParentSet(networks, reference: networks.count - 1), let siblings = try Siblings(parents) else { return [] }
        return [siblings.note(method: method)]
    }

    /// Which parameters stay tied, in a sentence.
    static func tieNotes(_ networks: [Network]) -> [String] {
        // Once each, however many layers use it.
        var seen: Set<String> = []
        let aliases =
            networks.first?.architecture.aliases.filter { networks[0].parameters[$0.original] != nil && seen.insert($0.name).inserted }
            ?? []
        guard !aliases.isEmpty else { return [] }
        let shown = aliases.prefix(4).map { "\($0.name) and \($0.original)" }.joined(separator: ", ")
        return ["tied parameters stay tied: \(shown)\(aliases.count > 4 ? " and \(aliases.count - 4) more" : "")"]
    }
}
