import Networks
import Tensors

extension Network {
    /// The graph for other numbers of neurons, by id of selectable groups: options that count neurons follow them.
    func architecture(widths: [Int: Int]) throws -> Architecture {
        var nodes: [Architecture.Node] = []
        for node in architecture.nodes {
            let counts = countingOptions(of: node, widths: widths).mapValues(OptionValue.int)
            let options = Dictionary(uniqueKeysWithValues: node.layer.options.map { ($0.name, $0.value) })
            guard counts.contains(where: { options[$0.key] != $0.value }) else {
                nodes.append(node)
                continue
            }
            let layer = try LayerCatalogue.make(kind: type(of: node.layer).kind, layer: node.id, options: options.merging(counts) { $1 })
            nodes.append(Architecture.Node(id: node.id, layer: layer, prefix: node.prefix, sources: node.sources, shared: node.shared))
        }
        return try architecture.with(nodes: nodes)
    }

    /// The options of a layer that count neurons, with their values for the given widths: the heads of an attention, the channels of a
    /// depthwise convolution, those that a shortcut adds.
    func countingOptions(of node: Architecture.Node, widths: [Int: Int]) -> [String: Int] {
        if node.layer is Attention {
            guard let heads = groups.all.first(where: { $0.isHeadGroup && $0.reading?.node == node.id }) else { return [:] }
            return ["heads": widths[heads.id] ?? heads.neurons]
        }
        if let convolution = node.layer as? Convolution, convolution.groups > 1, let name = node.parameterName("weight"),
            let shape = parameters[name]?.shape, shape.count == 4, shape[1] == 1
        {
            let filters = max(1, shape[0] / convolution.groups)
            return ["groups": NetworkCost.shape(of: shape, groups.selectableLayouts(of: name), widths: widths)[0] / filters]
        }
        if let shortcut = node.layer as? PadShortcut, let parts = groups.outputs[node.id]?.parts {
            return [
                "before": Self.width(of: parts, entries: shortcut.before, widths),
                "after": Self.width(of: parts.reversed(), entries: shortcut.after, widths),
            ]
        }
        return [:]
    }

    /// Groups that a layer divides its channels into, equal by its nature: the shares of a grouped convolution's output.
    var groupsOfOneWidth: [[Int]] {
        architecture.nodes.compactMap { node in
            guard let convolution = node.layer as? Convolution, convolution.groups > 1, countingOptions(of: node, widths: [:]).isEmpty
            else { return nil }
            return node.parameterName("weight").flatMap { groups.selectableLayouts(of: $0)[0]?.parts.map(\.group) }
        }
    }

    /// The new width of as many leading parts as make up `entries`.
    private static func width(of parts: [AxisLayout.Part], entries: Int, _ widths: [Int: Int]) -> Int {
        var left = entries, width = 0
        for part in parts where left > 0 {
            left -= part.length
            width += (widths[part.group] ?? part.neurons) * part.block
        }
        return width
    }
}
