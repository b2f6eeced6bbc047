import Tensors

/// Channels and positions laid out in one row, channel by channel; each channel becomes a block of its positions.
public struct Flatten: Layer {
    public static let kind = "flatten"

    public init() {}
    public init(options: inout LayerOptions) {}

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws(NetworkError) -> Features {
        let input = try scope.oneInput(inputs)
        return Features(shape: [input.shape.reduce(1, *)], layout: input.layout.blown(up: input.area))
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws(NetworkError) -> Tensor {
        try tensors { () throws(TensorError) in try inputs[0].flattened(from: 1) }
    }
}

/// The sum of its inputs, which thereby share their neurons: a residual stream is one group.
public struct Add: Layer {
    public static let kind = "add"

    public init() {}
    public init(options: inout LayerOptions) {}

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws(NetworkError) -> Features {
        guard let first = inputs.first, inputs.count >= 2 else { throw .input(layer: scope.layer, expected: "two inputs or more", found: "\(inputs.count)") }
        for other in inputs.dropFirst() {
            guard other.shape == first.shape else { throw .input(layer: scope.layer, expected: "inputs of one shape", found: "\(first.description) and \(other.description)") }
            try scope.tie(first.layout, other.layout)
        }
        return first
    }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws(NetworkError) -> Tensor {
        try tensors { () throws(TensorError) in
            var sum = inputs[0]
            for other in inputs.dropFirst() { sum = try sum + other }
            return sum
        }
    }
}

/// Sets values to zero at random while training; the identity otherwise.
public struct Dropout: Layer {
    public static let kind = "dropout"
    public let rate: Double

    public init(options: inout LayerOptions) throws(NetworkError) {
        rate = try options.real("rate", default: 0.5)
        guard (0..<1).contains(rate) else { throw .option(layer: options.layer, option: "rate", reason: "is \(rate), but must be at least 0 and below 1") }
    }

    public var options: [(name: String, value: OptionValue)] { [("rate", .real(rate))] }

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws(NetworkError) -> Features { try scope.oneInput(inputs) }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws(NetworkError) -> Tensor {
        guard mode.isTraining, rate > 0, let generator = mode.generator else { return inputs[0] }
        return try tensors { () throws(TensorError) in
            let kept = try Tensor.uniform(inputs[0].shape, from: 0, to: 1, generator: generator).isGreater(than: rate)
            return try inputs[0] * (kept.converted(to: inputs[0].dtype()) / (1 - rate))
        }
    }
}

/// Logarithms of the class probabilities. The order of classes by score stays as it was.
public struct LogSoftmax: Layer {
    public static let kind = "log_softmax"

    public init() {}
    public init(options: inout LayerOptions) {}

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws(NetworkError) -> Features { try scope.oneInput(inputs) }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws(NetworkError) -> Tensor {
        try tensors { () throws(TensorError) in try inputs[0].logSoftmax(axis: 1) }
    }
}
