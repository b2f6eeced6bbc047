import Networks
import Tensors

extension Network {
    /// The graph for other numbers of neurons, by id of selectable groups: options that count neurons follow them.
    ///
    /// - Throws: ``NetworkError/operation(node:name:reason:)`` where an operation of an exported graph has sizes that count neurons.
    func architecture(widths: [Int: Int]) throws -> Architecture {
        try refuseLiteralSizes(widths)
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

    /// Sizes in an exported graph are numbers: they hold for the widths that it was exported with.
    private func refuseLiteralSizes(_ widths: [Int: Int]) throws {
        let changed = Set(groups.all.filter { widths[$0.id].map { [own = $0.neurons] width in width != own } ?? false }.map(\.id))
        guard !changed.isEmpty else { return }
        let ranks = Dictionary(trace.layers.map { ($0.id, $0.outputShape.count) }, uniquingKeysWith: { first, _ in first })
        for node in architecture.nodes {
            guard let operation = node.layer as? Operation, operation.hasLiteralSizes else { continue }
            // Of rows and tokens the groups are known.
            let values = [node.id] + node.sources.filter { $0 != Architecture.input }
            let isFree = values.allSatisfy { id in
                guard ranks[id] ?? 3 <= 2 else { return false }
                return groups.outputs[id].map { layout in layout.parts.allSatisfy { !changed.contains($0.group) } } ?? false
            }
            guard !isFree else { continue }
            throw NetworkError.operation(
                node: node.id, name: "\(operation.name)",
                reason:
                    "its sizes are numbers of the exported graph, so the fused network keeps the reference's widths: set width=1, or export a network of the width and name it with --architecture"
            )
        }
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
