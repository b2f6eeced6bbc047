import Tensors

/// Rows of tables and elements by their numbers.
extension TraceScope {
    /// A table's columns are neurons, its rows are entries of a vocabulary, which keep their places.
    mutating func embedding(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        guard let table = matrix(operation.argument("weight"), inputs), table.axes == [0, 1], let shape = shapes[table.parameter] else {
            return try opaque(operation, inputs)
        }
        let indices = try operand("indices", of: operation, inputs)
        fix(indices)
        try attachFixed(table.parameter, axis: 0, length: shape[0])
        let neurons = newGroup(neurons: shape[1])
        try attach(full: table.parameter, axis: 1, neurons)
        noteOutput(table.parameter, axis: 1)
        let size = indices.shape + [shape[1]]
        return BatchedLabels(ValueLabels(neurons, axis: size.count - 1, shape: size), batchAxis: operation.batchAxis)
    }

    mutating func index(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        var value = try operand(operation.arguments.first ?? .none, inputs) ?? ValueLabels(NeuronLabels.fixed, shape: [])
        let rank = value.shape.count
        func axis(_ argument: OperationArgument) -> Int? {
            argument.integer.map { $0 < 0 ? $0 + rank : $0 }.flatMap { (0..<rank).contains($0) ? $0 : nil }
        }
        switch operation.name.base {
        case "index":
            guard case .list(let places) = operation.argument("indices"), places.count <= rank else { return try opaque(operation, inputs) }
            let taken = places.indices.filter { !places[$0].isMissing }
            guard let first = taken.first, let end = taken.last.map({ $0 + 1 }), end - first == taken.count,
                let fixed = try chosen(value, along: taken, operation, inputs)
            else { return try opaque(operation, inputs, because: "which neurons it takes depends on the data") }
            value = fixed
            let added = operation.shape.count - (rank - taken.count)
            guard added >= 0 else { return try opaque(operation, inputs) }
            var shape = value.shape, extents = value.extents
            shape.replaceSubrange(first..<end, with: operation.shape[first..<first + added])
            extents.replaceSubrange(first..<end, with: [Int](repeating: 1, count: added))
            return BatchedLabels(ValueLabels(shape: shape, extents: extents, entries: value.entries), batchAxis: operation.batchAxis)
        case "index_select":
            guard let axis = axis(operation.argument("dim")), operation.shape.count == rank,
                let fixed = try chosen(value, along: [axis], operation, inputs)
            else { return try opaque(operation, inputs, because: "which neurons it takes depends on the data") }
            return BatchedLabels(fixed.resized(axis: axis, to: operation.shape[axis]), batchAxis: operation.batchAxis)
        case "gather":
            guard let axis = axis(operation.argument("dim")), operation.shape.count == rank,
                let fixed = try chosen(value, along: [axis], operation, inputs)
            else { return try opaque(operation, inputs, because: "which neurons it takes depends on the data") }
            let indices = try operand("index", of: operation, inputs)
            let shape = fixed.shape.indices.map { fixed.extents[$0] > 1 ? fixed.shape[$0] : indices.shape[$0] }
            guard shape == indices.shape else { return try opaque(operation, inputs) }
            return BatchedLabels(try combined(fixed.withShape(shape), indices), batchAxis: operation.batchAxis)
        default: return try opaque(operation, inputs)
        }
    }

    /// A value of which some places along `axes` are taken; nil where neurons lie along them. The rows of a parameter are alike to what takes them.
    private mutating func chosen(
        _ value: ValueLabels, along axes: [Int], _ operation: Operation, _ inputs: [BatchedLabels]
    ) throws -> ValueLabels? {
        for argument in operation.arguments.dropFirst().flatMap(\.leaves) {
            if let indices = try operand(argument, inputs) { fix(indices) }
        }
        if axes.allSatisfy({ value.extents[$0] == 1 }) { return value }
        guard case .parameter? = operation.arguments.first else { return nil }
        return uniform(value, along: axes)
    }

    /// New tensors: the same number everywhere says nothing of neurons, a sequence of numbers tells places apart.
    func creation(_ operation: Operation) -> BatchedLabels {
        let isSequence = ["arange", "linspace", "eye"].contains(operation.name.base)
        return BatchedLabels(
            ValueLabels(isSequence ? NeuronLabels.fixed : NeuronLabels.constant, shape: operation.shape), batchAxis: operation.batchAxis)
    }
}
