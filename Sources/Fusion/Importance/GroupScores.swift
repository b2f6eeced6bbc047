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
    func scores(of group: Int, parent: Int, control: FusionControl) throws(FusionError) -> [Double] {
        if let found = known.withLock({ $0[parent]?[group] }) { return found }
        let network = parents.networks[parent]
        let groups = network.groups.all.filter { $0.role != .input && !$0.isBundle }
        let found = try importance.scores(
            of: network, at: Array(Set(groups.flatMap(\.producers))).sorted(), inputs: inputs, samples: samples, control: control)
        var scores: [Int: [Double]] = [:]
        for group in groups {
            var sum = [Double](repeating: group.producers.isEmpty ? 1 : 0, count: group.neurons)
            for producer in group.producers { for (neuron, score) in (found[producer] ?? []).enumerated() { sum[neuron] += score } }
            scores[group.id] = sum
        }
        let all = scores
        known.withLock { $0[parent] = all }
        return all[group] ?? []
    }
}
