import Networks
import Tensors

// Where the batch goes when elements are moved or looked up.

extension BatchFollowing {
    /// For each axis of the result the operand's, of operations that only move whole axes; -1 for a new one. Nil for other operations.
    func permutation(_ call: BatchedCall, rank: Int) throws -> [Int]? {
        var axes = Array(0..<rank)
        switch call.base {
        case "permute":
            guard let dims = call["dims"].ints, dims.count == rank else { throw call.fault("it permutes \(rank) axes otherwise") }
            return try dims.map { try axis($0, rank, call) }
        case "transpose", "swapaxes", "swapdims":
            let numbers = call.arguments.dropFirst().compactMap(\.int)
            guard numbers.count == 2 else { throw call.fault("it names no two axes") }
            axes.swapAt(try axis(numbers[0], rank, call), try axis(numbers[1], rank, call))
            return axes
        case "t": return axes.reversed()
        case "mT", "adjoint":
            guard rank >= 2 else { throw call.fault("a value of \(rank) axes") }
            axes.swapAt(rank - 1, rank - 2)
            return axes
        case "movedim":
            guard let from = call["source"].ints, let to = call["destination"].ints, from.count == to.count else {
                throw call.fault("it moves no axes")
            }
            let moved = try zip(from, to).map { (from: try axis($0, rank, call), to: try axis($1, rank, call)) }.sorted { $0.to < $1.to }
            axes.removeAll { axis in moved.contains { $0.from == axis } }
            for move in moved { axes.insert(move.from, at: min(move.to, axes.count)) }
            return axes
        case "unsqueeze":
            axes.insert(-1, at: try axis(call["dim"].int ?? 0, rank + 1, call))
            return axes
        case "squeeze":
            let gone = try (call["dim"].ints ?? []).map { try axis($0, rank, call) }
            return axes.filter { !gone.contains($0) }
        case "select", "unbind":
            axes.remove(at: try axis(call["dim"].int ?? 0, rank, call))
            return axes
        default: return nil
        }
    }

    mutating func structural(_ call: inout BatchedCall, _ shapes: [GraphShape]) throws -> [Place] {
        let result = shapes.first?.sizes ?? []
        if ["cat", "concat", "stack"].contains(call.base) { return [place(try joined(&call, result))] }
        let (input, batch) = try operand(call, 0), rank = input.sizes.count
        try others(call, beside: 0)
        if let axes = try permutation(call, rank: rank) {
            guard let moved = axes.firstIndex(of: batch.axis) else {
                throw call.fault(
                    call.base == "squeeze"
                        ? "it leaves out the axis of the batch: export with a batch of 2" : "it takes one sample of the batch")
            }
            return shapes.map { _ in place(batch.moved(to: moved)) }
        }
        func keeping(_ axes: [Int]) throws -> [Place] {
            guard try !axes.map({ try axis($0, rank, call) }).contains(batch.axis) else { throw mixing(call) }
            return shapes.map { _ in place(batch) }
        }
        switch call.base {
        case "reshape":
            let moved = try reshaped(input.sizes, to: result, batch, call)
            call.arguments[1] = .list(result.enumerated().map { .int($0.offset == moved.axis ? -1 : $0.element) })
            return [place(moved)]
        case "expand":
            let moved = batch.moved(to: batch.axis + result.count - rank)
            call.arguments[1] = .list(result.enumerated().map { .int($0.offset == moved.axis ? -1 : $0.element) })
            return [place(moved)]
        case "repeat", "tile":
            let times = call.arguments[1].ints ?? [], moved = batch.axis + max(0, times.count - rank)
            let own = times.count - rank + batch.axis
            guard !times.indices.contains(own) || times[own] == 1 else { throw call.fault("it repeats the batch as a whole") }
            return [place(batch.moved(to: moved))]
        case "slice", "narrow", "split", "split_with_sizes", "chunk", "tensor_split", "unsafe_chunk", "unsafe_split":
            return try keeping([call["dim"].int ?? 0])
        case "roll", "flip", "rot90":
            guard let axes = call["dims"].ints, !axes.isEmpty else { throw mixing(call) }
            return try keeping(axes)
        case "pad", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "replication_pad1d", "replication_pad2d":
            let border = call["pad"].ints ?? call["padding"].ints ?? []
            let padded = (0..<border.count / 2).filter { border[2 * $0] != 0 || border[2 * $0 + 1] != 0 }
            return try keeping(padded.map { rank - 1 - $0 })
        case "pixel_shuffle", "pixel_unshuffle": return try keeping([rank - 1, rank - 2, rank - 3])
        case "channel_shuffle": return try keeping([1])
        case "unfold": return try keeping([call["dimension"].int ?? 0])
        case "im2col", "col2im":
            guard batch == Batch(axis: 0), rank == (call.base == "im2col" ? 4 : 3) else { throw mixing(call) }
            return [place(batch)]
        case "repeat_interleave":
            guard let given = call["dim"].int, case let repeats = call["repeats"].int ?? 1 else { throw mixing(call) }
            let own = try axis(given, rank, call)
            call["output_size"] = .none
            let length = rank > 0 ? input.sizes[own].multipliedReportingOverflow(by: repeats) : (0, true)
            guard repeats > 0, !length.1, result.indices.contains(own), result[own] == length.0 else {
                throw call.fault("it repeats \(repeats) times, which gives no result of shape \(result)")
            }
            return [place(own == batch.axis ? Batch(axis: own, outer: batch.outer, inner: batch.inner * repeats) : batch)]
        default: throw call.fault("the batch cannot be followed through it")
        }
    }

