import Networks
import Tensors

/// Follows the batch through the operations of a graph that was exported with an example of a fixed batch, and makes it free: sizes that carry it are
/// replaced, and what was repeated as often as the example had samples is repeated as often as there are.
///
/// A rule for each kind of operation says where the batch goes; what would mix samples, or depends on the example's number of them, is refused by name.
struct BatchFollowing {
    /// How many samples the example had.
    let example: Int
    /// Whether the file has symbols for sizes that carry the batch.
    private let isDynamic: Bool
    private let prediction = ShapePrediction()
    private(set) var calls: [BatchedCall] = []
    /// The results of each call.
    private(set) var results: [[BatchedValue]] = []

    /// - Parameter live: whether a call's results are used.
    init(_ reading: GraphReading, isDynamic: Bool, input: GraphShape, live: [Bool], stored: (String) throws -> GraphShape) throws {
        guard let example = input.sizes.first, example > 0, example <= Self.mostElements else {
            throw NetworkError.graph(reason: "its input has shape \(input.sizes), without an axis for the batch")
        }
        self.example = example
        self.isDynamic = isDynamic
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

    /// The elements of a value that belong to one sample.
    static let mostElements = 1 << 25

    /// The results of the calls as the reading numbered them.
    private(set) var followed: [[BatchedValue]] = []

    private mutating func follow(_ given: BatchedCall, _ shapes: [GraphShape]) throws -> [BatchedValue] {
        var call = given
        let places: [(batch: Batch?, pending: Set<Int>)]
        var isRepeating = false
        if call.values.contains(where: { $0.batch != nil }) {
            if let same = try unchanged(call) { return shapes.map { _ in same } }
            places = try rule(&call, shapes)
        } else if let found = repeating(call, shapes) {
            (call, places) = found
            isRepeating = true
        } else {
            places = try ruleWithoutBatch(&call, shapes)
        }
        for (shape, place) in zip(shapes, places) {
            guard let batch = place.batch else { continue }
            guard shape.sizes.indices.contains(batch.axis),
                Optional(batch.entries.multipliedReportingOverflow(by: example)).map({
                    !$0.overflow && $0.partialValue == shape.sizes[batch.axis]
                }) == true
            else {
                throw call.fault("the batch of \(example) is not found in its result of shape \(shape.sizes)")
            }
        }
        for (shape, place) in zip(shapes, places) {
            let sample = shape.sizes.enumerated().reduce(1.0) { product, size in
                product * Double(size.offset == place.batch?.axis ? size.element / example : size.element)
            }
            guard sample <= Double(Self.mostElements) else {
                throw call.fault("its result of shape \(shape.sizes) has more than \(Self.mostElements) elements for one sample")
            }
        }
        for (shape, place) in zip(shapes, places) where isDynamic {
            guard shape.batchAxes == place.pending.union(place.batch.map { [$0.axis] } ?? []) else {
                throw call.fault(
                    "in its result of shape \(shape.sizes) the file has the batch on the axes \(shape.batchAxes.sorted()), but it was followed to \(place.batch.map { "\($0.axis)" } ?? "none")"
                )
            }
        }
        // What waits to be repeated is computed as for one sample.
        try check(call, shapes, places, samples: isRepeating ? 1 : example + 3)
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

    /// Compares the results' shapes for another number of samples than the example's with what libtorch makes of the call as it was rewritten.
    private mutating func check(
        _ call: BatchedCall, _ shapes: [GraphShape], _ places: [(batch: Batch?, pending: Set<Int>)], samples: Int
    ) throws {
        func sizes(_ sizes: [Int], _ batch: Batch?, _ pending: Set<Int>) -> [Int] {
            sizes.enumerated().map { axis, size in
                if let batch, batch.axis == axis { return batch.entries * samples }
                return pending.contains(axis) ? 1 : size
            }
        }
        let found = try prediction.results(of: call, batch: samples) {
            GraphShape(sizes: sizes($0.sizes, $0.batch, $0.pending), type: $0.type)
        }
        guard let found else { return }
        for (own, (shape, place)) in zip(found, zip(shapes, places)) {
            let expected = sizes(shape.sizes, place.batch, place.pending)
            guard own.sizes == expected else {
                throw call.fault("for \(samples) samples its result has shape \(own.sizes), where \(expected) follows from the file")
            }
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
        let start = call["start"].int ?? 0, end = (call.base == "slice" ? call["end"].int : call["length"].int) ?? Int.max
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

    /// The value with each of its pending axes as long as the file says, but for one.
    mutating func materialised(_ value: BatchedValue, except kept: Int? = nil, _ call: BatchedCall) throws -> BatchedValue {
        let others = value.pending.filter { $0 != kept }
        guard !others.isEmpty else { return value }
        guard !isDynamic else { throw call.fault("it reads a value that is repeated for each sample where the batch does not stand") }
        let waiting = value.pending.subtracting(others)
        let sizes = value.sizes.enumerated().map { waiting.contains($0.offset) ? 1 : $0.element }
        var made = try expanded(value, to: sizes.map { .int($0) }, batch: nil, place: nil, call)
        made.pending = waiting
        return made
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
        let value = try materialised(value, except: axis, call)
        guard let batch = batched.batch, axis >= 0, value.sizes.indices.contains(axis) else { return value }
        if value.pending.contains(axis) || value.sizes[axis] == 1 { return value }
        let one = try slice(value, axis, batch, call)
        if batch.entries == 1 { return one }
        return try repeated(one, axis: axis, batch, beside: batched, call)
    }

    /// A value without batch repeated along an axis as often as there are samples.
    mutating func withBatch(_ value: BatchedValue, axis: Int, beside batched: BatchedValue, _ call: BatchedCall) throws -> BatchedValue {
        guard let batch = batched.batch, value.batch == nil else { return value }
        let value = try materialised(value, except: axis, call)
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
