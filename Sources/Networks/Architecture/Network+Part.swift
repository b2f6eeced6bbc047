import Tensors

extension Network {
    /// The outputs of `wanted` nodes, computed from the values of `known` ones; only what lies between is computed.
    ///
    /// Both are keyed by node id; `Architecture.input` is the network's input. A known value stands in for whatever the network itself
    /// would compute there. `parameters`, by full name, stand in for the network's own: the variables of a fit.
    public func outputs(
        of wanted: Set<String>, from known: [String: Tensor], parameters replaced: [String: Tensor] = [:], mode: ForwardMode = .evaluating
    ) throws(NetworkError) -> [String: Tensor] {
        var needed = wanted.subtracting(known.keys)
        for node in architecture.nodes.reversed() where needed.contains(node.id) {
            needed.formUnion(node.sources.filter { known[$0] == nil })
        }
        var uses: [String: Int] = [:]
        for node in architecture.nodes where needed.contains(node.id) { for source in node.sources { uses[source, default: 0] += 1 } }
        var values = known
        for node in architecture.nodes where needed.contains(node.id) {
            var inputs: [Tensor] = []
            for source in node.sources {
                guard let value = values[source] else { throw .graph(reason: "nothing has computed “\(source)”") }
                inputs.append(value)
                uses[source, default: 1] -= 1
                if uses[source] == 0, !wanted.contains(source) { values[source] = nil }
            }
            let view = ParameterView(layer: node.id) { [parameters] name in
                guard let prefix = node.prefix else { return nil }
                let full = prefix.isEmpty ? name : "\(prefix).\(name)"
                return replaced[full] ?? parameters[full]
            }
            values[node.id] = try node.layer.forward(inputs, view, mode)
        }
        return values.filter { wanted.contains($0.key) }
    }

    /// The node whose output is the logits: the network's output, or what goes into its log-softmax.
    public var logitNode: Architecture.Node {
        let output = architecture.output
        guard output.layer is LogSoftmax, let source = output.sources.first else { return output }
        return architecture.nodes.first { $0.id == source } ?? output
    }
}
