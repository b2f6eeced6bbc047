import Networks

// Where the batch goes, for each kind of operation.

extension BatchFollowing {
    typealias Place = (batch: Batch?, pending: Set<Int>)

    func place(_ batch: Batch?) -> Place { (batch, []) }

    /// The rule of an operation of whose operands one has a batch at least.
    mutating func rule(_ call: inout BatchedCall, _ shapes: [GraphShape]) throws -> [Place] {
        let all: (Batch?) -> [Place] = { batch in shapes.map { _ in (batch, []) } }
        if !Self.fitsOperands(call) {
            // What the file repeats as often as the example had samples is repeated: here it stands where no batch does.
            for place in call.arguments.indices {
                call.arguments[place] = try call.arguments[place].mapped { $0.batch == nil ? try materialised($0, call) : $0 }
            }
        }
        switch call.allowed.kind {
        case .pointwise: return all(try pointwise(&call, rank: shapes.first?.sizes.count ?? 0))
        case .structural: return try structural(&call, shapes)
        case .linear: return all(try linear(call))
        case .convolution, .channelNorm:
            let (input, batch) = try operand(call, 0)
            // Without an axis for the batch the first axis would be the channels.
            let rank = call.base.hasPrefix("conv") ? (call["weight"].values.first?.sizes.count ?? 0) : max(2, input.sizes.count)
            guard batch.axis == 0, input.sizes.count == rank else {
                throw call.fault("its input \(input.sizes) has the batch on axis \(batch.axis)")
            }
            try others(call, beside: 0)
            return all(batch)
        case .rowNorm:
            let (input, batch) = try operand(call, 0)
            let normalised = call["normalized_shape"].ints?.count ?? input.sizes.count - 1
            guard batch.axis < input.sizes.count - normalised else { throw mixing(call) }
            try others(call, beside: 0)
            return all(batch)
        case .pooling:
            let (input, batch) = try operand(call, 0)
            if call.base == "grid_sampler" {
                guard call.values.allSatisfy({ $0.batch == batch }) else { throw call.fault("an input or a grid without the batch") }
                return all(batch)
            }
            let positions = call.base.contains("1d") ? 1 : call.base.contains("3d") ? 3 : 2
            guard batch.axis < input.sizes.count - positions else { throw mixing(call) }
            return all(batch)
        case .contraction: return all(try contraction(&call, rank: shapes.first?.sizes.count ?? 0))
        case .reduction: return all(try reduction(call))
        case .rowwise:
            let (input, batch) = try operand(call, 0)
            guard call.values.count == 1 else { throw call.fault("it joins values along an axis, which is not followed with a batch") }
            if call.base != "diff" || call.axes != nil {
                let axis = try axis(call.axes?.first ?? -1, input.sizes.count, call)
                guard axis != batch.axis else { throw mixing(call) }
            } else if batch.axis == input.sizes.count - 1 {
                throw mixing(call)
            }
            return all(batch)
        case .embedding:
            guard let indices = call["indices"].values.first, let batch = indices.batch, call["weight"].values.first?.batch == nil else {
                throw call.fault("its table depends on the input")
            }
            return all(batch)
        case .index: return all(try index(&call))
        case .recurrent: return try recurrent(&call, shapes)
        case .creation, .opaque:
            if ["tril", "triu"].contains(call.base) {
                let (input, batch) = try operand(call, 0)
                guard batch.axis < input.sizes.count - 2 else { throw mixing(call) }
                return all(batch)
            }
            throw call.fault("the batch cannot be followed through it")
        }
    }

    /// Whether the rule of an operation itself sees to operands without batch.
    private static func fitsOperands(_ call: BatchedCall) -> Bool {
        call.allowed.kind == .pointwise || call.allowed.kind == .recurrent
            || [
                "cat", "concat", "stack", "matmul", "bmm", "baddbmm", "scaled_dot_product_attention", "index", "gather", "take_along_dim",
                "scatter",
            ].contains(call.base)
    }

