import Tensors

/// An architecture and its parameters.
public struct Network: Sendable {
    /// The graph of layers.
    public let architecture: Architecture
    /// Parameters by full name, in the order of the architecture.
    public private(set) var parameters: [String: Tensor]
    /// Names in the order of the architecture.
    public let parameterNames: [String]
    /// The widest type of its floating-point parameters: what comes in is computed in it.
    public let dtype: DType
    /// Shapes, neuron groups and costs, followed through the graph.
    public let trace: NetworkTrace
    /// Weights of convolutions prepared for many passes, by layer.
    private var tiles: [String: TiledWeights] = [:]
    /// The architecture's constants, in the type and on the device of the parameters.
    private var constants: [String: Tensor]

    /// Checks every parameter's shape against the graph. A parameter that no layer uses is an error.
    public init(_ architecture: Architecture, parameters: [String: Tensor]) throws(NetworkError) {
        self = try Network(architecture, parameters: parameters, ties: .all)
    }

    /// The same with looser groups, or with groups that keep their order.
    package init(
        _ architecture: Architecture, parameters: [String: Tensor], ties: GroupTies, keeping kept: Set<String> = []
    ) throws(NetworkError) {
        let shapes = parameters.mapValues(\.shape)
        self = try Network(
            architecture, parameters: parameters, trace: NetworkTrace(of: architecture, shapes: shapes, ties: ties, keeping: kept))
    }

    private init(_ architecture: Architecture, parameters: [String: Tensor], trace: NetworkTrace) throws(NetworkError) {
        self.trace = trace
        self.architecture = architecture
        self.parameters = parameters
        constants = architecture.constants
        parameterNames = trace.parameterNames
        let unused = Set(parameters.keys).subtracting(parameterNames)
        guard unused.isEmpty else { throw .unusedParameters(names: unused.sorted()) }
        dtype = try lifting { DType.widest(try parameters.values.map { try $0.dtype() }) ?? .float32 }
    }

    /// The same network with some groups kept in place: their neurons have an order.
    package func keeping(_ groups: Set<String>) throws(NetworkError) -> Network {
        try lifting {
            var network = try Network(architecture, parameters: parameters, ties: trace.ties, keeping: trace.kept.union(groups))
            network.constants = constants
            return network
        }
    }

    /// A network of the same architecture with other parameters, perhaps of other widths.
    public func with(parameters: [String: Tensor]) throws(NetworkError) -> Network {
        try lifting {
            // The same shapes are traced alike.
            let isAlike = parameters.count == self.parameters.count && parameters.allSatisfy { self.parameters[$0]?.shape == $1.shape }
            var network =
                isAlike
                ? try Network(architecture, parameters: parameters, trace: trace)
                : try Network(architecture, parameters: parameters, ties: trace.ties, keeping: trace.kept)
            network.constants = constants
            return network
        }
    }

    /// The number of trained numbers.
    public var parameterCount: Int {
        trace.trainedCount
    }

    /// The neuron groups of the graph.
    public var groups: NeuronGroups { trace.groups }

    /// A parameter that the checks of `init` found present.
    public func parameter(_ name: String) throws(NetworkError) -> Tensor {
        guard let value = parameters[name] else { throw .missingParameter(name: name, layer: name, present: parameterNames) }
        return value
    }

    /// Names of the parameters that training changes.
    public var trainedNames: [String] {
        trace.parameters.filter { $0.role == .trained }.map(\.fullName)
    }
}

extension Network {
    /// Logits for a batch; the outputs of the nodes in `taps` come along, as `values(of:in:)` gives them.
    ///
    /// `x` is [batch] + the input shape, or anything a leading flatten brings to it.
    public func forward(
        _ x: Tensor, taps: Set<String> = [], mode: ForwardMode = .evaluating
    ) throws(NetworkError) -> (logits: Tensor, taps: [String: Tensor]) {
        let output = architecture.output.id
        var values = try self.values(of: taps.union([output]), given: [Architecture.input: x], mode: mode)
        guard let logits = values[output] else { throw .graph(reason: "it has no output") }
        if !taps.contains(output) { values[output] = nil }
        return (logits, values)
    }

    /// The outputs for a batch of inputs [N, …].
    public func callAsFunction(_ x: Tensor) throws(NetworkError) -> Tensor { try forward(x).logits }

