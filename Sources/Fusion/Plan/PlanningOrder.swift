import Networks
import Tensors

extension NeuronGroups {
    /// All groups but the input's and the heads of attention, in the order of the network.
    var withoutHeadGroups: [NeuronGroup] { all.filter { !$0.keepsOrder && !$0.isHeadGroup } }

    /// The groups in the order in which they are planned: as the network computes them, but heads before the neurons inside them.
    var planningOrder: [NeuronGroup] {
        var order: [NeuronGroup] = [], placed: Set<Int> = []
        for group in all where !group.isHeadGroup {
            for headGroup in all
            where headGroup.isHeadGroup && headGroup.members.joined().contains(group.id) && placed.insert(headGroup.id).inserted {
                order.append(headGroup)
            }
            order.append(group)
        }
        return order.filter { !$0.keepsOrder }
    }

    /// The headGroup that holds a group, with the group's head and its place there.
    func holder(of id: Int) -> (headGroup: NeuronGroup, head: Int, place: Int)? {
        for headGroup in all where headGroup.isHeadGroup {
            for (head, members) in headGroup.members.enumerated() {
                if let place = members.firstIndex(of: id) { return (headGroup, head, place) }
            }
        }
        return nil
    }
}

extension Network {
    /// The same network with its neurons carried along maps that may change its widths.
    func aligned(along maps: [Int: NeuronMap]) throws -> Network {
        var widths: [Int: Int] = [:]
        for (id, map) in maps { widths[id] = map.neurons(from: groups[id]?.neurons ?? 0) }
        let architecture = try architecture(widths: widths)
        var carried: [String: Tensor] = [:]
        for name in parameterNames { carried[name] = try groups.carried(parameter(name), parameter: name, along: maps) }
        return try Network(architecture, parameters: carried, ties: trace.ties)
    }
}
