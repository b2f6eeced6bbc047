import Networks
import Tensors

/// Follows the batch through the operations of a graph that was exported with an example of a fixed batch, and makes it free: sizes that carry it are
/// replaced, and what was repeated as often as the example had samples is repeated as often as there are.
///
/// A rule for each kind of operation says where the batch goes; what would mix samples, or depends on the example's number of them, is refused by name.
struct BatchFollowing {
    /// How many samples the example had.
    let example: Int
    private(set) var calls: [BatchedCall] = []
    /// The results of each call.
    private(set) var results: [[BatchedValue]] = []

    /// - Parameter live: whether a call's results are used.
    init(_ reading: GraphReading, input: GraphShape, live: [Bool], stored: (String) throws -> GraphShape) throws {
        guard let example = input.sizes.first, example > 0 else {
            throw NetworkError.graph(reason: "its input has shape \(input.sizes), without an axis for the batch")
        }
        self.example = example
        var known: [[BatchedValue]] = []
        for (place, call) in reading.calls.enumerated() {
            guard live[place] else {
                known.append([])
                continue
            }
            let given = BatchedCall(
                name: call.name, module: call.module, allowed: call.allowed,
                arguments: try call.arguments.map { argument in
                    try argument.mapped { value in
                        switch value {
                        case .input: return BatchedValue(value: .input, sizes: input.sizes, type: input.type, batch: Batch(axis: 0))
                        case .stored(let name):
                            let shape = try stored(name)
                            return BatchedValue(value: value, sizes: shape.sizes, type: shape.type, batch: nil)
                        case .constant(let tensor):
                            return BatchedValue(value: value, sizes: tensor.shape, type: try tensor.dtype(), batch: nil)
                        case .result(let call, let result):
                            guard known.indices.contains(call), known[call].indices.contains(result) else {
                                throw NetworkError.graph(reason: "nothing has computed a value that is read")
                            }
                            return known[call][result]
                        }
                    }
                })
            known.append(try follow(given, reading.shapes[place]))
        }
        followed = known
    }

    /// The results of the calls as the reading numbered them.
    private(set) var followed: [[BatchedValue]] = []

    private mutating func follow(_ given: BatchedCall, _ shapes: [GraphShape]) throws -> [BatchedValue] {
        var call = given
        let places: [(batch: Batch?, pending: Set<Int>)]
        if call.values.contains(where: { $0.batch != nil }) {
            if let same = try unchanged(call) { return shapes.map { _ in same } }
            places = try rule(&call, shapes)
        } else if let found = repeating(call, shapes) {
            (call, places) = found
        } else {
            places = try ruleWithoutBatch(&call, shapes)
        }
        for (shape, place) in zip(shapes, places) {
            guard let batch = place.batch else { continue }
            guard shape.sizes.indices.contains(batch.axis), shape.sizes[batch.axis] == batch.entries * example else {
                throw call.fault("the batch of \(example) is not found in its result of shape \(shape.sizes)")
            }
        }
        return append(call, shapes, places)
    }

    /// The rule of a call that reads no batch, but something that the file repeats as often as the example had samples: it is computed once, and the result
    /// waits to be repeated in its place. Nil where there is nothing of the kind, or the repetition cannot be followed.
    private mutating func repeating(_ given: BatchedCall, _ shapes: [GraphShape]) -> (BatchedCall, [(batch: Batch?, pending: Set<Int>)])? {
        guard example > 1, given.base != "expand", given.base != "repeat" else { return nil }
        var call = given, isFound = false
        for place in call.arguments.indices {
            call.arguments[place] = call.arguments[place].mapped { value in
                guard let axis = value.pending.first ?? (isRepeated(value) ? 0 : nil), value.pending.count <= 1 else { return value }
                isFound = true
                var one = value
                if let tensor = value.value.constant, value.pending.isEmpty, let first = try? tensor.narrowed(axis: 0, from: 0, count: 1) {
                    one.value = .constant(first)
                }
                one.pending = []
                one.batch = Batch(axis: axis)
                return one
            }
        }
        guard isFound, let places = try? rule(&call, shapes), places.allSatisfy({ $0.batch.map { $0.entries == 1 } ?? false }) else {
            return nil
        }
        return (call, places.map { place in (nil, place.batch.map { [$0.axis] } ?? []) })
    }

    /// Whether a constant is the same for each of the example's samples, along its first axis.
    private func isRepeated(_ value: BatchedValue) -> Bool {
        guard let tensor = value.value.constant, value.sizes.first == example, value.sizes.count > 1,
            let first = try? tensor.narrowed(axis: 0, from: 0, count: 1)
        else { return false }
        return (1..<example).allSatisfy { place in
            (try? tensor.narrowed(axis: 0, from: place, count: 1).isSame(as: first)) ?? false
        }
    }

    mutating func append(_ call: BatchedCall, _ shapes: [GraphShape], _ places: [(batch: Batch?, pending: Set<Int>)]) -> [BatchedValue] {
        calls.append(call)
        let values = zip(shapes, places).enumerated().map { place, result in
            BatchedValue(
                value: .result(calls.count - 1, place), sizes: result.0.sizes, type: result.0.type, batch: result.1.batch,
                pending: result.1.pending)
        }
        results.append(values)
        return values
    }

