import Archives
import Networks
import Tensors

/// Computes what depends on neither input nor parameters, within bounds of memory and work that grow with the file.
struct ConstantEvaluator {
    /// Elements of one constant.
    static let mostElements = 1 << 26
    /// Bytes of all constants at one time, for a file of small parameters: a mask of 2048 × 2048 whole numbers.
    static let bytesFloor = 1 << 25
    /// Elements that are read and written in all, for a file of small parameters, and for each byte of them.
    static let workFloor = 1 << 27, workPerByte = 64
    private let mostBytes: Double
    private let mostWork: Double
    private var bytes = 0.0
    private var work = 0.0
    private let prediction = ShapePrediction()

    /// - Parameter parameterBytes: bytes of the file's parameters and buffers.
    init(parameterBytes: Double) {
        mostBytes = Double(Self.bytesFloor) + parameterBytes
        mostWork = Double(Self.workFloor) + Double(Self.workPerByte) * parameterBytes
    }

    /// A constant of the file as memory of its own, into which the graph may write.
    mutating func own(_ array: StoredArray) throws -> Tensor {
        let type = DType(array.elementType)
        try take(
            Double(array.count) * Double(type?.byteCount ?? 8), work: Double(array.count), elements: Double(array.count)
        ) { .graph(reason: "the constant “\(array.name)”: \($0)") }
        return try array.tensor().copied()
    }

    /// A copy for an operation that reads the constant when the network runs: what is written into its memory later is not meant.
    mutating func snapshot(_ tensor: Tensor, for call: String) throws -> Tensor {
        let elements = Self.count(tensor.shape)
        try take(elements * Double(tensor.dtype().byteCount), work: elements, elements: elements) {
            .graph(reason: "a constant that the node \(call) reads: \($0)")
        }
        return try tensor.contiguous().copied()
    }

    /// An operation reads a constant that was copied for another one before.
    mutating func read(_ tensor: Tensor, for call: String) throws {
        try take(0, work: Self.count(tensor.shape), elements: 0) { .graph(reason: "a constant that the node \(call) reads: \($0)") }
    }

    mutating func compute(_ call: GraphCall<Tensor>) throws -> [Tensor?] {
        let operands = call.values.map { Self.count($0.shape) }.reduce(0, +)
        let predicted = try prediction.results(of: call) { GraphShape(sizes: $0.shape, type: try $0.dtype()) }
        let elements: Double, size: Double
        if let predicted {
            elements = predicted.map { Self.count($0.sizes) }.reduce(0, +)
            size = predicted.map { Self.count($0.sizes) * Double($0.type?.byteCount ?? 8) }.reduce(0, +)
        } else {
            guard let bound = Self.bound(call) else {
                throw call.fault("its operands are constants, and how large its result is can only be found by computing it")
            }
            elements = bound
            size = bound * 8
        }
        let isView = call.allowed.isView
        try take(
            isView ? 0 : size, work: isView ? 1 : operands + elements * Self.factor(call), elements: elements
        ) { call.fault($0) }
        return try Self.run(call.allowed.operation(), call)
    }

    /// Writes into the first operand, and thereby into every view of its memory.
    mutating func write(_ call: GraphCall<Tensor>, into base: Tensor) throws {
        guard let operation = call.allowed.inPlace() else { throw call.fault("libtorch has no such operation that writes in place") }
        try take(0, work: call.values.map { Self.count($0.shape) }.reduce(0, +), elements: 0) { call.fault($0) }
        _ = try Self.run(operation, call)
    }

    private static func run(_ operation: NamedOperation, _ call: GraphCall<Tensor>) throws -> [Tensor?] {
        let arguments = try call.mapped { Optional($0) }.boxed()
        do { return try operation(arguments) } catch { throw call.fault("\(error)") }
    }

    /// Says that memory is free again.
    mutating func release(_ freed: Int) { bytes -= Double(freed) }

    private mutating func take(_ size: Double, work more: Double, elements: Double, _ fault: (String) -> NetworkError) throws {
        guard elements <= Double(Self.mostElements) else {
            throw fault("its result may have more than \(Self.mostElements) elements, the most that are computed while a file is opened")
        }
        guard bytes + size <= mostBytes else {
            throw fault("the constants of the graph would take more than \(Int(mostBytes) >> 20) MiB together")
        }
        guard work + more <= mostWork else {
            throw fault("the constants of the graph take more than \(Int(mostWork)) reads and writes of an element to compute")
        }
        bytes += size
        work += more
    }

    private static func count(_ shape: [Int]) -> Double { shape.reduce(1.0) { $0 * Double($1) } }

    /// A bound for how often an element of the result is added to.
    private static func factor(_ call: GraphCall<Tensor>) -> Double {
        let shapes = call.values.map(\.shape)
        switch call.allowed.kind {
        case .linear,
            .contraction where call.base != "einsum":
            return Double(shapes.flatMap { $0 }.max() ?? 1)
        case .contraction, .opaque: return shapes.map(count).reduce(1, *)
        case .pooling: return max(16, shapes.map { count(Array($0.suffix(2))) }.max() ?? 1)
        case .rowwise: return 32
        default: return 1
        }
    }

    /// A bound for the elements of a result that libtorch does not say without computing it; nil where there is none.
    private static func bound(_ call: GraphCall<Tensor>) -> Double? {
        let shapes = call.values.map(\.shape), counts = shapes.map(count)
        switch call.base {
        case "zeros", "ones", "full": return (call.arguments.first?.ints ?? []).reduce(1.0) { $0 * max(1, Double($1)) }
        case "one_hot":
            guard let classes = call["num_classes"].int, classes > 0 else { return nil }
            return (counts.first ?? 1) * Double(classes)
        case "repeat_interleave": return (counts.first ?? 1) * max(1, Double(call["repeats"].int ?? 1))
        case "index":
            guard call.arguments.count > 1, case .list(let indices) = call.arguments[1], let own = shapes.first else { return nil }
            let kept = own.enumerated().reduce(1.0) { product, axis in
                let isIndexed = indices.indices.contains(axis.offset) && !indices[axis.offset].isNone
                return isIndexed ? product : product * Double(axis.element)
            }
            return kept * broadcast(indices.flatMap(\.values).map(\.shape))
        case "embedding": return (counts.last ?? 1) * Double(shapes.first?.last ?? 1)
        case "index_put", "scatter", "index_fill", "tril", "triu": return counts.first ?? 1
        case "bucketize": return counts.first ?? 1
        case "searchsorted": return counts.reduce(0, +)
        case "channel_shuffle": return counts.first ?? 1
        case "diagonal": return counts.first ?? 1
        case "layer_norm", "rms_norm", "group_norm", "batch_norm": return counts.first ?? 1
        default: break
        }
        switch call.allowed.kind {
        case .pointwise: return broadcast(shapes)
        case .reduction: return counts.reduce(0, +)
        default: return nil
        }
    }

    /// The elements of what is broadcast from these shapes.
    private static func broadcast(_ shapes: [[Int]]) -> Double {
        var product = 1.0
        for place in 0..<(shapes.map(\.count).max() ?? 0) {
            var longest = 1
            for shape in shapes where shape.count > place { longest = max(longest, shape[shape.count - 1 - place]) }
            product *= Double(longest)
        }
        return product
    }
}
