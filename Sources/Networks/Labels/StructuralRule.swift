import Tensors

/// Structural operations need no rule: the same operation moves the labels.
extension TraceScope {
    mutating func structural(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        if let view = parameterView(operation, inputs) { return view }
        // Overlapping windows are added up, not moved.
        guard operation.name.base != "col2im" else { return try opaque(operation, inputs) }
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
        return BatchedLabels(result, batchAxis: operation.batchAxis)
    }

    /// A parameter whose axes are only put in another order stays a parameter.
    private mutating func parameterView(_ operation: Operation, _ inputs: [BatchedLabels]) -> BatchedLabels? {
        guard let first = operation.arguments.first, let view = matrix(first, inputs), let shape = shapes[view.parameter] else { return nil }
        let rank = view.axes.count
        func axis(_ name: String) -> Int? { operation.argument(name).integer.map { $0 < 0 ? $0 + rank : $0 }.flatMap { (0..<rank).contains($0) ? $0 : nil } }
        var axes = view.axes
        switch operation.name.base {
        case "t", "mT", "adjoint":
            guard rank == 2 else { return nil }
            axes.swapAt(0, 1)
        case "transpose":
            guard let one = axis("dim0"), let other = axis("dim1") else { return nil }
            axes.swapAt(one, other)
        case "permute":
            guard let order = operation.argument("dims").integers?.map({ $0 < 0 ? $0 + rank : $0 }), Set(order) == Set(0..<rank), order.count == rank
            else { return nil }
            axes = order.map { view.axes[$0] }
        default: return nil
        }
        var result = BatchedLabels(ValueLabels(NeuronLabels.fixed, shape: axes.map { shape[$0] }), batchAxis: nil)
        result.view = BatchedLabels.ParameterAxes(parameter: view.parameter, axes: axes)
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
        guard ["pad", "constant_pad_nd"].contains(name.base), let place = AllowedOperation.named(name)?.parameters.firstIndex(where: { $0.name == "value" }),
            arguments.indices.contains(place), !arguments[place].isMissing
        else { return self }
        var changed = arguments
        changed[place] = .int(0)
        return Operation(
            name, changed, parameters: parameters, result: result, shape: shape, batchAxis: batchAxis, batchPlace: batchPlace)
    }
}
