import Networks
import Tensors

extension NeuronGroups {
    /// The groups in the order in which they are planned: as the network computes them, but heads before the neurons inside them.
    var planningOrder: [NeuronGroup] {
        var order: [NeuronGroup] = [], placed: Set<Int> = []
        for group in all where !group.isHeadGroup {
            for bundle in all where bundle.isHeadGroup && bundle.members.joined().contains(group.id) && placed.insert(bundle.id).inserted {
                order.append(bundle)
            }
            order.append(group)
        }
        return order.filter { $0.role != .input }
    }

    /// The bundle that holds a group, with the group's head and its place there.
    func holder(of id: Int) -> (bundle: NeuronGroup, head: Int, place: Int)? {
        for bundle in all where bundle.isHeadGroup {
            for (head, members) in bundle.members.enumerated() {
                if let place = members.firstIndex(of: id) { return (bundle, head, place) }
            }
        }
        return nil
    }
}

extension Network {
    /// The same network with its neurons carried along maps that may change its widths.
    func aligned(along maps: [Int: NeuronMap]) throws(FusionError) -> Network {
        var widths: [Int: Int] = [:]
        for (id, map) in maps { widths[id] = map.neurons(from: groups[id]?.neurons ?? 0) }
        let architecture = try architecture(widths: widths)
        return try networks { () throws(NetworkError) in
            var carried: [String: Tensor] = [:]
            for name in parameterNames { carried[name] = try groups.carried(parameter(name), parameter: name, along: maps) }
            return try Network(architecture, parameters: carried, ties: trace.ties)
        }
    }
}
