import Fusion
import Networks
import Tensors

/// Small networks of the shapes that published ones have, parameters drawn from a seed, running statistics off their start.
enum SampleNetwork: String, CaseIterable, Sendable {
    case perceptron, lenet, vgg, residual, twoReaders, depthwise, grouped, padded, transformer

    /// Those without a layer normalisation, which joins the neurons of all parents: the wide network is exactly the parents' mean.
    static let separable = allCases.filter { $0 != .transformer }

    /// Widths are multiplied by `width`, so that parents may differ in them.
    func network(seed: UInt64, width: Int = 2) throws -> Network {
        var graph = Graph()
        switch self {
        case .perceptron:
            graph.flatten()
            graph.dense("fc1", 4 * width, from: 72)
            graph.relu()
            graph.dense("fc2", 3 * width, from: 4 * width)
            graph.relu()
            graph.dense("fc3", 5, from: 3 * width)
            return try graph.network(seed: seed)
        case .lenet:
            graph.convolution("conv1", 3 * width, from: 2, kernel: 3, padding: 1)
            graph.relu()
            graph.add(Pooling(.max, kernel: 2, stride: 2))
            graph.convolution("conv2", 4 * width, from: 3 * width, kernel: 2)
            graph.relu()
            graph.flatten()
            // Channels of two by two positions: each is a block of four columns.
            graph.dense("fc1", 5 * width, from: 16 * width)
            graph.relu()
            graph.dense("fc2", 5, from: 5 * width)
            return try graph.network(seed: seed)
        case .vgg:
            graph.convolution("conv1", 3 * width, from: 2, kernel: 3, padding: 1)
            graph.norm("norm1", 3 * width)
            graph.relu()
            graph.convolution("conv2", 4 * width, from: 3 * width, kernel: 3, padding: 1)
            graph.norm("norm2", 4 * width)
            graph.relu()
            graph.add(AdaptiveAveragePooling())
            graph.flatten()
            graph.dense("head", 5, from: 4 * width)
            return try graph.network(seed: seed)
        case .residual:
            graph.convolution("stem", 2 * width, from: 2, kernel: 3, padding: 1)
            graph.norm("norm", 2 * width)
            graph.relu()
            graph.block("block1", 2 * width, from: 2 * width, inner: 3 * width, shortcut: false)
            graph.block("block2", 4 * width, from: 2 * width, inner: 3 * width, shortcut: true)
            graph.add(AdaptiveAveragePooling())
            graph.flatten()
            graph.dense("head", 5, from: 4 * width)
            return try graph.network(seed: seed)
        case .depthwise:
            graph.convolution("expand", 3 * width, from: 2, kernel: 1)
            graph.norm("norm1", 3 * width)
            graph.relu()
            graph.convolution("depthwise", 3 * width, from: 3 * width, kernel: 3, padding: 1, groups: 3 * width)
            graph.norm("norm2", 3 * width)
            graph.relu()
            graph.convolution("project", 4 * width, from: 3 * width, kernel: 1)
            graph.add(AdaptiveAveragePooling())
            graph.flatten()
            graph.dense("head", 5, from: 4 * width)
            return try graph.network(seed: seed)
        case .grouped:
            graph.convolution("conv1", 4 * width, from: 2, kernel: 3, padding: 1)
            graph.relu()
            graph.convolution("conv2", 6 * width, from: 4 * width, kernel: 3, padding: 1, groups: 2)
            graph.relu()
            graph.add(AdaptiveAveragePooling())
            graph.flatten()
            graph.dense("head", 5, from: 6 * width)
            return try graph.network(seed: seed)
        case .padded:
            graph.convolution("stem", 2 * width, from: 2, kernel: 3, padding: 1)
            graph.relu()
            let input = graph.last
            graph.convolution("conv", 4 * width, from: 2 * width, kernel: 3, padding: 1)
            let branch = graph.last
            graph.add(PadShortcut(stride: 1, before: width, after: width), from: [input])
            graph.add(Add(), from: [branch, graph.last])
            graph.relu()
            graph.add(AdaptiveAveragePooling())
            graph.flatten()
            graph.dense("head", 5, from: 4 * width)
            return try graph.network(seed: seed)
        case .transformer:
            graph.convolution("embed", 4 * width, from: 2, kernel: 3, padding: 1)
            graph.add(Tokens())
            graph.embedding("positions", [1, 36, 4 * width])
            let stream = graph.last
            graph.layerNorm("norm1", 4 * width)
            // Four heads of two channels, whatever the width of the stream.
            graph.dense("qkv", 24, from: 4 * width)
            graph.add(Attention(heads: 4))
            graph.dense("output", 4 * width, from: 8)
            graph.add(Add(), from: [stream, graph.last])
            let middle = graph.last
            graph.layerNorm("norm2", 4 * width)
            graph.dense("mlp1", 6 * width, from: 4 * width)
            graph.relu()
            graph.dense("mlp2", 4 * width, from: 6 * width)
            graph.add(Add(), from: [middle, graph.last])
            graph.add(TokenMean())
            graph.dense("head", 5, from: 4 * width)
            return try graph.network(seed: seed)
        case .twoReaders:
            // A shortcut from the image: two layers read the input.
            graph.convolution("conv1", 3 * width, from: 2, kernel: 3, padding: 1)
            graph.relu()
            graph.convolution("conv2", 3 * width, from: 3 * width, kernel: 3, padding: 1)
            let branch = graph.last
            graph.last = Architecture.input
            graph.convolution("shortcut", 3 * width, from: 2, kernel: 1)
            graph.add(Add(), from: [graph.last, branch])
            graph.relu()
            graph.add(AdaptiveAveragePooling())
            graph.flatten()
            graph.dense("head", 5, from: 3 * width)
            return try graph.network(seed: seed)
        }
    }

