/// What following shapes and neuron groups through a graph has found.
public struct NetworkTrace: Sendable {
    /// One node with its shapes and costs.
    public struct Layer: Sendable {
        public struct Parameter: Sendable {
            public let fullName: String
            /// The name that the layer's kind declares, whatever the checkpoint calls it: "weight" for `in_proj_weight`.
            public let name: String
            public let shape: [Int]
            public let role: ParameterDeclaration.Role
            /// The axis of what the parameter computes; nil for one that only scales or shifts.
            public let outputAxis: Int?
            /// Whether an earlier layer has the same parameter: it is the network's once.
            public let isShared: Bool
        }

        public let id: String
        public let kind: String
        public let outputShape: [Int]
        /// The axis of the output that indexes neurons: 0 for values and images, 1 for tokens.
        public let neuronAxis: Int
        public let parameters: [Parameter]
        /// For one sample.
        public let multiplyAdds: Int
    }

    public let layers: [Layer]
    public let groups: NeuronGroups
    /// What joined the neurons into these groups.
    public let ties: GroupTies

    /// Every parameter once, where it is first used.
    public var parameters: [Layer.Parameter] { layers.flatMap { $0.parameters.filter { !$0.isShared } } }
    public var parameterNames: [String] { parameters.map(\.fullName) }
    /// The number of trained numbers.
    public var trainedCount: Int { parameters.filter { $0.role == .trained }.reduce(0) { $0 + $1.shape.reduce(1, *) } }
    public var multiplyAdds: Int { layers.reduce(0) { $0.addingReportingOverflow($1.multiplyAdds).overflow ? .max : $0 + $1.multiplyAdds } }

    /// The number of outputs: the classes of a classifier.
    public var outputWidth: Int { layers.last?.outputShape.reduce(1, *) ?? 0 }

    public init(of architecture: Architecture, shapes: [String: [Int]], ties: GroupTies = .all) throws(NetworkError) {
        self = try lifting { try NetworkTrace(following: architecture, shapes, ties) }
    }

    private init(following architecture: Architecture, _ shapes: [String: [Int]], _ ties: GroupTies) throws {
        self.ties = ties
        var store = LabelStore()
        let input = store.make(name: Architecture.input, neurons: architecture.inputShape[0])
        store.fix(input)
        var features: [String: Features] = [Architecture.input: Features(shape: architecture.inputShape, layout: input)]
        var layers: [Layer] = [], seen: Set<String> = []
        for node in architecture.nodes {
            var scope = TraceScope(layer: node.id, node: node, shapes: shapes, ties: ties, labels: store)
            // One owner at a time: the store is moved into the scope and back, not copied for every layer.
            store = LabelStore()
            let inputs = node.sources.compactMap { features[$0] }
            let output = try node.layer.trace(inputs, &scope)
            guard Features.count(output.shape) != nil else {
                throw NetworkError.input(
                    layer: node.id, expected: "options that give at most \(Features.largest) values",
                    found: NetworkError.shape(output.shape))
            }
            features[node.id] = output
            store = scope.labels
            let parameters = node.layer.parameters.compactMap { declared in
                node.parameterName(declared.name).flatMap { name in
                    shapes[name].map {
                        Layer.Parameter(
                            fullName: name, name: declared.name, shape: $0, role: declared.role, outputAxis: declared.outputAxis,
                            isShared: !seen.insert(name).inserted)
                    }
                }
            }
            layers.append(
                Layer(
                    id: node.id, kind: type(of: node.layer).kind, outputShape: output.shape, neuronAxis: output.axis,
                    parameters: parameters,
                    multiplyAdds: scope.multiplyAdds))
        }
        self.layers = layers
        try store.settleElements()
        groups = try NeuronGroups(store, architecture: architecture, features: features, layers: layers)
    }
}
