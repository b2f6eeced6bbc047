/// Products with a parameter: the input's neurons run along one axis of the weight, new ones along the other.
extension TraceScope {
    /// `linear`, `mm`, `addmm`, `mv`, `addmv`, and `matmul` with a matrix.
    mutating func linear(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        let result: ValueLabels?
        switch operation.name.base {
        case "linear":
            result = try product(
                operand("input", of: operation, inputs), weight: matrix(operation.argument("weight"), inputs), inputAxis: 1,
                bias: operation.argument("bias"), inputs)
        case "mm", "matmul":
            let other = operation.name.base == "mm" ? "mat2" : "other"
            result = try product(
                operand("self", of: operation, inputs), weight: matrix(operation.argument(other), inputs), inputAxis: 0, bias: .none, inputs
            )
        case "addmm" where operation.argument("beta").isMissing && operation.argument("alpha").isMissing:
            result = try product(
                operand("mat1", of: operation, inputs), weight: matrix(operation.argument("mat2"), inputs), inputAxis: 0,
                bias: operation.argument("self"), inputs)
        default: result = nil
        }
        if let result { return BatchedLabels(result, batchAxis: operation.batchAxis) }
        if operation.name.base == "mm" || operation.name.base == "linear", operation.argument("bias").isMissing {
            var second = try operand(operation.name.base == "mm" ? "mat2" : "weight", of: operation, inputs)
            if operation.name.base == "linear", second.shape.count == 2 { second = second.permuted([1, 0]) }
            let first = try operand(operation.name.base == "mm" ? "self" : "input", of: operation, inputs)
            return BatchedLabels(try multiplied(first, second), batchAxis: operation.batchAxis)
        }
        return try opaque(operation, inputs)
    }

    /// Rows times a matrix; nil where the weight is not a matrix of parameters.
    mutating func product(
        _ value: ValueLabels, weight: BatchedLabels.ParameterAxes?, inputAxis: Int, bias: OperationArgument, _ inputs: [BatchedLabels]
    ) throws -> ValueLabels? {
        guard let weight, weight.axes.count == 2, let shape = shapes[weight.parameter], let last = value.shape.indices.last else {
            return nil
        }
        let input = weight.axes[inputAxis], output = weight.axes[1 - inputAxis]
        guard shape[input] == value.shape[last] else {
            throw NetworkError.shape(layer: layer, parameter: weight.parameter, expected: "\(value.shape[last]) inputs", found: shape)
        }
        addCost(value.shape.reduce(1, *), shape[output])
        noteOutput(weight.parameter, axis: output)
        switch contracted(value, axis: last) {
        case .neurons(let along):
            try attach(full: weight.parameter, axis: input, along)
            let neurons = newGroup(neurons: shape[output])
            try attach(full: weight.parameter, axis: output, neurons)
            try attachVector(bias, neurons, inputs)
            var size = value.shape
            size[last] = shape[output]
            return ValueLabels(neurons, axis: last, shape: size)
        case .positions:
            // Positions are mixed, each neuron by itself.
            try attachFixed(weight.parameter, axis: input, length: shape[input])
            try attachFixed(weight.parameter, axis: output, length: shape[output])
            try attachVector(bias, .fixed(shape[output]), inputs)
            return value.resized(axis: last, to: shape[output])
        }
    }

