import Networks
import Tensors

/// Asks libtorch for the shapes and types of an operation's results, with operands that have no memory.
final class ShapePrediction {
    private struct Key: Hashable {
        let sizes: [Int]
        let type: DType
    }

    private var made: [Key: Tensor] = [:]

    /// The results' shapes; nil where libtorch cannot say them without elements, or refuses the operation.
    ///
    /// - Parameter isPossible: the operands are those of the example, with which it ran: where libtorch says that they do not fit, it did not.
    func results<Value>(
        of call: GraphCall<Value>, batch: Int? = nil, isPossible: Bool = false, _ shape: (Value) throws -> GraphShape
    ) throws -> [GraphShape]? {
        guard Self.isAsked(call.allowed) else { return nil }
        var isKnown = true
        let operands = try call.mapped { value throws -> Tensor? in
            let shape = try shape(value)
            guard let type = shape.type, let tensor = tensor(Key(sizes: shape.sizes, type: type)) else {
                isKnown = false
                return nil
            }
            return tensor
        }
        guard isKnown else { return nil }
        var arguments = try operands.boxed(batch: batch)
        for (place, parameter) in call.allowed.parameters.enumerated() where parameter.type.hasPrefix("Device") {
            guard call.allowed.kind == .creation else { break }
            while arguments.count <= place { arguments.append(.byDefault) }
            arguments[place] = .withoutMemory
        }
        do {
            return try call.allowed.operation()(arguments).map { GraphShape(sizes: $0?.shape ?? [], type: try? $0?.dtype()) }
        } catch let error as TensorError where isPossible && Self.saysThatShapesDiffer(error) {
            throw call.fault("libtorch refuses its operands: \(error)")
        } catch {
            // Whatever fails here fails again, with its words, where the operation runs.
            return nil
        }
    }

    /// Whether a refusal is about shapes, and not about tensors without memory.
    private static func saysThatShapesDiffer(_ error: TensorError) -> Bool {
        guard case .operation(_, let failure, let message) = error, failure != .notImplemented, failure != .outOfMemory else {
            return false
        }
        return [
            "must match", "cannot be multiplied", "Dimension out of range", "is invalid for input of size", "expanded size",
            "doesn't match",
            "Expected size", "inconsistent tensor size", "shape mismatch",
        ].contains { message.contains($0) }
    }

    /// Operations that need no elements to know their results' shapes.
    private static func isAsked(_ allowed: AllowedOperation) -> Bool {
        switch allowed.kind {
        case .pointwise, .linear, .reduction, .rowwise, .creation, .embedding: true
        case .structural: !["channel_shuffle", "im2col", "col2im"].contains(allowed.name.base)
        case .contraction: ["matmul", "bmm", "baddbmm", "einsum"].contains(allowed.name.base)
        case .index: ["index_select", "gather", "take_along_dim"].contains(allowed.name.base)
        case .pooling: allowed.name.base.contains("upsample") || ["max_pool2d", "avg_pool2d"].contains(allowed.name.base)
        default: false
        }
    }

    private func tensor(_ key: Key) -> Tensor? {
        if let earlier = made[key] { return earlier }
        let tensor = try? NamedOperation("empty.memory_format")(
            [.ints(key.sizes), .dtype(key.type), .byDefault, .withoutMemory]
        ).first.flatMap { $0 }
        made[key] = tensor
        return tensor
    }
}

extension GraphCall {
    func mapped<Other>(_ change: (Value) throws -> Other) rethrows -> GraphCall<Other> {
        GraphCall<Other>(name: name, module: module, allowed: allowed, arguments: try arguments.map { try $0.mapped(change) })
    }
}

extension GraphCall<Tensor?> {
    /// The arguments as libtorch takes them; sizes that carry the batch for so many samples.
    func boxed(batch: Int? = nil) throws -> [Argument] {
        func size(_ times: Int) throws -> Int {
            guard let batch else { throw fault("a constant whose size is the batch's") }
            let size = batch.multipliedReportingOverflow(by: times)
            guard !size.overflow else { throw fault("a size of \(times) times the batch") }
            return size.partialValue
        }
        return try zip(arguments, allowed.parameters).map { argument, parameter in
            switch argument {
            case .value(let tensor): parameter.isList ? .tensors([tensor]) : .optional(tensor)
            case .int(let value): parameter.isList && !parameter.isTensor ? .ints([value]) : .int(value)
            case .real(let value): .real(value)
            case .bool(let value): .bool(value)
            case .string(let value): .string(value)
            case .dtype(let value): .dtype(value)
            case .none: .none
            case .byDefault: .byDefault
            case .batch(let times): .int(try size(times))
            case .list(let parts):
                if parameter.isTensor {
                    .tensors(
                        try parts.map { part in
                            switch part {
                            case .value(let tensor): tensor
                            case .none: nil
                            default: throw fault("a list that mixes tensors with something else")
                            }
                        })
                } else if parts.contains(where: { if case .real = $0 { true } else { false } }) {
                    .reals(
                        try parts.map { part in
                            guard let real = part.real else { throw fault("a list of no numbers") }
                            return real
                        })
                } else {
                    .ints(
                        try parts.map { part in
                            switch part {
                            case .int(let value): value
                            case .batch(let times): try size(times)
                            default: throw fault("a list of no numbers")
                            }
                        })
                }
            }
        }
    }
}