    /// The operand itself, where an operation takes all of the batch.
    private func unchanged(_ call: BatchedCall) throws -> BatchedValue? {
        guard let first = call.values.first, let batch = first.batch, call.base == "slice" || call.base == "narrow" else { return nil }
        let axis = try self.axis(call["dim"].int ?? 0, first.sizes.count, call)
        guard axis == batch.axis else { return nil }
        let length = first.sizes[axis]
        let start = call["start"].int ?? 0, end = call.base == "slice" ? call["end"].int ?? Int.max : start + (call["length"].int ?? 0)
        guard start == 0, end >= length, call["step"].int ?? 1 == 1 else {
            throw call.fault("it takes some samples of the batch, and leaves others")
        }
        return first
    }

    func axis(_ axis: Int, _ rank: Int, _ call: BatchedCall) throws -> Int {
        let counted = axis < 0 ? axis + rank : axis
        guard (0..<max(rank, 1)).contains(counted) else { throw call.fault("the axis \(axis) of a value with \(rank)") }
        return counted
    }

    // MARK: What has no batch meets what has

    /// The value with each of its pending axes as long as the file says.
    mutating func materialised(_ value: BatchedValue, _ call: BatchedCall) throws -> BatchedValue {
        guard !value.pending.isEmpty else { return value }
        return try expanded(value, to: value.sizes.map { .int($0) }, batch: nil, place: nil, call)
    }

    private mutating func expanded(
        _ value: BatchedValue, to sizes: [GraphArgument<BatchedValue>], batch: Batch?, place: BatchedValue?, _ call: BatchedCall,
        by name: String = "expand"
    ) throws -> BatchedValue {
        guard let allowed = AllowedOperation.named(OperationName(name)) else { throw call.fault("\(name) is not on the list") }
        var added = BatchedCall(name: call.name, module: call.module, allowed: allowed, arguments: [.value(value), .list(sizes)])
        added.batchFrom = place
        return append(added, [GraphShape(sizes: value.sizes, type: value.type)], [(batch, [])])[0]
    }

    /// A value without batch as it stands beside one with it, where the operation broadcasts: an axis that is as long as the example's batch becomes 1.
    mutating func broadcastable(_ value: BatchedValue, axis: Int, beside batched: BatchedValue, _ call: BatchedCall) throws -> BatchedValue
    {
        guard let batch = batched.batch, axis >= 0, value.sizes.indices.contains(axis) else { return value }
        if value.pending.contains(axis) || value.sizes[axis] == 1 { return value }
        let one = try slice(value, axis, batch, call)
        if batch.entries == 1 { return one }
        return try repeated(one, axis: axis, batch, beside: batched, call)
    }

    /// A value without batch repeated along an axis as often as there are samples.
    mutating func withBatch(_ value: BatchedValue, axis: Int, beside batched: BatchedValue, _ call: BatchedCall) throws -> BatchedValue {
        guard let batch = batched.batch, value.batch == nil else { return value }
        guard value.sizes.indices.contains(axis) else {
            throw call.fault("a value of shape \(value.sizes) beside one with a batch on axis \(axis)")
        }
        if value.pending.contains(axis) || value.sizes[axis] == 1, batch.entries == 1 {
            return try repeated(value, axis: axis, batch, beside: batched, call)
        }
        return try repeated(try slice(value, axis, batch, call), axis: axis, batch, beside: batched, call)
    }

    /// What belongs to one sample, of a constant that has the same for all.
    private func slice(_ value: BatchedValue, _ axis: Int, _ batch: Batch, _ call: BatchedCall) throws -> BatchedValue {
        guard value.sizes[axis] == batch.entries * example, batch.outer == 1 else {
            throw call.fault("a value of shape \(value.sizes) beside a batch of \(example) on axis \(axis)")
        }
        guard let tensor = value.value.constant else {
            if example == 1 { return value }
            throw call.fault(
                "a computed value of shape \(value.sizes) is as long as the example's batch of \(example), but does not depend on the input"
            )
        }
        let first = try tensor.narrowed(axis: axis, from: 0, count: batch.inner)
        for sample in 1..<max(example, 1) {
            guard try tensor.narrowed(axis: axis, from: sample * batch.inner, count: batch.inner).isSame(as: first) else {
                throw call.fault("a constant differs from one sample of the example to the next")
            }
        }
        var one = value
        one.value = .constant(first)
        one.sizes[axis] = batch.inner
        return one
    }

    private mutating func repeated(
        _ value: BatchedValue, axis: Int, _ batch: Batch, beside batched: BatchedValue, _ call: BatchedCall
    ) throws -> BatchedValue {
        guard batch.outer == 1 else { throw call.fault("a value without batch beside one whose batch is not the outermost on its axis") }
        var sizes: [GraphArgument<BatchedValue>] = value.trueSizes.map { .int($0) }
        let isExpanded = batch.inner == 1
        if !isExpanded { sizes = sizes.map { _ in .int(1) } }
        sizes[axis] = .batch(1)
        var value = value
        value.pending.remove(axis)
        let others = value.pending
        let length = batch.entries * example
        value.sizes[axis] = length
        var made = try expanded(
            value, to: sizes, batch: Batch(axis: axis, inner: batch.inner), place: batched, call, by: isExpanded ? "expand" : "repeat")
        made.pending = others
        return made
    }
}

extension GraphCall {
    /// The axes of `dim`, whatever it is called, as the file has them; nil where there are none.
    var axes: [Int]? { self["dim"].ints ?? self["dims"].ints ?? self["axis"].ints }
}

extension Tensor {
    /// Whether two tensors hold the same numbers.
    func isSame(as other: Tensor) throws -> Bool {
        guard shape == other.shape, try dtype() == other.dtype() else { return false }
        return try withBytes { own in try other.withBytes { own.elementsEqual($0) } }
    }
}
