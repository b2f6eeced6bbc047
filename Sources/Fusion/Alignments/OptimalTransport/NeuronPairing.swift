/// A parent's neurons of one group.
struct GroupNeurons: Hashable, Sendable {
    /// The place in the set of parents.
    let parent: Int
    /// The id of that network's group.
    let group: Int
}

/// Neurons that are compared with others: of one group in two parents, as a rule; of two heads; of one parent with themselves.
struct NeuronPairing: Hashable, Sendable {
    let source: GroupNeurons
    let target: GroupNeurons

    /// What orders pairings the same way in every process.
    var numbers: [Int] { [source.parent, source.group, target.parent, target.group] }
}
