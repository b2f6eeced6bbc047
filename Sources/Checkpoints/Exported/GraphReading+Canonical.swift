import Archives
import Networks
import Tensors

extension GraphReading {
    /// Python writes numbers where a signature has tensors: the operation then is the one that takes numbers, or the number is a tensor without axes.
    func takeNumbers(_ call: inout GraphCall<GraphValue>) throws {
        for (place, parameter) in call.allowed.parameters.enumerated() where parameter.isTensor && !parameter.isList {
            guard call.arguments.indices.contains(place) else { return }
            let number = call.arguments[place]
            guard number.real != nil || number.bool != nil else { continue }
            let overload = ["Tensor": "Scalar", "Tensor_mode": "Scalar_mode", "Tensor_Tensor": "Tensor_Scalar"][call.allowed.name.overload]
            if place == 1, let overload, let other = AllowedOperation.named(OperationName(call.base, overload)) {
                call.allowed = other
            } else {
                let tensor: Tensor
                switch number {
                case .int(let value): tensor = try Tensor(scalar: value)
                case .bool(let value): tensor = try Tensor(scalar: value ? 1 : 0).converted(to: .bool)
                default: tensor = try Tensor(scalar: Float(number.real ?? 0))
                }
                call.arguments[place] = .value(.constant(tensor))
            }
        }
    }

    /// A call by its plainest name: views as `reshape` to the sizes that the file has, casts as `to.dtype`, sizes that are another value's written out; nil
    /// where the result is the first operand itself.
    func canonical(_ call: GraphCall<GraphValue>, node: ExportedProgram.Node, results: [String]) throws -> GraphCall<GraphValue>? {
        let result = results.first.map { shape(of: $0) } ?? GraphShape(sizes: [], type: nil)
        let operands = node.arguments.map { GraphReading.names($0.value) }
        func operand(_ place: Int) -> GraphShape {
            operands.indices.contains(place) ? operands[place].first.map { shape(of: $0) } ?? result : result
        }
        func renamed(_ name: String, overload: String = "default", _ arguments: [GraphArgument<GraphValue>]) throws -> GraphCall<GraphValue>
        {
            guard let allowed = AllowedOperation.named(OperationName(name, overload)) else {
                throw call.fault("\(name) is not on the list")
            }
            return GraphCall(name: call.name, module: call.module, allowed: allowed, arguments: arguments)
        }
        func first() throws -> GraphArgument<GraphValue> {
            guard let first = call.arguments.first else { throw call.fault("it has no operand") }
            return first
        }
        let isConstant = (call.arguments.first?.values ?? []).allSatisfy { $0.constant != nil }
        let sizes: GraphArgument<GraphValue> = .list(result.sizes.map { .int($0) })
        switch call.base {
        case "view", "view_as", "reshape_as", "flatten", "unflatten", "ravel", "reshape":
            // On constants the memory matters: others may write into a view.
            if isConstant, call.base == "view" { return call }
            return try renamed("reshape", [first(), sizes])
        case "expand", "expand_as", "broadcast_to": return try renamed("expand", [first(), sizes])
        case "alias", "detach", "lift_fresh", "contiguous", "clone", "lift_fresh_copy": return isConstant ? call : nil
        case "to", "type_as", "_to_copy":
            guard let type = result.type else { throw call.fault("its result has a type that no layer computes in") }
            if operand(0).type == type, !isConstant { return nil }
            return try renamed("to", overload: "dtype", [first(), .dtype(type)])
        case "new_zeros", "new_ones", "zeros_like", "ones_like":
            guard let type = result.type else { throw call.fault("its result has a type that no layer computes in") }
            return try renamed(call.base.contains("zeros") ? "zeros" : "ones", [sizes, .dtype(type)])
        case "new_full", "full_like":
            guard let type = result.type else { throw call.fault("its result has a type that no layer computes in") }
            return try renamed("full", [sizes, call["fill_value"], .dtype(type)])
        case "squeeze":
            // Written out, so that a batch of one sample is no axis to leave out.
            let own = operand(0).sizes
            let axes: [Int]
            switch call.allowed.name.overload {
            case "default": axes = Array(own.indices)
            case "dim": axes = [call["dim"].int ?? 0]
            default: axes = call["dim"].ints ?? []
            }
            let gone = axes.map { $0 < 0 ? $0 + own.count : $0 }.filter { own.indices.contains($0) && own[$0] == 1 }
            return try renamed("squeeze", overload: "dims", [first(), .list(gone.map { .int($0) })])
        default: return call
        }
    }
}