    /// Where the batch stands after elements in row-major order are given other sizes: as many entries stand before it.
    private func reshaped(_ sizes: [Int], to result: [Int], _ batch: Batch, _ call: BatchedCall) throws -> Batch {
        let before = sizes[..<batch.axis].reduce(1, *) * batch.outer
        var prefix = 1, places: [Batch] = []
        for (axis, size) in result.enumerated() {
            if prefix > 0, before % prefix == 0, case let outer = before / prefix, size % (outer * example) == 0, size > 0 {
                places.append(Batch(axis: axis, outer: outer, inner: size / (outer * example)))
            }
            prefix *= size
        }
        // With an example of one sample several axes may be meant. The last one has features: sequences and heads are what a batch is merged with.
        let others = places.filter { $0.axis < result.count - 1 }
        if let place = others.first(where: { $0.outer == 1 }) ?? others.last ?? places.first { return place }
        throw call.fault("from \(sizes) to \(result) the batch of \(example) stands on no axis")
    }

    /// Values one after another: those without batch are repeated for each sample.
    private mutating func joined(_ call: inout BatchedCall, _ result: [Int]) throws -> Batch? {
        let values = call.values
        guard let batched = values.first(where: { $0.batch != nil }), let batch = batched.batch else { return nil }
        for value in values where value.batch != nil && value.batch != batch {
            throw call.fault("its operands have the batch in different places")
        }
        let own = try axis(call["dim"].int ?? 0, result.count, call)
        guard call.base == "stack" || own != batch.axis else { throw mixing(call) }
        call.arguments[0] = try call.arguments[0].mapped { value in
            value.batch != nil ? value : try withBatch(value, axis: batch.axis, beside: batched, call)
        }
        return call.base == "stack" && own <= batch.axis ? batch.moved(to: batch.axis + 1) : batch
    }

    // MARK: Elements by their numbers

    mutating func index(_ call: inout BatchedCall) throws -> Batch? {
        switch call.base {
        case "index": return try advancedIndex(&call)
        case "gather", "take_along_dim", "scatter":
            guard let batched = call.values.first(where: { $0.batch != nil }), let batch = batched.batch else { return nil }
            let own = try axis(call["dim"].int ?? 0, batched.sizes.count, call)
            guard own != batch.axis else { throw mixing(call) }
            for place in call.arguments.indices {
                call.arguments[place] = try call.arguments[place].mapped { value in
                    guard value.batch == nil else {
                        guard value.batch == batch else { throw call.fault("its operands have the batch in different places") }
                        return value
                    }
                    return try withBatch(value, axis: batch.axis, beside: batched, call)
                }
            }
            return batch
        case "index_select":
            guard let own = call["self"].values.first, let indices = call["index"].values.first else {
                throw call.fault("it has no operands")
            }
            let axis = try axis(call["dim"].int ?? 0, own.sizes.count, call)
            if let batch = own.batch, indices.batch == nil {
                guard axis != batch.axis else { throw mixing(call) }
                return batch
            }
            guard own.batch == nil, let batch = indices.batch else { throw mixing(call) }
            return batch.moved(to: axis)
        case "one_hot":
            let (_, batch) = try operand(call, 0)
            guard let classes = call["num_classes"].int, classes > 0 else { throw call.fault("the number of classes depends on the input") }
            return batch
        case "bucketize":
            let (_, batch) = try operand(call, 0)
            try others(call, beside: 0)
            return batch
        default: throw call.fault("the batch cannot be followed through it")
        }
    }