    /// Values without a batch: repetitions as often as the example had samples wait until something with a batch meets them.
    mutating func ruleWithoutBatch(_ call: inout BatchedCall, _ shapes: [GraphShape]) throws -> [Place] {
        let values = call.values, result = shapes.first?.sizes ?? []
        if call.base == "expand" || call.base == "repeat", let own = values.first, let sizes = call.arguments.last?.ints,
            sizes.count == result.count,
            sizes.count >= own.sizes.count
        {
            let shift = sizes.count - own.sizes.count, isRepeat = call.base == "repeat"
            var pending: Set<Int> = [], wanted = isRepeat ? sizes : result
            for axis in sizes.indices where result[axis] == example && example > 1 {
                let length = axis < shift ? 1 : own.trueSizes[axis - shift]
                guard length == 1 else { continue }
                pending.insert(axis)
                wanted[axis] = 1
            }
            for axis in own.pending where !pending.contains(axis + shift) {
                throw call.fault("it repeats a value that was repeated for the batch before")
            }
            call.arguments[call.arguments.count - 1] = .list(wanted.map { .int($0) })
            return [(nil, pending)]
        }
        guard values.contains(where: { !$0.pending.isEmpty }) else { return shapes.map { _ in (nil, []) } }
        if call.allowed.kind == .pointwise {
            let pending = result.indices.filter { axis in
                let meeting = values.filter { axis >= result.count - $0.sizes.count }
                func place(_ value: BatchedValue) -> Int { axis - (result.count - value.sizes.count) }
                return meeting.contains { $0.pending.contains(place($0)) } && meeting.allSatisfy { $0.trueSizes[place($0)] == 1 }
            }
            return shapes.map { _ in (nil, Set(pending)) }
        }
        if let own = values.first, values.count == 1, let axes = try permutation(call, rank: own.sizes.count) {
            return [own.permuted(axes)]
        }
        // Anything else sees the value as long as the file says.
        for place in call.arguments.indices {
            call.arguments[place] = try call.arguments[place].mapped { try materialised($0, call) }
        }
        return shapes.map { _ in (nil, []) }
    }

    // MARK: Operands

    func mixing(_ call: BatchedCall) -> NetworkError { call.fault("it mixes the samples of a batch, which are independent") }

    /// An operand that must have the batch.
    func operand(_ call: BatchedCall, _ place: Int) throws -> (BatchedValue, Batch) {
        guard call.arguments.indices.contains(place), let value = call.arguments[place].values.first, let batch = value.batch else {
            throw call.fault("something else than its first operand depends on the input")
        }
        return (value, batch)
    }

    /// Only one operand may have the batch.
    func others(_ call: BatchedCall, beside place: Int) throws {
        for (other, argument) in call.arguments.enumerated() where other != place && argument.values.contains(where: { $0.batch != nil }) {
            throw call.fault("“\(call.allowed.parameters[other].name)” depends on the input")
        }
    }

    // MARK: Pointwise

    /// The batch of operands that are broadcast against one another, and the operands without it so that they fit any batch.
    mutating func pointwise(_ call: inout BatchedCall, rank: Int) throws -> Batch? {
        var found: (batch: Batch, value: BatchedValue)?
        for value in call.values {
            guard let own = value.batch else { continue }
            let batch = own.moved(to: own.axis + rank - value.sizes.count)
            guard found == nil || found?.batch == batch else { throw call.fault("two operands have the batch in different places") }
            found = found ?? (batch, value)
        }
        guard let (batch, batched) = found else { return nil }
        for place in call.arguments.indices {
            call.arguments[place] = try call.arguments[place].mapped { value in
                if value.batch != nil { return value }
                let axis = batch.axis - (rank - value.sizes.count)
                return try broadcastable(value, axis: axis, beside: batched, call)
            }
        }
        return batch
    }

    // MARK: Sums

    func linear(_ call: BatchedCall) throws -> Batch? {
        let matrix = call.base.hasPrefix("add") ? 1 : 0
        if call.arguments.indices.contains(matrix), call.arguments[matrix].values.first?.batch == nil,
            call.base == "mm" || call.base == "addmm", call.arguments.indices.contains(matrix + 1),
            let second = call.arguments[matrix + 1].values.first, let batch = second.batch, batch.axis == 1
        {
            return batch
        }
        let (input, batch) = try operand(call, matrix)
        try others(call, beside: matrix)
        guard batch.axis < input.sizes.count - 1 else { throw mixing(call) }
        return batch
    }

    mutating func contraction(_ call: inout BatchedCall, rank: Int) throws -> Batch? {
        switch call.base {
        case "matmul", "bmm", "baddbmm":
            let first = call.base == "baddbmm" ? 1 : 0
            guard let left = call.arguments[first].values.first, let right = call.arguments[first + 1].values.first else {
                throw call.fault("it has no operands")
            }
            if left.sizes.count > 1, right.sizes.count > 1 {
                return try product(&call, left, right, at: first, rank: max(left.sizes.count, right.sizes.count))
            }
            guard right.sizes.count == 1, right.batch == nil, let batch = left.batch, batch.axis < left.sizes.count - 1 else {
                throw mixing(call)
            }
            return batch
        case "scaled_dot_product_attention": return try attention(&call)
        case "einsum": return try einsum(&call)
        case "bilinear":
            guard let left = call.arguments[0].values.first, let batch = left.batch, call.arguments[1].values.first?.batch == batch,
                batch.axis < left.sizes.count - 1
            else { throw mixing(call) }
            return batch
        default: throw call.fault("the batch cannot be followed through it")
        }
    }

