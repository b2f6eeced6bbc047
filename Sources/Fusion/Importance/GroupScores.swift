import Networks
import Synchronization

/// The importance of every neuron of every parent, computed once for all groups of a parent.
final class GroupScores: Sendable {
    let parents: ParentSet
    let importance: Importance
    private let inputs: (any InputSource)?
    private let samples: Int
    private let known = Mutex<[Int: [Int: [Double]]]>([:])

    init(parents: ParentSet, importance: Importance, inputs: (any InputSource)?, samples: Int) {
        self.parents = parents
        self.importance = importance
        self.inputs = inputs
        self.samples = samples
    }

    /// The scores of a parent's neurons of a group, read before the nonlinearity; a group that several layers give has those of all added.
    func scores(of group: Int, parent: Int, control: FusionControl) throws -> [Double] {
        if let found = known.withLock({ $0[parent]?[group] }) { return found }
        let network = parents.networks[parent]
        let groups = network.groups.all.filter { !$0.keepsOrder && !$0.isHeadGroup }
        let found = try importance.scores(
            of: network, at: Array(Set(groups.flatMap { $0.scored(in: network).map(\.node) })).sorted(), inputs: inputs, samples: samples,
            control: control)
        var scores: [Int: [Double]] = [:]
        for group in groups {
            let places = group.scored(in: network)
            var sum = [Double](repeating: places.isEmpty ? 1 : 0, count: group.neurons)
            for place in places {
                let values = found[place.node] ?? []
                for entry in 0..<group.neurons * place.block where values.indices.contains(place.offset + entry) {
                    sum[entry / place.block] += values[place.offset + entry]
                }
            }
            scores[group.id] = sum
        }
        let all = scores
        known.withLock { $0[parent] = all }
        return all[group] ?? []
    }
}

extension NeuronGroup {
    /// Where the group's importance is read: at all layers that give it and nothing else, or at the part of a layer that does. Empty
    /// inside attention, where no layer's output is the group.
    func scored(in network: Network) -> [Reading] {
        guard producers.isEmpty else { return producers.map { Reading(node: $0, offset: 0, block: 1) } }
        guard !isHeadGroup, let reading, let layer = network.architecture.nodes.first(where: { $0.id == reading.node })?.layer,
            layer is Linear || layer is Convolution
        else { return [] }
        return [reading]
    }
}
