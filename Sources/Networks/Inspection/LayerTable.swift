/// One row of the table that `inspect` prints for a network, as torchinfo does.
package struct LayerRow: Sendable, Equatable {
    package let id: String
    /// The kind with its options, such as "conv2d stride 2×2".
    package let kind: String
    /// The layers whose outputs come in.
    package let sources: [String]
    /// One sample's output.
    package let outputShape: [Int]
    package let parameters: [Parameter]
    /// The number of trained numbers.
    package let parameterCount: Int
    /// Multiply-adds for one sample.
    package let multiplyAdds: Int

    package struct Parameter: Sendable, Equatable {
        package let name: String
        package let shape: [Int]
    }
}

/// One row of the list of neuron groups.
package struct GroupRow: Sendable, Equatable {
    package let name: String
    package let role: NeuronGroup.Role
    package let neurons: Int
    /// Every axis that indexes the group: "fc1.weight/0", with the entries it takes where it is not the whole axis.
    package let axes: [String]
}

extension Network {
    /// The layers with their shapes, parameters and costs, in the order of computation.
    package var layerRows: [LayerRow] {
        zip(architecture.nodes, trace.layers).map { node, layer in
            // An operation's arguments are its file's; the name tells what it does.
            let options =
                ((node.layer as? Operation).map { ["\($0.name)"] } ?? node.layer.options.map { "\($0.name) \($0.value.inWords)" })
                + node.shared.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
            return LayerRow(
                id: layer.id, kind: ([layer.kind] + options).joined(separator: " "), sources: node.sources, outputShape: layer.outputShape,
                parameters: layer.parameters.map { LayerRow.Parameter(name: $0.fullName, shape: $0.shape) },
                parameterCount: layer.parameters.filter { $0.role == .trained && !$0.isShared }.reduce(0) { $0 + $1.shape.reduce(1, *) },
                multiplyAdds: layer.multiplyAdds)
        }
    }

    /// The neuron groups, in the order in which the network computes them.
    package var groupRows: [GroupRow] {
        let shapes = Dictionary(
            trace.layers.flatMap { $0.parameters.map { ($0.fullName, $0.shape) } }, uniquingKeysWith: { first, _ in first })
        return groups.all.map { group in
            GroupRow(
                name: group.name, role: group.role, neurons: group.neurons,
                axes: group.axes.map { axis in
                    let length = group.neurons * axis.block
                    let isWhole = shapes[axis.parameter].map { $0.indices.contains(axis.axis) && $0[axis.axis] == length } ?? false
                    let block = axis.block == 1 ? "" : " in blocks of \(axis.block)"
                    return "\(axis.parameter)/\(axis.axis)" + (isWhole ? "" : "[\(axis.offset)..<\(axis.offset + length)]") + block
                })
        }
    }
}

extension OptionValue {
    /// The value as a table shows it.
    public var inWords: String {
        switch self {
        case .int(let value): String(value)
        case .ints(let values):
            Set(values).count == 1 && values.count == 2 ? String(values[0]) : values.map(String.init).joined(separator: "×")
        case .real(let value): "\(value)"
        case .bool(let value): value ? "yes" : "no"
        case .string(let value): value
        }
    }
}
