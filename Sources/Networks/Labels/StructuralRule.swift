import Tensors

/// Structural operations need no rule: the same operation moves the labels.
extension TraceScope {
    mutating func structural(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        if let view = parameterView(operation, inputs) { return view }
        // Overlapping windows are added up, not moved.
        guard operation.name.base != "col2im" else { return try opaque(operation, inputs) }
        guard isMovable(operation) else {
            return try opaque(operation, inputs, because: "it moves more elements than are followed in a network with so few parameters")
        }
        let tensors = try inputs.indices.map { try (operand(.source($0), inputs) ?? ValueLabels(NeuronLabels.fixed, shape: [])).tensor() }
        var given: [String: Tensor] = [:]
        for case .parameter(let name) in operation.arguments.flatMap(\.leaves) {
            given[name] = try operand(.parameter(name), inputs)?.tensor()
        }
        for case .constant(let name) in operation.arguments.flatMap(\.leaves) {
            given[name] = try operand(.constant(name), inputs)?.tensor()
        }
        let values = given
        let view = ParameterView(layer: layer, constant: { values[$0] }) { values[$0] }
        let result = try ValueLabels(operation.fillingWithZeros.forward(tensors, view, .evaluating))
        guard result.shape.count == operation.shape.count else { return try opaque(operation, inputs) }
        try noteParts(of: operation, inputs, result)
        return BatchedLabels(result, batchAxis: operation.batchAxis)
    }

    /// Whether the budget has what the operation moves: what it reads is not copied, what it makes may be, twice.
    private mutating func isMovable(_ operation: Operation) -> Bool {
        guard let made = Features.product(operation.shape) else { return false }
        return labels.budget.takesMoving(made)
    }

    /// Some of a value's neurons go on by themselves, and may be treated in another way than the others: they permute among themselves only.
    private mutating func noteParts(of operation: Operation, _ inputs: [BatchedLabels], _ result: ValueLabels) throws {
        let taking: Set<String> = [
            "slice", "select", "narrow", "split", "split_with_sizes", "chunk", "unbind", "tensor_split", "unsafe_chunk", "unsafe_split",
        ]
        guard taking.contains(operation.name.base), let first = operation.arguments.first, let value = try operand(first, inputs) else {
            return
        }
        let taken = Set(result.entries), whole = Set(value.entries)
        if taken != whole { labels.noteSet(taken.sorted()) }
    }

    /// A parameter whose axes are only put in another order stays a parameter.
    private mutating func parameterView(_ operation: Operation, _ inputs: [BatchedLabels]) -> BatchedLabels? {
        guard let first = operation.arguments.first, let view = view(first, inputs), let shape = shapes[view.parameter] else { return nil }
        let rank = view.axes.count
        if ["reshape", "view", "reshape_as", "view_as"].contains(operation.name.base), operation.batchAxis == nil {
            return reshaped(view, shape, to: operation.shape)
        }
        guard !view.isFlat else { return nil }
        func axis(_ name: String) -> Int? {
            operation.argument(name).integer.map { $0 < 0 ? $0 + rank : $0 }.flatMap { (0..<rank).contains($0) ? $0 : nil }
        }
        var axes = view.axes
        switch operation.name.base {
        case "t", "mT", "adjoint":
            guard rank == 2 else { return nil }
            axes.swapAt(0, 1)
        case "transpose":
            guard let one = axis("dim0"), let other = axis("dim1") else { return nil }
            axes.swapAt(one, other)
        case "permute":
            guard let order = operation.argument("dims").integers?.map({ $0 < 0 ? $0 + rank : $0 }), Set(order) == Set(0..<rank),
                order.count == rank
            else { return nil }
            axes = order.map { view.axes[$0] }
        default: return nil
        }
        var result = BatchedLabels(ValueLabels(NeuronLabels.fixed, shape: axes.map { shape[$0] }), batchAxis: nil)
        result.view = BatchedLabels.ParameterAxes(parameter: view.parameter, axes: axes)
        return result
    }

    /// A parameter with all its axes but the first laid out in one row, or brought back from that.
    private func reshaped(_ view: BatchedLabels.ParameterAxes, _ shape: [Int], to target: [Int]) -> BatchedLabels? {
        guard view.axes == Array(shape.indices), let first = shape.first, first > 0 else { return nil }
        var changed = view
        switch target {
        case shape: changed.isFlat = false
        case [1, first, shape.reduce(1, *) / first]: changed.isFlat = true
        default: return nil
        }
        var result = BatchedLabels(ValueLabels(NeuronLabels.fixed, shape: target), batchAxis: nil)
        result.view = changed
        return result
    }

    /// An operation of which nothing is known keeps all in place that it touches.
    mutating func opaque(_ operation: Operation, _ inputs: [BatchedLabels], because reason: String? = nil) throws -> BatchedLabels {
        try fixAll(operation, inputs, because: reason ?? "nothing is known of what \(operation.name) does with neurons")
        return BatchedLabels(ValueLabels(NeuronLabels.fixed, shape: operation.shape), batchAxis: operation.batchAxis)
    }
}

extension Operation {
    /// The same with zeros where it pads with another number.
    fileprivate var fillingWithZeros: Operation {
        guard ["pad", "constant_pad_nd"].contains(name.base),
            let place = AllowedOperation.named(name)?.parameters.firstIndex(where: { $0.name == "value" }),
            arguments.indices.contains(place), !arguments[place].isMissing
        else { return self }
        var changed = arguments
        changed[place] = .int(0)
        return Operation(
            name, changed, parameters: parameters, result: result, shape: shape, batchAxis: batchAxis, batchPlace: batchPlace)
    }
}
