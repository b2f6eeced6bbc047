/// What following shapes and neuron groups through a graph has found.
public struct NetworkTrace: Sendable {
    /// One node with its shapes and costs.
    public struct Layer: Sendable {
        public struct Parameter: Sendable {
            public let fullName: String
            public let shape: [Int]
            public let role: ParameterDeclaration.Role
        }

        public let id: String
        public let kind: String
        public let outputShape: [Int]
        public let parameters: [Parameter]
        /// For one sample.
        public let multiplyAdds: Int
    }

    public let layers: [Layer]
    public let groups: NeuronGroups

    public var parameterNames: [String] { layers.flatMap { $0.parameters.map(\.fullName) } }
    public var multiplyAdds: Int { layers.reduce(0) { $0 + $1.multiplyAdds } }

    /// The number of classes.
    public var outputWidth: Int { layers.last?.outputShape.reduce(1, *) ?? 0 }

    public init(of architecture: Architecture, shapes: [String: [Int]]) throws(NetworkError) {
        var builder = GroupBuilder()
        let channels = architecture.inputShape[0]
        let inputGroup = builder.make(name: Architecture.input, neurons: channels)
        var features: [String: Features] = [
            Architecture.input: Features(shape: architecture.inputShape, layout: AxisLayout(group: inputGroup, neurons: channels))
        ]
        var layers: [Layer] = []
        for node in architecture.nodes {
            var scope = TraceScope(layer: node.id, prefix: node.prefix, shapes: shapes, groups: builder)
            let inputs = node.sources.compactMap { features[$0] }
            let output = try node.layer.trace(inputs, &scope)
            features[node.id] = output
            builder = scope.groups
            var parameters: [Layer.Parameter] = []
            if node.prefix != nil {
                for declared in node.layer.parameters {
                    guard let shape = scope.optionalShape(of: declared.name) else { continue }
                    parameters.append(Layer.Parameter(fullName: scope.fullName(declared.name), shape: shape, role: declared.role))
                }
            }
            layers.append(Layer(id: node.id, kind: type(of: node.layer).kind, outputShape: output.shape, parameters: parameters, multiplyAdds: scope.multiplyAdds))
        }
        self.layers = layers
        groups = try NeuronGroups(builder, architecture: architecture, features: features, parameterNames: layers.flatMap { $0.parameters.map(\.fullName) })
    }
}
