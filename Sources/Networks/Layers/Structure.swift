import Tensors

/// Channels and positions laid out in one row, channel by channel; each channel becomes a block of its positions.
package struct Flatten: Layer {
    package static let kind = "flatten"
    package var isHomogeneous: Bool { true }

    package init() {}
    package init(options: inout LayerOptions) {}

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneInput(inputs), length = input.shape.reduce(1, *)
        guard length <= LayerOptions.longestRow else {
            throw NetworkError.input(layer: scope.layer, expected: "at most \(LayerOptions.longestRow) values", found: input.description)
        }
        if input.value != nil { return Features(shape: [length], layout: scope.canonical(input.batched.labels).dense) }
        return input.flattened
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].flattened(from: 1)
    }
}

/// The sum of its inputs, which thereby share their neurons: a residual stream is one group.
package struct Add: Layer {
    package static let kind = "add"
    package var isHomogeneous: Bool { true }

    package init() {}
    package init(options: inout LayerOptions) {}

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        if inputs.count >= 2, inputs.contains(where: { $0.value != nil }) { return try sum(inputs, &scope) }
        guard let first = inputs.first, inputs.count >= 2 else {
            throw NetworkError.input(layer: scope.layer, expected: "two inputs or more", found: "\(inputs.count)")
        }
        for other in inputs.dropFirst() {
            guard other.shape == first.shape, other.axis == first.axis else {
                throw NetworkError.input(
                    layer: scope.layer, expected: "inputs of one shape", found: "\(first.description) and \(other.description)")
            }
            if scope.ties.contains(.sums) { try scope.tie(first.layout, other.layout) }
        }
        return scope.ties.contains(.sums)
            ? first : Features(shape: first.shape, layout: scope.newGroup(neurons: first.channels), axis: first.axis)
    }

    /// The sum of values of operations, which are tied element by element.
    private func sum(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        var sum = inputs[0].batched
        sum.labels = scope.canonical(sum.labels)
        for other in inputs.dropFirst() { sum.labels = try scope.combined(sum.labels, scope.canonical(other.batched.labels)) }
        guard !scope.ties.contains(.sums), sum.labels.varyingAxes.count == 1, let axis = sum.labels.varyingAxes.first else {
            return Features(sum)
        }
        return Features(
            BatchedLabels(
                ValueLabels(scope.newGroup(neurons: sum.labels.shape[axis]), axis: axis, shape: sum.labels.shape), batchAxis: sum.batchAxis)
        )
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        var sum = inputs[0]
        for other in inputs.dropFirst() { sum = try sum + other }
        return sum
    }
}

/// Its inputs' neurons one after another, at the same positions.
package struct Concatenate: Layer {
    package static let kind = "concatenate"
    package var isHomogeneous: Bool { true }

    package init() {}
    package init(options: inout LayerOptions) {}

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let inputs = inputs.map { scope.laidOut($0) }
        guard let first = inputs.first else { throw NetworkError.input(layer: scope.layer, expected: "an input or more", found: "none") }
        var joined = first
        for other in inputs.dropFirst() {
            var positions = other.shape
            positions[other.axis] = first.channels
            guard positions == first.shape, other.axis == first.axis else {
                throw NetworkError.input(
                    layer: scope.layer, expected: "inputs with the same positions", found: "\(first.description) and \(other.description)")
            }
            joined.shape[joined.axis] += other.channels
        }
        joined.layout = NeuronLabels(joining: inputs.map(\.layout))
        return joined
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        // Values and images have their neurons behind the batch, tokens [batch, tokens, width] have them last.
        try Tensor.concatenated(inputs, axis: inputs[0].rank == 3 ? 2 : 1)
    }
}

/// The shortcut without parameters of the CIFAR residual nets (He et al. 2016, option A): every `stride`-th position, and channels of
/// zeros before and after those there are.
package struct PadShortcut: Layer {
    package static let kind = "pad_shortcut"
    package var isHomogeneous: Bool { true }
    package let stride: Int
    package let before: Int
    package let after: Int

    package init(stride: Int, before: Int, after: Int) {
        self.stride = stride
        self.before = before
        self.after = after
    }

    package init(options: inout LayerOptions) throws {
        stride = try options.int("stride", default: 2, atLeast: 1)
        before = try options.int("before", default: 0)
        after = try options.int("after", default: 0)
    }

    package var options: [(name: String, value: OptionValue)] {
        [("stride", .int(stride)), ("before", .int(before)), ("after", .int(after))]
    }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneImage(inputs)
        var parts = [input.layout]
        if before > 0 { parts.insert(scope.newGroup(neurons: before, name: "before"), at: 0) }
        if after > 0 { parts.append(scope.newGroup(neurons: after, name: "after")) }
        return Features(
            shape: [before + input.channels + after] + input.shape.dropFirst().map { ($0 - 1) / stride + 1 },
            layout: NeuronLabels(joining: parts))
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        let x = try inputs[0].maxPooled(kernel: [1, 1], stride: [stride, stride])
        func zeros(_ channels: Int) throws -> Tensor {
            try Tensor.zeros([x.shape[0], channels] + x.shape[2...], dtype: x.dtype(), device: x.device())
        }
        return try Tensor.concatenated([zeros(before), x, zeros(after)], axis: 1)
    }
}

/// Logarithms of the class probabilities. The order of classes by score stays as it was.
package struct LogSoftmax: Layer {
    package static let kind = "log_softmax"

    package init() {}
    package init(options: inout LayerOptions) {}

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features { try scope.oneInput(inputs) }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].logSoftmax(axis: 1)
    }
}

/// Class probabilities.
package struct Softmax: Layer {
    package static let kind = "softmax"

    package init() {}
    package init(options: inout LayerOptions) {}

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features { try scope.oneInput(inputs) }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try inputs[0].softmax(axis: 1)
    }
}
