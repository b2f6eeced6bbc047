import Tensors

/// A two-dimensional convolution.
///
/// `weight` is [out, in, kernel height, kernel width]; `bias`, where the network has one, is [out].
public struct Convolution: Layer {
    public static let kind = "conv2d"
    public let stride: [Int]
    public let padding: [Int]
    public let dilation: [Int]
    public let parameters = [
        ParameterDeclaration("weight", initial: .uniformByFanIn),
        ParameterDeclaration("bias", optional: true, initial: .uniformByFanIn),
    ]

    public init(stride: Int = 1, padding: Int = 0) {
        self.stride = [stride, stride]
        self.padding = [padding, padding]
        dilation = [1, 1]
    }

    public init(options: inout LayerOptions) throws(NetworkError) {
        stride = try options.pair("stride", default: [1, 1], atLeast: 1)
        padding = try options.pair("padding", default: [0, 0])
        dilation = try options.pair("dilation", default: [1, 1], atLeast: 1)
    }

    public var options: [(name: String, value: OptionValue)] {
        [("stride", stride, [1, 1]), ("padding", padding, [0, 0]), ("dilation", dilation, [1, 1])]
            .filter { $0.1 != $0.2 }.map { ($0.0, .ints($0.1)) }
    }

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws(NetworkError) -> Features {
        let input = try scope.oneInput(inputs)
        guard input.shape.count == 3 else { throw .input(layer: scope.layer, expected: "channels × height × width", found: input.description) }
        let expected = "out × \(input.channels) × height × width"
        let weight = try scope.shape(of: "weight", rank: 4, as: expected)
        guard weight[1] == input.channels else {
            throw .shape(layer: scope.layer, parameter: scope.fullName("weight"), expected: expected, found: weight)
        }
        let neurons = scope.newGroup(neurons: weight[0])
        scope.attach("weight", axis: 0, neurons)
        scope.attach("weight", axis: 1, input.layout)
        try scope.attachVector("bias", neurons)
        var size: [Int] = []
        for axis in 0..<2 {
            size.append(try Pooling.outputLength(
                input.shape[axis + 1], kernel: dilation[axis] * (weight[axis + 2] - 1) + 1, stride: stride[axis], padding: padding[axis], layer: scope.layer))
        }
        scope.multiplyAdds += weight.reduce(1, *) * size[0] * size[1]
        return Features(shape: [weight[0]] + size, layout: neurons)
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws(NetworkError) -> Tensor {
        let weight = try parameters("weight")
        return try tensors { () throws(TensorError) in
            try inputs[0].conv2d(weight, bias: parameters.optional("bias"), stride: stride, padding: padding, dilation: dilation)
        }
    }
}
