/// Operations on each element by itself tie their operands.
extension TraceScope {
    mutating func pointwise(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        let first = operation.arguments.first.map { $0 }
        switch operation.name.base {
        case "type_as", "to", "contiguous", "clone", "alias", "detach", "lift_fresh", "lift_fresh_copy", "_to_copy", "dropout",
            "feature_dropout",
            "alpha_dropout", "feature_alpha_dropout":
            if case .source(let index)? = first, inputs.indices.contains(index) { return inputs[index] }
            return BatchedLabels(
                try operand(first ?? .none, inputs) ?? ValueLabels(NeuronLabels.fixed, shape: operation.shape),
                batchAxis: operation.batchAxis)
        case "fill" where operation.name.overload == "Scalar":
            return BatchedLabels(ValueLabels(NeuronLabels.constant, shape: operation.shape), batchAxis: operation.batchAxis)
        case "fill", "copy": return try opaque(operation, inputs)
        case "add" where !ties.contains(.sums):
            if let sum = try looseSum(operands(of: operation, inputs)) { return BatchedLabels(sum, batchAxis: operation.batchAxis) }
        case "prelu": return try prelu(operation, inputs)
        default: break
        }
        var operands = try operands(of: operation, inputs)
        guard var result = operands.first else { throw NetworkError.input(layer: layer, expected: "a tensor", found: "none") }
        operands.removeFirst()
        for other in operands { result = try combined(result, other) }
        return BatchedLabels(result, batchAxis: operation.batchAxis)
    }

    /// A sum whose operands' neurons are not tied: its own are new.
    private mutating func looseSum(_ operands: [ValueLabels]) throws -> ValueLabels? {
        guard operands.count == 2, operands[0].shape == operands[1].shape, operands[0].varyingAxes.count == 1,
            operands[0].varyingAxes == operands[1].varyingAxes
        else { return nil }
        let first = operands[0], axis = first.varyingAxes[0]
        return ValueLabels(newGroup(neurons: first.shape[axis]), axis: axis, shape: first.shape)
    }

    /// One slope for all, or one for each channel.
    private mutating func prelu(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        let value = try operand("self", of: operation, inputs)
        guard var slopes = try operand(operation.argument("weight"), inputs), slopes.shape != [1], value.shape.count > 1 else {
            return BatchedLabels(value, batchAxis: operation.batchAxis)
        }
        for _ in 2..<max(2, value.shape.count) { slopes = slopes.inserted(axis: slopes.shape.count) }
        return BatchedLabels(try combined(value, slopes), batchAxis: operation.batchAxis)
    }
}
