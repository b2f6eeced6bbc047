import Networks

/// The parents side by side in one network whose logits are the parents' mean, weighted by width: what a transplantation prunes.
///
/// The fusion itself never builds it. It holds the square of the number of parents times a parent's weights between hidden layers, nearly
/// all zeros.
package struct WideNetwork: Sendable {
    private let parents: ParentSet
    /// What it would hold and compute; known before it is built.
    package let cost: NetworkCost

    package init(parents networks: [Network]) throws {
        parents = try ParentSet(networks, reference: 0)
        try parents.requireTransplantable()
        var widths: [Int: Int] = [:]
        for network in networks { for group in network.groups.selectable { widths[group.id, default: 0] += group.neurons } }
        cost = try NetworkCost(of: parents.referenceNetwork, widths: widths)
    }

    /// How much each parent's logits count: its share of the width that the output layer reads.
    package func weights() throws -> [Double] { try graft().members.map(\.scale) }

    /// Builds it, unless it would take more than `limit` bytes.
    package func network(limit: Int = .max, control: FusionControl = FusionControl()) throws -> Network {
        guard cost.bytes <= limit else { throw FusionError.tooLarge(bytes: cost.bytes, limit: limit) }
        let graft = try graft()
        return try parents.transplanted(graft, scales: graft.members.map(\.scale), control: control)
    }

    private func graft() throws -> Graft {
        let settings = try Transplantation.method.settings(preset: "wide")
        var selection = NeuronSelection(parents: parents, settings: GroupSettings(settings), importance: nil, control: FusionControl())
        return try selection.run()
    }
}
