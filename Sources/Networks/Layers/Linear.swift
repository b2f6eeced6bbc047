import Tensors

/// y = x Wᵀ + b, for a row of values or for each token by itself.
///
/// `weight` is [out, in]; `bias`, where the network has one, is [out].
public struct Linear: Layer {
    public static let kind = "linear"
    public var isHomogeneous: Bool { true }
    public let parameters = [
        ParameterDeclaration("weight", output: 0, initial: .uniformByFanIn),
        ParameterDeclaration("bias", optional: true, neutral: 0, initial: .uniformByFanIn),
    ]

    public init() {}
    public init(options: inout LayerOptions) {}

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let given = try scope.oneInput(inputs)
        if given.value != nil, let value = try scope.operand(.source(0), [given.batched]), scope.optionalShape(of: "weight")?.count == 2,
            let result = try scope.product(
                value, weight: scope.matrix(.parameter("weight"), []), inputAxis: 1,
                bias: scope.optionalShape(of: "bias") == nil ? .none : .parameter("bias"), [])
        {
            return Features(BatchedLabels(result, batchAxis: given.batched.batchAxis))
        }
        let input = scope.laidOut(given)
        guard input.shape.count == 1 || input.isTokens else {
            throw NetworkError.input(
                layer: scope.layer, expected: "a row of values or tokens (put a flatten before it)", found: input.description)
        }
        let weight = try scope.shape(of: "weight", rank: 2, as: "out × \(input.channels)")
        guard weight[1] == input.channels else {
            throw NetworkError.shape(
                layer: scope.layer, parameter: scope.fullName("weight"), expected: "out × \(input.channels)", found: weight)
        }
        let neurons = scope.newGroup(neurons: weight[0])
        try scope.attach("weight", axis: 0, neurons)
        try scope.attach("weight", axis: 1, input.layout)
        try scope.attachVector("bias", neurons)
        scope.addCost(weight[0], input.shape.reduce(1, *))
        return Features(shape: input.shape.dropLast() + [weight[0]], layout: neurons, axis: input.axis)
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        let weight = try parameters("weight")
        return try inputs[0].linear(weight, bias: parameters.optional("bias"))
    }
}
