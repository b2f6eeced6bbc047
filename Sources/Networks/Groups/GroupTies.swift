/// What joins neurons of different layers, or keeps those of one layer apart, beyond a layer's own output.
///
/// A network's own groups keep every tie: permuting one of them leaves the function unchanged. Some published methods carry weights along
/// looser groups, for which that does not hold; ``Network/loosened(to:)`` gives those.
package struct GroupTies: OptionSet, Sendable, Hashable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// The inputs of a sum index the same neurons as the sum. Without it a sum's neurons are a group of its own, without producers.
    package static let sums = GroupTies(rawValue: 1)
    /// The neurons of an attention head stay in that head. Without it queries with keys, and values, are one group each over all heads.
    package static let heads = GroupTies(rawValue: 2)

    package static let all: GroupTies = [.sums, .heads]
}

extension Network {
    /// The same network with looser groups; its function is the same.
    package func loosened(to ties: GroupTies) throws(NetworkError) -> Network {
        ties == trace.ties ? self : try Network(architecture, parameters: parameters, ties: ties, keeping: trace.kept)
    }
}