    private mutating func product(
        _ call: inout BatchedCall, _ left: BatchedValue, _ right: BatchedValue, at first: Int, rank: Int
    ) throws -> Batch? {
        var found: (batch: Batch, value: BatchedValue)?
        for (value, free) in [(left, 2), (right, 1)] {
            guard let own = value.batch else { continue }
            let moved = own.moved(to: own.axis + rank - value.sizes.count)
            if own.axis >= value.sizes.count - 2 {
                // A row of the left or a column of the right matrix, where the other one is the same for all samples.
                guard own.axis == value.sizes.count - free,
                    (value.batch == left.batch ? right : left).batch == nil || left.batch == right.batch
                else {
                    throw mixing(call)
                }
                guard (free == 2 ? right : left).batch == nil else { throw mixing(call) }
                for place in call.arguments.indices {
                    call.arguments[place] = try call.arguments[place].mapped { $0.batch == nil ? try materialised($0, call) : $0 }
                }
                return moved
            }
            guard found == nil || found?.batch == moved else { throw call.fault("its operands have the batch in different places") }
            found = found ?? (moved, value)
        }
        guard let (batch, batched) = found else { return nil }
        for place in call.arguments.indices {
            call.arguments[place] = try call.arguments[place].mapped { value in
                guard value.batch == nil else { return value }
                let axis = batch.axis - (rank - value.sizes.count)
                // `bmm` does not broadcast.
                if call.base != "matmul", place >= first { return try withBatch(value, axis: axis, beside: batched, call) }
                return try broadcastable(value, axis: axis, beside: batched, call)
            }
        }
        return batch
    }

    private mutating func attention(_ call: inout BatchedCall) throws -> Batch? {
        guard let query = call["query"].values.first, let batched = call.values.first(where: { $0.batch != nil }),
            let batch = batched.batch,
            batch.axis < batched.sizes.count - 2
        else { throw mixing(call) }
        let rank = query.sizes.count
        for name in ["query", "key", "value", "attn_mask"] {
            call[name] = try call[name].mapped { value in
                if let own = value.batch {
                    guard own.moved(to: own.axis + rank - value.sizes.count) == batch else {
                        throw call.fault("its operands have the batch in different places")
                    }
                    return value
                }
                let axis = batch.axis - (rank - value.sizes.count)
                return name == "attn_mask"
                    ? try broadcastable(value, axis: axis, beside: batched, call) : try withBatch(value, axis: axis, beside: batched, call)
            }
        }
        return batch
    }

    private func einsum(_ call: inout BatchedCall) throws -> Batch? {
        guard case .string(let equation) = call["equation"] else { throw call.fault("it has no equation") }
        let parts = equation.filter { $0 != " " }.split(separator: "-")
        guard parts.count == 2, parts[1].hasPrefix(">"), !equation.contains(".") else {
            throw call.fault("the equation \(equation) is not followed")
        }
        let operands = parts[0].split(separator: ","), output = Array(parts[1].dropFirst()), values = call["tensors"].values
        guard operands.count == values.count else { throw call.fault("the equation \(equation) has \(operands.count) operands") }
        var found: Batch?, letter: Character?
        for (letters, value) in zip(operands, values) {
            guard letters.count == value.sizes.count else {
                throw call.fault("the equation \(equation) does not fit the shape \(value.sizes)")
            }
            guard let batch = value.batch else { continue }
            let own = Array(letters)[batch.axis]
            guard let place = output.firstIndex(of: own), letter == nil || letter == own else { throw mixing(call) }
            let moved = batch.moved(to: place)
            guard found == nil || found == moved else { throw call.fault("its operands have the batch in different places") }
            (found, letter) = (moved, own)
        }
        for (letters, value) in zip(operands, values) where value.batch == nil && letter.map({ letters.contains($0) }) == true {
            throw call.fault("an operand without batch has the letter of the batch in \(equation)")
        }
        return found
    }

    func reduction(_ call: BatchedCall) throws -> Batch? {
        let (input, batch) = try operand(call, 0)
        if call.base == "max" || call.base == "min", call.allowed.name.overload == "default" { throw mixing(call) }
        guard let given = call.axes, !given.isEmpty else { throw mixing(call) }
        let axes = Set(try given.map { try axis($0, input.sizes.count, call) })
        guard !axes.contains(batch.axis) else { throw mixing(call) }
        if call["keepdim"].bool == true { return batch }
        return batch.moved(to: batch.axis - axes.count { $0 < batch.axis })
    }

    mutating func recurrent(_ call: inout BatchedCall, _ shapes: [GraphShape]) throws -> [Place] {
        let (input, batch) = try operand(call, 0)
        let isFirst = call["batch_first"].bool == true
        guard input.sizes.count == 3, batch.axis == (isFirst ? 0 : 1), batch.entries == 1 else {
            throw call.fault("its input \(input.sizes) has the batch on axis \(batch.axis)")
        }
        call["hx"] = try call["hx"].mapped { state in
            if let own = state.batch {
                guard own == Batch(axis: 1) else { throw call.fault("its first state has the batch on axis \(own.axis)") }
                return state
            }
            return try withBatch(state, axis: 1, beside: input, call)
        }
        return shapes.indices.map { (Batch(axis: $0 == 0 ? batch.axis : 1), []) }
    }
}
