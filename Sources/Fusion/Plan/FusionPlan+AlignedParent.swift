import Networks
import Tensors

extension FusionPlan {
    /// A parent in the fused network's neuron order, by itself: its weights carried along its couplings, each fused neuron a mean of the
    /// parent's. Where a plan is a permutation the function is the parent's own.
    ///
    /// - Throws: `widths` where a fused neuron has no part of this parent, so that nothing could stand in its place.
    public func aligned(parent: Int, of parents: ParentSet) throws -> Network {
        guard parents.networks.indices.contains(parent) else { throw FusionError.tooFewParents(parents.count) }
        let network = parents.networks[parent]
        var maps: [Int: NeuronMap] = [:]
        for (id, map) in self.maps(of: parent) { maps[id] = try ownMap(map, group: id, parent: parent) }
        var carried: [String: Tensor] = [:]
        for name in parents.referenceNetwork.parameterNames {
            let own = parents.name(of: name, in: parent)
            var value = try network.parameter(own)
            guard try value.dtype().isFloatingPoint else {
                carried[name] = value
                continue
            }
            for (axis, layout) in (network.groups.layouts[own] ?? [:]).sorted(by: { $0.key < $1.key }) {
                let whole = value
                value = try network.groups.carried(whole, axis: axis, layout: layout, along: maps)
            }
            let result = value
            carried[name] = try result.converted(to: network.parameters[own]?.dtype() ?? .float32)
        }
        let all = carried
        return try parents.referenceNetwork.with(parameters: all)
    }

    /// The map with columns that sum to one by themselves.
    private func ownMap(_ map: NeuronMap, group: Int, parent: Int) throws -> NeuronMap {
        if case .scaled(let sources, _) = map {
            let all = sources.compactMap(\.self)
            guard all.count == sources.count else {
                throw FusionError.widths(
                    group: self[group: group]?.group.name ?? "\(group)", parent: parent, neurons: all.count, reference: sources.count)
            }
            return .selection(all)
        }
        guard case .mixture(let matrix) = map else { return map }
        let sums = try matrix.sum(axes: [0], keepingAxes: true)
        guard try sums.minimum().item() > 0 else {
            throw FusionError.widths(
                group: self[group: group]?.group.name ?? "\(group)", parent: parent, neurons: matrix.shape[0], reference: matrix.shape[1])
        }
        return .mixture(try matrix / sums)
    }
}
