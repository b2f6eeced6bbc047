/// Pooling, reductions, and what mixes elements along an axis.
extension TraceScope {
    /// Windows of positions and positions in between: channels pass.
    mutating func pooling(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        guard let first = operation.arguments.first, let value = try operand(first, inputs), operation.name.base != "grid_sampler",
            let spatial = operation.name.base.compactMap({ $0.wholeNumberValue }).first, value.shape.count > spatial,
            operation.shape.count == value.shape.count
        else { return try opaque(operation, inputs) }
        let leading = value.shape.count - spatial
        let channels = uniform(value, along: Array(leading..<value.shape.count))
        return BatchedLabels(
            channels.withShape(Array(value.shape[..<leading]) + Array(operation.shape[leading...])), batchAxis: operation.batchAxis)
    }

    /// Sums, means, largest values and the like over some axes.
    mutating func reduction(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        let value = try operand("self", of: operation, inputs), rank = value.shape.count
        let given = operation.argument("dim").integers ?? []
        let axes = given.isEmpty ? Array(0..<rank) : given.map { $0 < 0 ? $0 + rank : $0 }
        guard axes.allSatisfy(value.shape.indices.contains) else { return try opaque(operation, inputs) }
        let isPlace =
            operation.name.base.hasPrefix("arg") || operation.result > 0 && ["max", "min", "median"].contains(operation.name.base)
        if isPlace, axes.contains(where: { value.extents[$0] > 1 }) {
            return try opaque(operation, inputs, because: "it asks which neuron is the largest")
        }
        let rows = sets(of: value, over: axes)
        let entries = rows.map { row in
            let label = row.first { $0 >= 0 } ?? NeuronLabels.constant
            if row.allSatisfy({ $0 == label || $0 < 0 }) { return label }
            labels.noteSet(row)
            return NeuronLabels.fixed
        }
        var result = ValueLabels(
            shape: value.shape.indices.map { axes.contains($0) ? 1 : value.shape[$0] },
            extents: value.extents.indices.map { axes.contains($0) ? 1 : value.extents[$0] }, entries: entries)
        let keeps = operation.argument("keepdim").isTrue
        if !keeps { for axis in Set(axes).sorted(by: >) { result = result.removed(axis: axis) } }
        return BatchedLabels(result, batchAxis: operation.batchAxis)
    }

    /// Softmax and the like: an axis stays, and its elements are mixed.
    mutating func rowwise(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        guard let first = operation.arguments.first, let value = try operand(first, inputs), !value.shape.isEmpty else {
            return try opaque(operation, inputs)
        }
        let rank = value.shape.count, given = operation.argument("dim").integer ?? (operation.name.base == "cosine_similarity" ? 1 : -1)
        let axis = given < 0 ? given + rank : given
        guard value.shape.indices.contains(axis) else { return try opaque(operation, inputs) }
        switch operation.name.base {
        case "softmax", "log_softmax", "_softmax", "_log_softmax":
            noteRows(of: value, over: [axis])
            return BatchedLabels(value, batchAxis: operation.batchAxis)
        case "glu":
            let half = value.shape[axis] / 2
            guard half * 2 == value.shape[axis] else { return try opaque(operation, inputs) }
            return BatchedLabels(
                try combined(value.sliced(axis: axis, 0..<half), value.sliced(axis: axis, half..<2 * half)), batchAxis: operation.batchAxis)
        case "cumsum", "cumprod", "logcumsumexp", "sort", "topk", "argsort", "diff":
            guard value.extents[axis] == 1, operation.shape.count == rank, try operands(of: operation, inputs).count == 1 else {
                return try opaque(operation, inputs, because: "it depends on the order of neurons")
            }
            return BatchedLabels(value.resized(axis: axis, to: operation.shape[axis]), batchAxis: operation.batchAxis)
        default: return try opaque(operation, inputs)
        }
    }
}
