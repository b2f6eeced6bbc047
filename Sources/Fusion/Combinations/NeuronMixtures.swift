import Networks
import Tensors
import Transport

/// What every fused neuron is of the parents' neurons: a weighted mean of those that a plan sends to it, or the only one.
struct NeuronMixtures: Sendable {
    private let parents: ParentSet
    /// By parent, then group id; the columns of a group sum to one over all parents.
    private let maps: [[Int: NeuronMap]]

    /// - Parameter weights: how much each parent counts where the plan's maps are each parent's own; nil where the maps hold that.
    init(_ plan: FusionPlan, parents: ParentSet, weights: [Double]? = nil) throws {
        self.parents = parents
        var maps = parents.networks.indices.map { plan.maps(of: $0) }
        // Inside a head that is carried as a whole each parent's own map is a mean; the heads' map has the parents' weights.
        let held = Set(plan.groups.filter(\.group.isHeadGroup).flatMap { $0.group.members.joined() })
        for planned in plan.groups {
            let id = planned.group.id
            if maps.allSatisfy({ if case .scattered? = $0[id] { true } else { false } }) { continue }
            var matrices: [Matrix] = []
            for (parent, own) in maps.enumerated() {
                var matrix = try (own[id] ?? .identity).matrix(neurons: parents.networks[parent].groups[id]?.neurons ?? 0)
                let weight = held.contains(id) ? 1 : weights?[parent] ?? 1
                for index in matrix.values.indices { matrix.values[index] *= weight }
                matrices.append(matrix)
            }
            let columns = matrices.map(\.columnSums)
            for parent in matrices.indices {
                for column in 0..<matrices[parent].columns {
                    let total = held.contains(id) ? columns[parent][column] : columns.reduce(0) { $0 + $1[column] }
                    guard total > 0 else { continue }
                    for row in 0..<matrices[parent].rows { matrices[parent][row, column] /= total }
                }
                maps[parent][id] = try .mixture(matrices[parent])
            }
        }
        self.maps = maps
    }

    /// The fused neurons' values of a layer, or of the sum that it ends in.
    ///
    /// - Parameters:
    ///   - values: each parent's, [batch, neurons, positions…].
    ///   - node: the node that gave them, and `weight` the layer's that ends there, as the reference calls them.
    func mixed(_ values: [Tensor], at node: String, weight: String) throws -> Tensor {
        var sum: Tensor?
        for (parent, value) in values.enumerated() {
            let groups = parents.networks[parent].groups, own = parents.node(node, in: parent)
            let isLayer = groups.outputs[own] == nil || node == self.node(of: weight)
            let carried =
                if !isLayer, let layout = groups.outputs[own] {
                    try groups.carried(value, axis: 1, layout: layout, along: maps[parent])
                } else {
                    try groups.carried(value, axis: 1, as: parents.name(of: weight, in: parent), 0, along: maps[parent])
                }
            let before = sum
            sum = if let before { try before + carried } else { carried }
        }
        guard let sum else { throw FusionError.tooFewParents(0) }
        return sum
    }

    /// The layer that a weight belongs to.
    private func node(of weight: String) -> String? {
        parents.referenceNetwork.architecture.nodes.first { $0.parameterName("weight") == weight }?.id
    }
}
