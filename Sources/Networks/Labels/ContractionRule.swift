/// Products of two values: what is summed up over is tied, and stays within its head; what is not passes on.
extension TraceScope {
    mutating func contraction(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        func done(_ labels: ValueLabels) -> BatchedLabels { BatchedLabels(labels, batchAxis: operation.batchAxis) }
        switch operation.name.base {
        case "matmul":
            if matrix(operation.argument("other"), inputs)?.axes.count == 2, matrix(operation.argument("self"), inputs) == nil {
                return try linear(operation, inputs)
            }
            return done(try multiplied(operand("self", of: operation, inputs), operand("other", of: operation, inputs)))
        case "bmm": return done(try multiplied(operand("self", of: operation, inputs), operand("mat2", of: operation, inputs)))
        case "baddbmm":
            let product = try multiplied(operand("batch1", of: operation, inputs), operand("batch2", of: operation, inputs))
            return done(try combined(product, operand("self", of: operation, inputs)))
        case "scaled_dot_product_attention": return done(try attention(operation, inputs))
        default: return try opaque(operation, inputs)
        }
    }

    /// softmax(Q Kᵀ) V for each head by itself; with fewer heads of keys and values each stands for several.
    private mutating func attention(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> ValueLabels {
        let query = try operand("query", of: operation, inputs)
        var key = try operand("key", of: operation, inputs), value = try operand("value", of: operation, inputs)
        let rank = query.shape.count
        guard rank > 2, key.shape.count == rank, value.shape.count == rank else { return try opaque(operation, inputs).labels }
        let heads = query.shape[rank - 3], own = key.shape[rank - 3]
        if heads != own, own > 0, heads % own == 0 {
            for repeated in [key, value] {
                let (count, tooMany) = repeated.entries.count.multipliedReportingOverflow(by: heads / own)
                guard !tooMany, labels.budget.holds(count) else { return try opaque(operation, inputs).labels }
            }
            key = key.repeated(axis: rank - 3, times: heads / own)
            value = value.repeated(axis: rank - 3, times: heads / own)
        }
        addCost(query.shape.reduce(1, *), key.shape[rank - 2])
        addCost(query.shape.dropLast().reduce(1, *), key.shape[rank - 2], value.shape[rank - 1])
        var order = Array(0..<rank)
        order.swapAt(rank - 1, rank - 2)
        var scores = try multiplied(query, key.permuted(order))
        if let mask = try operand(operation.argument("attn_mask"), inputs) { scores = try combined(scores, mask) }
        return try multiplied(scores, value)
    }

    /// [… n, k] · [… k, m], with axes before that are broadcast.
    mutating func multiplied(_ first: ValueLabels, _ second: ValueLabels) throws -> ValueLabels {
        guard !first.shape.isEmpty, !second.shape.isEmpty else {
            throw NetworkError.input(layer: layer, expected: "rows and columns", found: "a number")
        }
        let isRow = first.shape.count == 1, isColumn = second.shape.count == 1
        let rank = max(first.shape.count, second.shape.count, 2)
        let one = (isRow ? first.inserted(axis: 0) : first).padded(to: rank)
        let other = (isColumn ? second.inserted(axis: 1) : second).padded(to: rank)
        let (row, last) = (rank - 2, rank - 1)
        guard one.shape[last] == other.shape[row] else {
            throw NetworkError.input(
                layer: layer, expected: "factors that fit",
                found: "\(NetworkError.shape(first.shape)) and \(NetworkError.shape(second.shape))")
        }
        var shape = zip(one.shape, other.shape).map { max($0, $1) }
        shape[row] = one.shape[row]
        shape[last] = other.shape[last]
        var result = try product(one, other, shape: shape)
        if isColumn { result = uniform(result, along: [last]).removed(axis: last) }
        if isRow { result = uniform(result, along: [row]).removed(axis: row) }
        return result
    }

    private mutating func product(_ first: ValueLabels, _ second: ValueLabels, shape: [Int]) throws -> ValueLabels {
        let rank = shape.count, (row, last) = (rank - 2, rank - 1), nothing = ValueLabels(NeuronLabels.fixed, shape: shape)
        // Entries that all keep their place, such as a mask that comes in, are positions and no neurons.
        func isPlaced(_ value: ValueLabels) -> Bool { !hasFree(value) && value.entries.contains { $0 >= 0 } }
        var one = isPlaced(first) ? first.allFixed : first, other = isPlaced(second) ? second.allFixed : second
        // Neurons along the axis that stays, and positions along the one that is summed up over: the same neurons at all of them.
        if one.extents[last] > 1, one.extents[row] > 1, other.extents[row] == 1 { one = uniform(one, along: [last]) }
        if other.extents[row] > 1, other.extents[last] > 1, one.extents[last] == 1 { other = uniform(other, along: [row]) }
        if one.extents[last] > 1 || other.extents[row] > 1 {
            // Channels are summed up over: they go in pairs, each within its row of the axes before.
            let left = uniform(one, along: [row]), right = uniform(other, along: [last])
            let pairs = try combined(left.resized(axis: row, to: 1), right.resized(axis: last, to: 1).transposedLast)
            for channels in pairs.rows(along: last) { labels.noteSet(channels) }
            return nothing
        }
        let isOne = one.extents[row] > 1 && hasFree(one), isOther = other.extents[last] > 1 && hasFree(other)
        switch (isOne, isOther) {
        case (true, true):
            // Channels against channels: each element is of two neurons.
            note("channels are compared with channels")
            fix(one)
            fix(other)
            return nothing
        case (false, true):
            if hasFree(one) { fix(one) }
            for channels in other.rows(along: last) { labels.noteSet(channels) }
            return other.withShape(shape)
        case (true, false):
            if hasFree(other) { fix(other) }
            for channels in one.rows(along: row) { labels.noteSet(channels) }
            return one.withShape(shape)
        case (false, false):
            // Neurons along the axes before, or none.
            if one.varyingAxes.isEmpty, let label = other.only, label != 0 || one.only == label { return ValueLabels(label, shape: shape) }
            if hasFree(one) || hasFree(other) {
                let rows = try combined(
                    uniform(one, along: [row, last]).resized(axis: row, to: 1).resized(axis: last, to: 1),
                    uniform(other, along: [row, last]).resized(axis: row, to: 1).resized(axis: last, to: 1))
                return rows.withShape(shape)
            }
            return nothing
        }
    }

    /// Says that all places along some axes are one and the same to what follows: their labels are tied.
    mutating func uniform(_ value: ValueLabels, along axes: [Int]) -> ValueLabels {
        var value = value
        for axis in axes where value.extents[axis] > 1 {
            let outer = value.extents[..<axis].reduce(1, *), inner = value.extents[(axis + 1)...].reduce(1, *), length = value.extents[axis]
            var kept: [Int] = []
            kept.reserveCapacity(outer * inner)
            for block in 0..<outer {
                for place in 0..<inner {
                    var label = NeuronLabels.constant
                    for step in 0..<length {
                        let found = value.entries[(block * length + step) * inner + place]
                        if found == label || found < 0 { continue }
                        if label >= 0 { labels.tie(label, found) }
                        label = max(label, found)
                    }
                    kept.append(label)
                }
            }
            var extents = value.extents
            extents[axis] = 1
            value = ValueLabels(shape: value.shape, extents: extents, entries: kept)
        }
        return value
    }
}

extension ValueLabels {
    /// Of the same shape, with every entry in its place.
    fileprivate var allFixed: ValueLabels { ValueLabels(NeuronLabels.fixed, shape: shape) }

    /// With the last two axes exchanged.
    var transposedLast: ValueLabels {
        var order = Array(shape.indices)
        order.swapAt(order.count - 1, order.count - 2)
        return permuted(order)
    }
}