    /// Convolutions of one, two or three dimensions, grouped, depthwise and transposed ones.
    mutating func convolution(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        let value = try operand("input", of: operation, inputs)
        let isTransposed = operation.name.base.hasPrefix("conv_transpose") || operation.argument("transposed").isTrue
        let groups = operation.argument("groups").integer ?? 1
        guard let weight = matrix(operation.argument("weight"), inputs), let shape = shapes[weight.parameter],
            weight.axes == Array(shape.indices),
            shape.count > 2, groups > 0, value.shape.count == shape.count, operation.shape.count == shape.count
        else { return try opaque(operation, inputs) }
        let channels = value.shape[1], outputs = isTransposed ? shape[1] * groups : shape[0]
        guard channels % groups == 0, outputs % groups == 0, shape[isTransposed ? 0 : 1] == (isTransposed ? channels : channels / groups)
        else {
            throw NetworkError.shape(layer: layer, parameter: weight.parameter, expected: "\(channels) channels in", found: shape)
        }
        if !isTransposed { try checkPositions(operation, value, kernel: Array(shape.dropFirst(2))) }
        addCost(operation.shape.reduce(1, *) / max(1, operation.shape[1]), shape.reduce(1, *))
        noteOutput(weight.parameter, axis: isTransposed ? 1 : 0)
        let along = channelLabels(value, axis: 1), neurons: NeuronLabels
        switch (isTransposed, groups) {
        case (false, 1):
            try attach(full: weight.parameter, axis: 1, along)
            neurons = newGroup(neurons: outputs)
            try attach(full: weight.parameter, axis: 0, neurons)
        case (true, 1):
            try attach(full: weight.parameter, axis: 0, along)
            neurons = newGroup(neurons: outputs)
            try attach(full: weight.parameter, axis: 1, neurons)
        case (_, channels):
            // Depthwise: an output channel is its input channel, filtered in one or several ways.
            neurons = along.blown(up: outputs / groups)
            try attach(full: weight.parameter, axis: 0, isTransposed ? along : neurons)
            if isTransposed { try attachFixed(weight.parameter, axis: 1, length: shape[1]) }
        case (false, _):
            // The weight's input axis is shared by all groups of channels, so these can only be permuted alike.
            let parts = try shares(of: along, count: groups, name: "input")
            for part in parts.dropFirst() { try tie(parts[0], part) }
            try attach(full: weight.parameter, axis: 1, parts[0])
            let all = newGroup(neurons: outputs)
            neurons = NeuronLabels(joining: try shares(of: all, count: groups, name: "group"))
            try attach(full: weight.parameter, axis: 0, neurons)
        case (true, _):
            let parts = try shares(of: along, count: groups, name: "input")
            try attach(full: weight.parameter, axis: 0, NeuronLabels(joining: parts))
            let each = newGroup(neurons: shape[1])
            try attach(full: weight.parameter, axis: 1, each)
            neurons = NeuronLabels(joining: [NeuronLabels](repeating: each, count: groups))
        }
        try attachVector(operation.argument("bias"), neurons, inputs)
        var size = operation.shape
        size[0] = value.shape[0]
        size[1] = outputs
        return BatchedLabels(ValueLabels(neurons, axis: 1, shape: size), batchAxis: operation.batchAxis)
    }

    /// Compares the positions that a convolution gives with those of its operands: (n + 2 · padding − dilation · (kernel − 1) − 1) / stride + 1.
    private func checkPositions(_ operation: Operation, _ value: ValueLabels, kernel: [Int]) throws {
        func numbers(_ name: String, _ usual: Int) -> [Int]? {
            let argument = operation.argument(name)
            if argument.isMissing { return kernel.map { _ in usual } }
            guard let found = argument.integers, found.allSatisfy({ (0...1 << 24).contains($0) }) else { return nil }
            return found.count == 1 ? kernel.map { _ in found[0] } : found.count == kernel.count ? found : nil
        }
        // Paddings may be words.
        guard let strides = numbers("stride", 1), let paddings = numbers("padding", 0), let dilations = numbers("dilation", 1) else {
            return
        }
        for axis in kernel.indices {
            // checked: numbers of 24 bits by kernels of a stored parameter
            let room = value.shape[axis + 2] + 2 * paddings[axis] - dilations[axis] * (kernel[axis] - 1) - 1
            guard room >= 0, strides[axis] > 0, room / strides[axis] + 1 == operation.shape[axis + 2] else {
                throw NetworkError.input(
                    layer: layer, expected: "positions of \(NetworkError.shape(Array(operation.shape.dropFirst(2)))), as the file says",
                    found: "\(NetworkError.shape(Array(value.shape.dropFirst(2)))) under a kernel of \(NetworkError.shape(kernel))")
            }
        }
    }

    /// The labels along an axis of channels, where all positions are treated alike.
    mutating func channelLabels(_ value: ValueLabels, axis: Int) -> NeuronLabels {
        if case .neurons(let along) = contracted(value, axis: axis) { return along }
        note("channels and positions change places")
        fix(value)
        return .fixed(value.shape[axis])
    }
}