    /// The outputs of some nodes, from the outputs of others: the whole network from its input, or a part of it. Only what is
    /// needed is computed. Gradients pass through the given and the requested values.
    ///
    /// Values are [batch, neurons, positions…] whatever the layer: tokens stand behind the neurons.
    /// `parameters`, by full name, stand in for the network's own: the variables of a fit.
    public func values(
        of wanted: Set<String>, given: [String: Tensor], parameters replaced: [String: Tensor] = [:], mode: ForwardMode = .evaluating
    ) throws(NetworkError) -> [String: Tensor] {
        try lifting {
            let steps = try steps(for: wanted, given: given)
            // Prepared weights are the network's own, and their gradients end there.
            let tiles = replaced.isEmpty && !mode.isTwiceDifferentiable ? tiles : [:]
            var uses: [String: Int] = [:]
            for step in steps { for source in step.node.sources { uses[source, default: 0] += 1 } }
            var outputs: [String: Tensor] = [:], found: [String: Tensor] = [:]
            for (id, value) in given {
                if wanted.contains(id) { found[id] = value }
                let fitted = try id == Architecture.input ? input(value) : swapped(fitting(value), axis: neuronAxis(of: id))
                outputs[id] = try laidOut(fitted)
            }
            for (node, axis) in steps {
                var inputs: [Tensor] = []
                for source in node.sources {
                    guard let value = outputs[source] else { throw NetworkError.graph(reason: "nothing has computed “\(source)”") }
                    inputs.append(value)
                    // What nobody needs any more is let go.
                    uses[source, default: 1] -= 1
                    if uses[source] == 0 { outputs[source] = nil }
                }
                let view = ParameterView(layer: node.id, tiles: tiles[node.id], constant: { [constants] in constants[$0] }) {
                    [parameters] name in
                    node.parameterName(name).flatMap { replaced[$0] ?? parameters[$0] }
                }
                var output = try node.layer.forward(inputs, view, mode)
                if wanted.contains(node.id) {
                    let value = try swapped(output, axis: axis)
                    found[node.id] = value
                    output = try swapped(value, axis: axis)
                }
                outputs[node.id] = output
            }
            return found
        }
    }

    /// Values in the type of the parameters: data come in single precision, whatever the network is kept in.
    public func fitting(_ value: Tensor) throws(NetworkError) -> Tensor {
        try lifting { try value.inFloatingPoint(dtype) }
    }

    /// Images in the order in which convolutions and pools are fastest (by a third on one thread); each layer passes the order on.
    private func laidOut(_ value: Tensor) throws -> Tensor {
        value.rank == 4 && isConvolutional ? try value.channelsLast() : value
    }

    private var isConvolutional: Bool { trace.layers.contains { $0.kind == Convolution.kind } }

    /// The nodes to compute, in order, with the axis of their outputs that indexes neurons.
    private func steps(for wanted: Set<String>, given: [String: Tensor]) throws -> [(node: Architecture.Node, axis: Int)] {
        var needed = wanted.subtracting(given.keys)
        var steps: [(node: Architecture.Node, axis: Int)] = []
        for (node, layer) in zip(architecture.nodes, trace.layers).reversed() where needed.remove(node.id) != nil {
            steps.append((node, layer.neuronAxis))
            needed.formUnion(node.sources.filter { given[$0] == nil })
        }
        guard let missing = needed.sorted().first else { return steps.reversed() }
        throw NetworkError.graph(reason: "“\(missing)” is neither a layer nor among the given values")
    }

    private func neuronAxis(of id: String) -> Int {
        zip(architecture.nodes, trace.layers).first { $0.0.id == id }?.1.neuronAxis ?? 0
    }

    /// Brings the neuron axis of a batch behind the batch, or back.
    private func swapped(_ value: Tensor, axis: Int) throws -> Tensor {
        axis == 0 || value.rank < axis + 2 ? value : try value.transposed(1, axis + 1)
    }
}

extension Network {
    /// The same network with its floating-point parameters in one type; those that have it already are shared, not copied.
    public func converted(to dtype: DType) throws(NetworkError) -> Network {
        try mapped { try $0.inFloatingPoint(dtype) }
    }

    /// A network whose parameters are its own memory, which may be written: what training works on.
    public func copied() throws(NetworkError) -> Network { try mapped { try $0.copied() } }

    /// The same network on another device.
    public func moved(to device: Device) throws(NetworkError) -> Network {
        try mapped { try $0.moved(to: device) }
    }

    /// The same network with the weights of its convolutions as they pass fastest: in tiles where these save products (``TiledWeights``), otherwise in the order
    /// in which images go through them. Worth its memory for many passes.
    public func laidOutForPasses() throws(NetworkError) -> Network {
        try lifting {
            var tiles: [String: TiledWeights] = [:], changed = parameters
            for (node, layer) in zip(architecture.nodes, trace.layers) {
                guard let convolution = node.layer as? Convolution, let name = node.parameterName("weight"), let weight = parameters[name]
                else { continue }
                if let prepared = try convolution.tiles(weight, size: Array(layer.outputShape.dropFirst())) {
                    tiles[node.id] = prepared
                } else {
                    changed[name] = try weight.channelsLast()
                }
            }
            var network = try with(parameters: changed)
            network.tiles = tiles
            return network
        }
    }

    private func mapped(_ transform: (Tensor) throws -> Tensor) throws(NetworkError) -> Network {
        try lifting {
            var network = try with(parameters: try parameters.mapValues(transform))
            network.constants = try constants.mapValues(transform)
            return network
        }
    }
}

extension Tensor {
    /// The same numbers in a floating-point type; numbers of other kinds stay as they are.
    fileprivate func inFloatingPoint(_ type: DType) throws -> Tensor {
        let own = try dtype()
        return own == type || !own.isFloatingPoint ? self : try converted(to: type)
    }
}