    private mutating func advancedIndex(_ call: inout BatchedCall) throws -> Batch? {
        call.arguments[0] = try call.arguments[0].mapped { $0.batch == nil ? try materialised($0, call) : $0 }
        guard let own = call.arguments[0].values.first, own.batch != nil || call.arguments[1].values.contains(where: { $0.batch != nil }),
            case .list(var indices) = call.arguments[1]
        else {
            throw call.fault("it has no operands")
        }
        if own.batch != nil {
            for place in indices.indices {
                indices[place] = try indices[place].mapped { $0.batch == nil ? try materialised($0, call) : $0 }
            }
            call.arguments[1] = .list(indices)
        }
        let places = indices.indices.filter { !indices[$0].isNone }
        let tensors = places.compactMap { indices[$0].values.first }
        guard tensors.count == places.count, !tensors.contains(where: { $0.type == .bool || $0.type == .uint8 }) else {
            throw call.fault("it takes elements by a mask, so that the size of its result depends on the input")
        }
        let rank = tensors.map(\.sizes.count).max() ?? 0
        let isOneBlock = zip(places, places.dropFirst()).allSatisfy { $1 == $0 + 1 }
        let block = isOneBlock ? places.first ?? 0 : 0
        var found: Batch?
        for tensor in tensors {
            guard let batch = tensor.batch else { continue }
            let moved = batch.moved(to: batch.axis + rank - tensor.sizes.count)
            guard found == nil || found == moved else { throw call.fault("its indices have the batch in different places") }
            found = found ?? moved
        }
        if let batch = own.batch, places.contains(batch.axis) {
            // Each sample's own entry: the index along the batch is 0, 1, 2, ….
            guard batch.entries == 1, let number = indices[batch.axis].values.first, let tensor = number.value.constant,
                let axis = try countingAxis(tensor), found == nil || found == Batch(axis: axis + rank - number.sizes.count)
            else { throw call.fault("it takes samples of the batch by their numbers") }
            indices[batch.axis] = .value(try counting(number, axis: axis, beside: own, call))
            call.arguments[1] = .list(indices)
            return Batch(axis: block + axis + rank - number.sizes.count)
        }
        if let batch = own.batch {
            guard found == nil else { throw call.fault("it indexes a value of the input by another one, without saying whose sample") }
            let before = places.count { $0 < batch.axis }
            if isOneBlock { return batch.moved(to: batch.axis < block ? batch.axis : batch.axis - before + rank) }
            return batch.moved(to: rank + batch.axis - before)
        }
        guard let batch = found, let batched = tensors.first(where: { $0.batch != nil }) else { return nil }
        call.arguments[1] = .list(
            try indices.map { index in
                try index.mapped { value in
                    value.batch != nil
                        ? value : try broadcastable(value, axis: batch.axis - (rank - value.sizes.count), beside: batched, call)
                }
            })
        return batch.moved(to: batch.axis + block)
    }

    /// The axis along which a tensor counts the example's samples, 0, 1, 2, …, where it does only that.
    private func countingAxis(_ tensor: Tensor) throws -> Int? {
        guard tensor.count == example else { return nil }
        let axis = tensor.shape.firstIndex { $0 != 1 } ?? (tensor.rank > 0 ? 0 : nil)
        return try tensor.array(of: Int.self) == Array(0..<example) ? axis : nil
    }

    /// The numbers of the samples, shaped as a constant was that counts those of the example.
    private mutating func counting(_ number: BatchedValue, axis: Int, beside own: BatchedValue, _ call: BatchedCall) throws -> BatchedValue
    {
        guard let arange = AllowedOperation.named(OperationName("arange")), let reshape = AllowedOperation.named(OperationName("reshape"))
        else {
            throw call.fault("arange is not on the list")
        }
        var made = BatchedCall(name: call.name, module: call.module, allowed: arange, arguments: [.batch(1), .dtype(.int64)])
        made.batchFrom = own
        let counted = append(made, [GraphShape(sizes: [example], type: .int64)], [(Batch(axis: 0), [])])[0]
        guard number.sizes.count > 1 else { return counted }
        let sizes = number.sizes.indices.map { $0 == axis ? -1 : 1 }
        let shaped = BatchedCall(
            name: call.name, module: call.module, allowed: reshape, arguments: [.value(counted), .list(sizes.map { .int($0) })])
        return append(shaped, [GraphShape(sizes: number.sizes, type: .int64)], [(Batch(axis: axis), [])])[0]
    }
}
