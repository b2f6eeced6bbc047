import Archives
import Networks
import Tensors

/// Computes what depends on neither input nor parameters, within bounds of memory.
struct ConstantEvaluator {
    /// Elements of one constant, and of all that are computed.
    static let mostElements = 1 << 26
    static let mostElementsTogether = 1 << 28
    private var spent = 0

    /// A constant of the file as memory of its own, into which the graph may write.
    mutating func own(_ array: StoredArray) throws -> Tensor {
        try spend(array.count, "the constant “\(array.name)”")
        return try array.tensor().copied()
    }

    mutating func compute(_ call: GraphCall<Tensor>, declared: [GraphShape]) throws -> [Tensor?] {
        let bound = Self.bound(call)
        guard bound <= Double(Self.mostElements) else {
            throw call.fault(
                "its result may have more than \(Self.mostElements) elements, the most that are computed while a file is opened")
        }
        for shape in declared {
            try spend(shape.sizes.reduce(1) { $0.multipliedReportingOverflow(by: max($1, 1)).partialValue }, "node \(call.name)")
        }
        return try call.allowed.operation()(try arguments(call))
    }

    /// Writes into the first operand, and thereby into every view of its memory.
    mutating func write(_ call: GraphCall<Tensor>, into base: Tensor) throws {
        guard let operation = call.allowed.inPlace() else { throw call.fault("libtorch has no such operation that writes in place") }
        _ = try operation(try arguments(call))
    }

    private mutating func spend(_ elements: Int, _ what: String) throws {
        spent = spent.addingReportingOverflow(max(0, elements)).partialValue
        guard elements >= 0, elements <= Self.mostElements, spent <= Self.mostElementsTogether, spent >= 0 else {
            throw NetworkError.graph(
                reason:
                    "\(what) exceeds the limit of constants, \(Self.mostElements) elements each and \(Self.mostElementsTogether) together")
        }
    }

    /// A bound for the elements of a result, from the operands' own shapes and the literals, whatever the file declares.
    private static func bound(_ call: GraphCall<Tensor>) -> Double {
        let shapes = call.values.map(\.shape), counts = shapes.map { Double($0.reduce(1, *)) }
        var literals = 1.0
        for argument in call.arguments {
            if let integers = argument.ints { for integer in integers { literals *= max(1, abs(Double(integer))) } }
            if let real = argument.real, argument.int == nil, call.allowed.kind == .creation { literals *= max(1, abs(real)) }
        }
        switch call.base {
        case "full", "scalar_tensor": return (call.arguments.first?.ints ?? []).reduce(1.0) { $0 * max(1, Double($1)) }
        case "zeros", "ones", "arange", "linspace", "eye": return literals
        case "repeat", "tile", "repeat_interleave", "one_hot", "im2col", "col2im", "constant_pad_nd":
            return (counts.first ?? 1) * literals
        case "pad", "reflection_pad1d", "reflection_pad2d", "replication_pad1d", "replication_pad2d":
            // Borders add to their axes.
            let border = (call["pad"].ints ?? call["padding"].ints ?? []).map { abs(Double($0)) }
            return (shapes.first ?? []).reduce(1.0) { $0 * (Double($1) + border.reduce(0, +)) }
        case "expand", "reshape", "view": return counts.first ?? 1  // a view, or as many elements as before
        case "gather", "take_along_dim": return counts.last ?? 1
        case "index":
            guard call.arguments.count > 1, case .list(let indices) = call.arguments[1], let own = shapes.first else { break }
            let kept = own.enumerated().reduce(1.0) { product, axis in
                let isIndexed = indices.indices.contains(axis.offset) && !indices[axis.offset].isNone
                return isIndexed ? product : product * Double(axis.element)
            }
            return kept * broadcast(indices.flatMap(\.values).map(\.shape))
        default: break
        }
        if call.allowed.kind == .pooling { return (counts.first ?? 1) * literals }
        if call.allowed.kind == .pointwise { return broadcast(shapes) }
        if call.allowed.kind == .structural || call.allowed.kind == .reduction || call.allowed.kind == .rowwise {
            return counts.reduce(0, +)
        }
        return counts.reduce(1, *)
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

    private func arguments(_ call: GraphCall<Tensor>) throws -> [Argument] {
        try zip(call.arguments, call.allowed.parameters).map { argument, parameter in
            switch argument {
            case .value(let tensor): parameter.isList ? .tensors([tensor]) : .tensor(tensor)
            case .int(let value): parameter.isList && !parameter.isTensor ? .ints([value]) : .int(value)
            case .real(let value): .real(value)
            case .bool(let value): .bool(value)
            case .string(let value): .string(value)
            case .dtype(let value): .dtype(value)
            case .none: .none
            case .byDefault: .byDefault
            case .batch: throw call.fault("a constant whose size is the batch's")
            case .list(let parts):
                if parameter.isTensor {
                    .tensors(
                        try parts.map { part in
                            switch part {
                            case .value(let tensor): tensor
                            case .none: nil
                            default: throw call.fault("a list that mixes tensors with something else")
                            }
                        })
                } else if let integers = argument.ints {
                    .ints(integers)
                } else {
                    .reals(
                        try parts.map { part in
                            guard let real = part.real else { throw call.fault("a list of no numbers") }
                            return real
                        })
                }
            }
        }
    }
}
