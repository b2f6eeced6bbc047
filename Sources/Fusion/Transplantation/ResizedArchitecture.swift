import Networks
import Tensors

extension Network {
    /// The graph for other numbers of neurons, by id of selectable groups: options that count neurons follow them, which are the heads of
    /// an attention and the channels of a depthwise convolution.
    func architecture(widths: [Int: Int]) throws(FusionError) -> Architecture {
        var nodes: [Architecture.Node] = []
        for node in architecture.nodes {
            guard let (option, value) = countingOption(of: node, widths: widths) else {
                nodes.append(node)
                continue
            }
            var options = Dictionary(uniqueKeysWithValues: node.layer.options.map { ($0.name, $0.value) })
            guard options[option] != .int(value) else {
                nodes.append(node)
                continue
            }
            options[option] = .int(value)
            let layer = try networks { () throws(NetworkError) in try LayerCatalogue.make(kind: type(of: node.layer).kind, layer: node.id, options: options) }
            nodes.append(Architecture.Node(id: node.id, layer: layer, prefix: node.prefix, sources: node.sources))
        }
        let changed = nodes
        return try networks { () throws(NetworkError) in
            try Architecture(family: architecture.family, inputShape: architecture.inputShape, nodes: changed, assumptions: architecture.assumptions)
        }
    }

    /// The option of a layer that counts neurons, and its value for the given widths.
    func countingOption(of node: Architecture.Node, widths: [Int: Int]) -> (name: String, value: Int)? {
        if let attention = node.layer as? Attention {
            let heads = groups.all.first { $0.isBundle && $0.reading?.node == node.id }
            return ("heads", heads.map { widths[$0.id] ?? $0.neurons } ?? attention.heads)
        }
        guard let convolution = node.layer as? Convolution, convolution.groups > 1, let name = node.parameterName("weight"),
            let shape = parameters[name]?.shape, shape.count == 4, shape[1] == 1
        else { return nil }
        let filters = max(1, shape[0] / convolution.groups)
        return ("groups", NetworkCost.shape(of: shape, groups.selectableLayouts(of: name), widths: widths)[0] / filters)
    }
}
