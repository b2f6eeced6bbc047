import Archives
import Networks
import Tensors

/// Several inputs are one: in a sample the numbers of each stand after those of the one before it, and the graph begins with the operations that cut them out.
/// Whatever handles samples handles them as it handles one input.
extension GraphReading {
    /// Numbers in a sample of several inputs.
    private static let mostNumbers = 1 << 25

    /// The shape of what comes in, with the batch of the example.
    ///
    /// - Throws: ``NetworkError/graph(reason:)`` where the inputs do not all begin with the axis of the batch.
    static func packed(_ inputs: [String], _ program: ExportedProgram, _ batchSources: Set<String>) throws -> GraphShape {
        func shape(_ name: String) -> GraphShape {
            let value = program.values[name]
            return GraphShape(
                sizes: value?.sizes ?? [], type: value?.type.flatMap { DType($0) }, batchAxes: batchSources.isEmpty ? [] : [0])
        }
        guard inputs.count > 1 else { return shape(inputs[0]) }
        let list = inputs.map { "\($0) (\(NetworkError.shape(shape($0).sizes)))" }.joined(separator: ", ")
        guard let batch = shape(inputs[0]).sizes.first, inputs.allSatisfy({ shape($0).sizes.first == batch }) else {
            throw NetworkError.graph(
                reason:
                    "its inputs \(list) do not all begin with the same number of samples: export it with one example of each input for every sample"
            )
        }
        var count = 0
        for name in inputs {
            let own = shape(name)
            guard own.type != nil else { throw NetworkError.graph(reason: "its input “\(name)” has a type that no layer computes in") }
            let size = own.sizes.dropFirst().reduce(1.0) { $0 * Double($1) }
            guard own.sizes.dropFirst().allSatisfy({ $0 > 0 }), size + Double(count) <= Double(mostNumbers) else {
                throw NetworkError.graph(reason: "its inputs \(list) are empty, or too large for one sample")
            }
            count += Int(size)
        }
        return GraphShape(sizes: [batch, count], type: .float32, batchAxes: batchSources.isEmpty ? [] : [0])
    }

    /// Cuts one input out of a sample: its numbers, in its shape and type.
    mutating func cut(_ name: String, from start: Int) throws -> GraphValue {
        let own = shape(of: name), batch = own.sizes[0], sample = Array(own.sizes.dropFirst()), count = sample.reduce(1, *)
        func call(_ base: String, _ overload: String, _ arguments: [GraphArgument<GraphValue>]) throws -> GraphCall<GraphValue> {
            guard let allowed = AllowedOperation.named(OperationName(base, overload)) else {
                throw NetworkError.graph(reason: "\(base).\(overload) is not on the list of operations")
            }
            return GraphCall(name: name, module: name, allowed: allowed, arguments: arguments)
        }
        func shaped(_ sizes: [Int], _ type: DType? = .float32) -> GraphShape {
            GraphShape(sizes: sizes, type: type, batchAxes: own.batchAxes)
        }
        var value: GraphValue
        if sample.isEmpty {
            value = add(try call("select", "int", [.value(.input), .int(1), .int(start)]), giving: shaped([batch]))
        } else {
            value = add(
                try call("slice", "Tensor", [.value(.input), .int(1), .int(start), .int(start + count), .int(1)]),
                giving: shaped([batch, count]))
        }
        if sample.count > 1 {
            value = add(
                try call("reshape", "default", [.value(value), .list(([batch] + sample).map { .int($0) })]),
                giving: shaped([batch] + sample))
        }
        guard let type = own.type, type != .float32 else { return value }
        return add(try call("to", "dtype", [.value(value), .dtype(type)]), giving: shaped(own.sizes, type))
    }
}
