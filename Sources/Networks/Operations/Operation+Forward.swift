import Tensors

extension Operation {
    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        guard let allowed = AllowedOperation.named(name) else {
            throw NetworkError.operation(
                node: parameters.layer, name: "\(name)", reason: "it is not on the list of operations that Amalgam calls")
        }
        if Self.passesInEvaluation.contains(name.base), !mode.isTraining { return try input(inputs, parameters) }
        let batch = try batchPlace.map { place in
            guard inputs.indices.contains(place.source), inputs[place.source].shape.indices.contains(place.axis) else {
                throw NetworkError.input(layer: parameters.layer, expected: "a source that carries the batch", found: "none")
            }
            return inputs[place.source].shape[place.axis] / place.times
        }
        let values = Values(layer: parameters.layer, inputs: inputs, parameters: parameters, batch: batch)
        var given: [Argument] = []
        for (argument, parameter) in zip(arguments, allowed.parameters) { given.append(try values.boxed(argument, as: parameter)) }
        try adapt(&given, to: mode, values, allowed)
        let results = try allowed.operation()(given)
        guard results.indices.contains(result), let value = results[result] else {
            throw NetworkError.operation(
                node: parameters.layer, name: "\(name)", reason: "it gave \(results.count) results, but number \(result + 1) is used")
        }
        return value
    }

    /// Operations that return their input unless they train.
    private static let passesInEvaluation: Set<String> = ["dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"]

    private func input(_ inputs: [Tensor], _ parameters: ParameterView) throws -> Tensor {
        guard let first = inputs.first else { throw NetworkError.input(layer: parameters.layer, expected: "one input", found: "none") }
        return first
    }

    /// Sets what depends on whether the network trains: batch statistics, and dropout inside an operation, which has no generator of ours and stays off.
    private func adapt(_ given: inout [Argument], to mode: ForwardMode, _ values: Values, _ allowed: AllowedOperation) throws {
        func set(_ name: String, _ value: Argument) {
            guard let place = allowed.parameters.firstIndex(where: { $0.name == name }) else { return }
            while given.count <= place { given.append(.byDefault) }
            given[place] = value
        }
        switch name.base {
        case "batch_norm":
            // Without running statistics a batch is always normalised by its own.
            guard given.count > 4, case .tensor = given[3], case .tensor(let input) = given[0] else { return set("training", true) }
            set("training", .bool(mode.isTraining && !mode.keptStatistics.contains(values.layer)))
            set("cudnn_enabled", false)
            if let recorder = mode.recorder {
                let own = try recorder.record(input, layer: values.layer)
                (given[3], given[4]) = (.tensor(own.mean), .tensor(own.variance))
            }
        case "scaled_dot_product_attention": set("dropout_p", 0.0)
        case "rnn_tanh", "rnn_relu", "gru", "lstm": set("train", false)
        default: break
        }
    }

    /// The arguments of one call.
    private struct Values {
        let layer: String
        let inputs: [Tensor]
        let parameters: ParameterView
        let batch: Int?

        func boxed(_ argument: OperationArgument, as parameter: AllowedOperation.Parameter) throws -> Argument {
            switch argument {
            case .source, .parameter, .constant:
                let tensor = try tensor(argument)
                return parameter.isList ? .tensors([tensor]) : .tensor(tensor)
            case .int(let value): return parameter.isList && !parameter.isTensor ? .ints(repeated(value, parameter)) : .int(value)
            case .real(let value): return .real(value)
            case .bool(let value): return .bool(value)
            case .string(let value): return .string(value)
            case .dtype(let type): return try .dtype(widened(type))
            case .none: return .none
            case .byDefault: return .byDefault
            case .batch(let times): return .int(try size(times))
            case .list(let parts):
                if parameter.isTensor {
                    return .tensors(try parts.map { if case .none = $0 { nil } else { try tensor($0) } })
                }
                if parts.contains(where: { if case .real = $0 { true } else { false } }) {
                    return .reals(
                        try parts.map { part in
                            switch part {
                            case .real(let value): value
                            case .int(let value): Double(value)
                            default: throw fault("a list that mixes numbers with something else")
                            }
                        })
                }
                return .ints(
                    try parts.map { part in
                        switch part {
                        case .int(let value): value
                        case .bool(let value): value ? 1 : 0
                        case .batch(let times): try size(times)
                        default: throw fault("a list that mixes whole numbers with something else")
                        }
                    })
            }
        }

        private func fault(_ found: String) -> NetworkError { .input(layer: layer, expected: "arguments of its signature", found: found) }

        private func size(_ times: Int) throws -> Int {
            guard let batch, let size = Optional(batch.multipliedReportingOverflow(by: times)), !size.overflow else {
                throw fault("a size that carries a batch, without a source for it")
            }
            return size.partialValue
        }

        /// A number for each of a list's places, as `int[2]` allows.
        private func repeated(_ value: Int, _ parameter: AllowedOperation.Parameter) -> [Int] {
            let count = parameter.type.split(separator: "[").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 1
            return [Int](repeating: value, count: min(count, 8))
        }

        private func tensor(_ argument: OperationArgument) throws -> Tensor {
            switch argument {
            case .source(let index) where inputs.indices.contains(index): return inputs[index]
            case .parameter(let name): return try parameters(name)
            case .constant(let name):
                guard let value = parameters.constant(name) else { throw fault("the constant \(name), which the architecture lacks") }
                return value
            default: throw fault("something that is no tensor")
            }
        }

        /// The network computes in the widest type of its parameters: a cast to a narrower one than an input has is not made.
        private func widened(_ type: DType) throws -> DType {
            guard type.isFloatingPoint else { return type }
            let types = try inputs.map { try $0.dtype() }.filter(\.isFloatingPoint)
            return DType.widest(types + [type]) ?? type
        }
    }
}
