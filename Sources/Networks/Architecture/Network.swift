import Tensors

/// An architecture and its parameters.
public struct Network: Sendable {
    public let architecture: Architecture
    /// Parameters by full name, in the order of the architecture.
    public private(set) var parameters: [String: Tensor]
    /// Names in the order of the architecture.
    public let parameterNames: [String]
    /// Shapes, neuron groups and costs, followed through the graph.
    public let trace: NetworkTrace

    /// Checks every parameter's shape against the graph. A parameter that no layer uses is an error.
    public init(_ architecture: Architecture, parameters: [String: Tensor]) throws(NetworkError) {
        let shapes = parameters.mapValues(\.shape)
        trace = try NetworkTrace(of: architecture, shapes: shapes)
        self.architecture = architecture
        self.parameters = parameters
        parameterNames = trace.parameterNames
        let unused = Set(parameters.keys).subtracting(parameterNames)
        guard unused.isEmpty else { throw .unusedParameters(names: unused.sorted()) }
    }

    /// A network of the same architecture with other parameters, perhaps of other widths.
    public func with(parameters: [String: Tensor]) throws(NetworkError) -> Network { try Network(architecture, parameters: parameters) }

    /// The number of trained numbers.
    public var parameterCount: Int {
        trace.layers.reduce(0) { $0 + $1.parameters.filter { $0.role == .trained }.reduce(0) { $0 + $1.shape.reduce(1, *) } }
    }

    public var groups: NeuronGroups { trace.groups }

    /// A parameter that the checks of `init` found present.
    public func parameter(_ name: String) throws(NetworkError) -> Tensor {
        guard let value = parameters[name] else { throw .missingParameter(name: name, layer: name, present: parameterNames) }
        return value
    }

    /// Names of the parameters that training changes.
    public var trainedNames: [String] {
        trace.layers.flatMap { layer in layer.parameters.filter { $0.role == .trained }.map(\.fullName) }
    }
}

extension Network {
    /// Logits for a batch; the outputs of the nodes in `taps` come along.
    ///
    /// `x` is [batch] + the input shape, or anything a leading flatten brings to it.
    public func forward(_ x: Tensor, taps: Set<String> = [], mode: ForwardMode = .evaluating) throws(NetworkError) -> (logits: Tensor, taps: [String: Tensor]) {
        var outputs: [String: Tensor] = [Architecture.input: x]
        var remaining: [String: Int] = [:]
        for node in architecture.nodes { for source in node.sources { remaining[source, default: 0] += 1 } }
        var tapped: [String: Tensor] = [:]
        for node in architecture.nodes {
            var inputs: [Tensor] = []
            for source in node.sources {
                guard let value = outputs[source] else { throw .graph(reason: "nothing has computed “\(source)”") }
                inputs.append(value)
                // What nobody needs any more is let go.
                remaining[source, default: 1] -= 1
                if remaining[source] == 0 { outputs[source] = nil }
            }
            let view = ParameterView(layer: node.id) { [parameters] name in
                guard let prefix = node.prefix else { return nil }
                return parameters[prefix.isEmpty ? name : "\(prefix).\(name)"]
            }
            let output = try node.layer.forward(inputs, view, mode)
            if taps.contains(node.id) { tapped[node.id] = output }
            outputs[node.id] = output
        }
        guard let logits = outputs[architecture.output.id] else { throw .graph(reason: "it has no output") }
        return (logits, tapped)
    }

    public func callAsFunction(_ x: Tensor) throws(NetworkError) -> Tensor { try forward(x).logits }
}

extension Network {
    /// The same network with its floating-point parameters in one type; those that have it already are shared, not copied.
    public func converted(to dtype: DType) throws(NetworkError) -> Network {
        try mapped { (value) throws(TensorError) in
            let own = try value.dtype()
            return own == dtype || !own.isFloatingPoint ? value : try value.converted(to: dtype)
        }
    }

    /// A network whose parameters are its own memory, which may be written: what training works on.
    public func copied() throws(NetworkError) -> Network { try mapped { (value) throws(TensorError) in try value.copied() } }

    /// The same network on another device.
    public func moved(to device: Device) throws(NetworkError) -> Network { try mapped { (value) throws(TensorError) in try value.moved(to: device) } }

    private func mapped(_ transform: (Tensor) throws(TensorError) -> Tensor) throws(NetworkError) -> Network {
        var changed: [String: Tensor] = [:]
        for (name, value) in parameters { changed[name] = try tensors { () throws(TensorError) in try transform(value) } }
        return try with(parameters: changed)
    }
}
