/// Tied parameters: what is one tensor under two names.
extension Architecture {
    /// The names under which shared parameters stand a second time in a state dict, with the names that the network has them under.
    public var aliases: [(name: String, original: String)] {
        nodes.flatMap { node in
            node.layer.parameters.compactMap { declared in
                guard let original = node.shared[declared.name], let name = node.ownName(declared.name), name != original else {
                    return nil
                }
                return (name, original)
            }
        }
    }

    /// The same graph in which the parameters called by the keys are those called by the values.
    public func sharing(_ originals: [String: String]) throws(NetworkError) -> Architecture {
        guard !originals.isEmpty else { return self }
        return try naming { node, parameter in node.parameterName(parameter).flatMap { originals[$0] } }
    }

    /// The same graph with other names for some parameters; a node's own name, or nil, leaves a parameter as it is.
    func naming(_ name: (Node, String) -> String?) throws(NetworkError) -> Architecture {
        let renamed = nodes.map { node in
            var shared = node.shared
            for declared in node.layer.parameters {
                guard let other = name(node, declared.name) else { continue }
                shared[declared.name] = other == node.ownName(declared.name) ? nil : other
            }
            return Node(id: node.id, layer: node.layer, prefix: node.prefix, sources: node.sources, shared: shared)
        }
        return try with(nodes: renamed)
    }

    /// The same architecture with other nodes, another input shape or other assumptions.
    package func with(
        nodes: [Node]? = nil, inputShape: [Int]? = nil, assumptions: [String]? = nil
    ) throws(NetworkError) -> Architecture {
        try Architecture(
            family: family, inputShape: inputShape ?? self.inputShape, nodes: nodes ?? self.nodes,
            assumptions: assumptions ?? self.assumptions,
            constants: constants, elements: elements, task: task)
    }

    /// A layer's use of a parameter: the layer's place in the graph, and the name that it declares.
    struct Use: Hashable {
        let node: Int
        let parameter: String
    }

    /// For every use of a parameter that `isPresent`, the first use of the same one.
    func firstUses(_ isPresent: (String) -> Bool) -> [Use: Use] {
        var first: [String: Use] = [:], uses: [Use: Use] = [:]
        for (place, node) in nodes.enumerated() {
            for declared in node.layer.parameters {
                guard let name = node.parameterName(declared.name), isPresent(name) else { continue }
                let use = Use(node: place, parameter: declared.name)
                uses[use] = first[name] ?? use
                first[name] = first[name] ?? use
            }
        }
        return uses
    }
}

extension Network {
    /// For every use of a parameter the first use of the same one; two networks whose tables agree are tied alike.
    var firstUses: [Architecture.Use: Architecture.Use] { architecture.firstUses { parameters[$0] != nil } }

    /// Names of the parameters that more than one layer uses.
    public var sharedNames: Set<String> { Set(trace.layers.flatMap { $0.parameters.filter(\.isShared).map(\.fullName) }) }

    /// The layers that use a shared parameter, in order.
    public var tiedLayers: [String] {
        let shared = sharedNames
        return shared.isEmpty ? [] : trace.layers.filter { $0.parameters.contains { shared.contains($0.fullName) } }.map(\.id)
    }

    /// Whether two networks of one graph share the same parameters between the same layers.
    public func isTied(like other: Network) -> Bool { firstUses == other.firstUses }
}
