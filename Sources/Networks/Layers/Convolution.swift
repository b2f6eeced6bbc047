import Tensors

/// A two-dimensional convolution.
///
/// `weight` is [out, in / groups, kernel height, kernel width]; `bias`, where the network has one, is [out]. With `groups` as many
/// as input channels the convolution is depthwise: every channel is filtered by itself, and stays its own neuron.
public struct Convolution: Layer {
    public static let kind = "conv2d"
    public var isHomogeneous: Bool { true }
    public let stride: [Int]
    public let padding: [Int]
    public let dilation: [Int]
    public let groups: Int
    public let parameters = [
        ParameterDeclaration("weight", output: 0, initial: .uniformByFanIn),
        ParameterDeclaration("bias", optional: true, neutral: 0, initial: .uniformByFanIn),
    ]

    public init(stride: Int = 1, padding: Int = 0, groups: Int = 1) {
        self.stride = [stride, stride]
        self.padding = [padding, padding]
        dilation = [1, 1]
        self.groups = groups
    }

    public init(options: inout LayerOptions) throws {
        stride = try options.pair("stride", default: [1, 1], atLeast: 1)
        padding = try options.pair("padding", default: [0, 0])
        dilation = try options.pair("dilation", default: [1, 1], atLeast: 1)
        groups = try options.int("groups", default: 1, atLeast: 1)
    }

    public var options: [(name: String, value: OptionValue)] {
        [("stride", stride, [1, 1]), ("padding", padding, [0, 0]), ("dilation", dilation, [1, 1])]
            .filter { $0.1 != $0.2 }.map { ($0.0, .ints($0.1)) } + (groups == 1 ? [] : [("groups", .int(groups))])
    }

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneImage(inputs)
        guard input.channels % groups == 0 else {
            throw NetworkError.input(layer: scope.layer, expected: "channels that \(groups) groups divide", found: "\(input.channels)")
        }
        let expected = "out × \(input.channels / groups) × height × width"
        let weight = try scope.shape(of: "weight", rank: 4, as: expected)
        guard weight[1] == input.channels / groups, weight[0] % groups == 0 else {
            throw NetworkError.shape(layer: scope.layer, parameter: scope.fullName("weight"), expected: expected, found: weight)
        }
        let neurons = try neurons(weight, input.layout, &scope)
        try scope.attach("weight", axis: 0, neurons)
        try scope.attachVector("bias", neurons)
        var size: [Int] = []
        for axis in 0..<2 {
            size.append(
                try Pooling.outputLength(
                    input.shape[axis + 1], kernel: dilation[axis] * (weight[axis + 2] - 1) + 1, stride: stride[axis],
                    padding: padding[axis], layer: scope.layer))
        }
        scope.addCost(weight[0], weight[1], weight[2], weight[3], size[0], size[1])
        return Features(shape: [weight[0]] + size, layout: neurons)
    }

    /// The output's neurons; says which neurons the weight's input axis indexes.
    private func neurons(_ weight: [Int], _ input: NeuronLabels, _ scope: inout TraceScope) throws -> NeuronLabels {
        if groups == 1 {
            try scope.attach("weight", axis: 1, input)
            return scope.newGroup(neurons: weight[0])
        }
        // Depthwise: an output channel is its input channel, filtered in one or several ways.
        if weight[1] == 1 { return input.blown(up: weight[0] / groups) }
        // The weight's input axis is shared by all groups of channels, so these can only be permuted alike.
        let shares = try scope.shares(of: input, count: groups, name: "input")
        for share in shares.dropFirst() { try scope.tie(shares[0], share) }
        try scope.attach("weight", axis: 1, shares[0])
        let outputs = scope.newGroup(neurons: weight[0])
        return NeuronLabels(joining: try scope.shares(of: outputs, count: groups, name: "group"))
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        let weight = try parameters("weight")
        if let tiles = parameters.tiles, let output = try inputs[0].conv2d(tiles, bias: parameters.optional("bias")) { return output }
        return try inputs[0].conv2d(
            weight, bias: parameters.optional("bias"), stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    /// The weights in tiles, for outputs of `size`; nil where a direct convolution is as fast, or the convolution is not of this form.
    func tiles(_ weight: Tensor, size: [Int]) throws -> TiledWeights? {
        guard stride == [1, 1], dilation == [1, 1], groups == 1, padding[0] == padding[1] else { return nil }
        return try TiledWeights(weight, padding: padding[0], size: size)
    }
}