    static let inputShape = [2, 6, 6]

    static func inputs(_ count: Int, seed: UInt64) throws -> TensorInputs {
        TensorInputs(values: try Tensor.normal([count] + inputShape, generator: Generator(seed: seed)))
    }
}

/// Nodes one after another, with the shapes of their parameters.
struct Graph {
    private var nodes: [Architecture.Node] = []
    private var shapes: [String: [Int]] = [:]
    var last = Architecture.input

    mutating func add(_ layer: any Layer, name: String? = nil, from sources: [String]? = nil) {
        let id = name ?? "\(type(of: layer).kind)\(nodes.count)"
        nodes.append(Architecture.Node(id: id, layer: layer, prefix: name, sources: sources ?? [last]))
        last = id
    }

    mutating func dense(_ name: String, _ outputs: Int, from inputs: Int) {
        add(Linear(), name: name)
        shapes["\(name).weight"] = [outputs, inputs]
        shapes["\(name).bias"] = [outputs]
    }

    mutating func convolution(_ name: String, _ outputs: Int, from inputs: Int, kernel: Int, padding: Int = 0, groups: Int = 1) {
        add(Convolution(stride: 1, padding: padding, groups: groups), name: name)
        shapes["\(name).weight"] = [outputs, inputs / groups, kernel, kernel]
    }

    mutating func layerNorm(_ name: String, _ width: Int) {
        add(LayerNormalization(), name: name)
        for parameter in ["weight", "bias"] { shapes["\(name).\(parameter)"] = [width] }
    }

    mutating func embedding(_ name: String, _ shape: [Int]) {
        add(PositionEmbedding(), name: name)
        shapes[name] = shape
    }

    mutating func norm(_ name: String, _ channels: Int) {
        add(BatchNormalization(), name: name)
        for parameter in ["weight", "bias", "running_mean", "running_var"] { shapes["\(name).\(parameter)"] = [channels] }
        shapes["\(name).num_batches_tracked"] = []
    }

    mutating func relu() { add(Activation(.relu)) }
    mutating func flatten() { add(Flatten()) }

    /// conv, norm, ReLU, conv, norm, the shortcut added, ReLU.
    mutating func block(_ name: String, _ outputs: Int, from inputs: Int, inner: Int, shortcut: Bool) {
        let input = last
        convolution("\(name).conv1", inner, from: inputs, kernel: 3, padding: 1)
        norm("\(name).norm1", inner)
        relu()
        convolution("\(name).conv2", outputs, from: inner, kernel: 3, padding: 1)
        norm("\(name).norm2", outputs)
        let branch = last
        last = input
        if shortcut {
            convolution("\(name).shortcut", outputs, from: inputs, kernel: 1)
            norm("\(name).shortcut_norm", outputs)
        }
        add(Add(), from: [branch, last])
        relu()
    }

    func architecture(inputShape: [Int]) throws -> Architecture {
        try Architecture(family: "sample", inputShape: nodes.first?.layer is Flatten ? [inputShape.reduce(1, *)] : inputShape, nodes: nodes)
    }

    /// Fresh parameters; scales, shifts and running statistics drawn as well, so that no two neurons are alike.
    func network(seed: UInt64, inputShape: [Int] = SampleNetwork.inputShape) throws -> Network {
        let fresh = try Network.fresh(architecture(inputShape: inputShape), shapes: shapes, seed: seed)
        let generator = try Generator(seed: seed &+ 1000)
        var parameters = fresh.parameters
        for layer in fresh.trace.layers
        where [BatchNormalization.kind, LayerNormalization.kind, PositionEmbedding.kind].contains(layer.kind) {
            for parameter in layer.parameters where parameter.role != .counter {
                parameters[parameter.fullName] = try Tensor.uniform(parameter.shape, from: 0.5, to: 1.5, generator: generator)
            }
        }
        return try fresh.with(parameters: parameters)
    }
}

func transplant(_ assignments: String...) throws -> Recipe {
    var recipe = Recipe(method: Transplantation.method)
    for text in assignments { try recipe.apply(assignment: text) }
    return recipe
}

/// The largest difference between two networks' answers, as a share of the largest answer.
func difference(_ first: Tensor, _ second: Tensor) throws -> Double {
    try (first - second).magnitude().maximum().item() / max(1, first.magnitude().maximum().item())
}
