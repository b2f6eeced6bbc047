import Networks

/// Neuron i of every parent is fused neuron i.
public struct IdentityAlignment: GroupwiseAlignment {
    public let parents: ParentSet

    public func couplings(of group: NeuronGroup, given plan: FusionPlan, control: FusionControl) throws -> [Coupling] {
        var couplings: [Coupling] = []
        for (index, network) in parents.networks.enumerated() {
            let own = network.groups.all.first { $0.id == group.id }?.neurons ?? 0
            guard own == group.neurons else {
                throw FusionError.widths(group: group.name, parent: index, neurons: own, reference: group.neurons)
            }
            couplings.append(.identity(parent: index, neurons: own))
        }
        return couplings
    }
}
