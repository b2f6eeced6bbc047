import Networks
import Tensors

/// The layer that an operation is exactly, where there is one: linear layers on rows and tokens, two-dimensional convolutions and pools, normalisations,
/// nonlinearities, dropout, sums, concatenations, flattening. Everything that knows these layers then works as on any other network.
struct ExportedLayers {
    struct Found {
        let layer: any Layer
        /// What stands before the parameters' names; nil where there are none.
        var prefix: String?
        /// The values that come in.
        let sources: [BatchedValue]
        /// The axis of one sample at which the layers after it look for neurons.
        let axis: Int
    }

    /// Whether the state dict has an entry.
    let hasEntry: (String) -> Bool
    /// The axis at which layers look for neurons in a value.
    let axis: (BatchedValue) -> Int

    /// Nil where the operation stays one.
    func layer(of call: BatchedCall, _ result: BatchedValue) -> Found? {
        guard let first = call.arguments.first, call.batchFrom == nil else { return nil }
        let operands = first.values
        guard let input = operands.first, input.batch != nil else { return nil }
        if let activation = Self.activation(call) { return Found(layer: activation, sources: [input], axis: axis(input)) }
        if let dropout = dropout(call) { return Found(layer: dropout, sources: [input], axis: axis(input)) }
        guard input.isPlain, result.isPlain else { return nil }
        let rank = input.sizes.count, isImage = rank == 4 && axis(input) == 0, isRow = rank == 2, isTokens = rank == 3 && axis(input) == 1
        func found(
            _ kind: String, _ options: [String: OptionValue] = [:], _ names: [(declared: String, given: String, isOptional: Bool)],
            axis: Int
        ) -> Found? {
            guard let layer = try? LayerCatalogue.make(kind: kind, layer: call.name, options: options) else { return nil }
            guard !names.isEmpty else { return Found(layer: layer, sources: [input], axis: axis) }
            guard let prefix = prefix(call, names) else { return nil }
            return Found(layer: layer, prefix: prefix, sources: [input], axis: axis)
        }
        let weights = [("weight", "weight", false), ("bias", "bias", true)], scales = [("weight", "weight", true), ("bias", "bias", true)]
        switch call.base {
        case "linear" where isRow || isTokens: return found("linear", [:], weights, axis: axis(input))
        case "conv2d" where isImage:
            guard let options = convolution(call) else { return nil }
            return found("conv2d", options, weights, axis: 0)
        case "batch_norm" where isImage || isRow && axis(input) == 0:
            let statistics = scales + [("running_mean", "running_mean", false), ("running_var", "running_var", false)]
            return found(
                "batch_norm", ["eps": .real(call["eps"].real ?? 1e-5), "momentum": .real(call["momentum"].real ?? 0.1)], statistics, axis: 0
            )
        case "layer_norm" where isRow || isTokens || isImage:
            let shape = call["normalized_shape"].ints
            guard shape == (isImage ? Array(input.sizes.dropFirst()) : Array(input.sizes.suffix(1))) else { return nil }
            return found("layer_norm", ["eps": .real(call["eps"].real ?? 1e-5)], scales, axis: axis(input))
        case "group_norm" where isImage || isRow && axis(input) == 0:
            guard let groups = call["num_groups"].int else { return nil }
            return found("group_norm", ["groups": .int(groups), "eps": .real(call["eps"].real ?? 1e-5)], scales, axis: 0)
        case "prelu" where isImage || isRow: return found("prelu", [:], [("weight", "weight", false)], axis: axis(input))
        case "max_pool2d" where isImage:
            guard let options = pooling(call, "max", ["dilation"]) else { return nil }
            return found("pool", options, [], axis: 0)
        case "avg_pool2d" where isImage:
            guard call["divisor_override"].isNone, let options = pooling(call, "average", []) else { return nil }
            return found("pool", options, [], axis: 0)
        case "adaptive_avg_pool2d" where isImage:
            guard let size = pair(call["output_size"]) else { return nil }
            return found("adaptive_average_pool", ["size": .ints(size)], [], axis: 0)
        case "reshape" where result.sizes.count == 2 && rank > 2: return found("flatten", [:], [], axis: 0)
        case "log_softmax" where isRow && isLast(call, rank): return found("log_softmax", [:], [], axis: axis(input))
        case "softmax" where isRow && isLast(call, rank): return found("softmax", [:], [], axis: axis(input))
        case "add", "cat": return joined(call, operands)
        default: return nil
        }
    }

    // MARK: Several inputs

    private func joined(_ call: BatchedCall, _ operands: [BatchedValue]) -> Found? {
        guard let first = operands.first else { return nil }
        let inputs = call.base == "add" ? call.values : operands
        guard inputs.count >= 2, inputs.allSatisfy({ $0.isPlain && $0.sizes.count == first.sizes.count && axis($0) == axis(first) }) else {
            return nil
        }
        if call.base == "add" {
            guard call.allowed.name.overload == "Tensor", call["alpha"].isNone || call["alpha"].real == 1,
                inputs.allSatisfy({ $0.sizes == first.sizes && $0.type == first.type })
            else { return nil }
            return Found(layer: Add(), sources: inputs, axis: axis(first))
        }
        let rank = first.sizes.count, own = call["dim"].int ?? 0, joint = own < 0 ? own + rank : own
        guard (rank == 3 && axis(first) == 1 && joint == 2) || (rank != 3 && axis(first) == 0 && joint == 1 && (rank == 2 || rank == 4))
        else { return nil }
        return Found(layer: Concatenate(), sources: inputs, axis: axis(first))
    }

    private func isLast(_ call: BatchedCall, _ rank: Int) -> Bool {
        (call["dim"].int == rank - 1 || call["dim"].int == -1) && call["dtype"].isNone
    }

    // MARK: Parameters

    /// What stands before the names of a call's parameters, where they are called as the layer declares them: "fc1" of fc1.weight and fc1.bias,
    /// "attention.in_proj_*" of attention.in_proj_weight.
    private func prefix(_ call: BatchedCall, _ names: [(declared: String, given: String, isOptional: Bool)]) -> String? {
        var stored: [(declared: String, name: String?)] = []
        for name in names {
            switch call[name.given] {
            case .value(let value):
                guard case .stored(let full) = value.value else { return nil }
                stored.append((name.declared, full))
            case .none, .byDefault:
                guard name.isOptional else { return nil }
                stored.append((name.declared, nil))
            default: return nil
            }
        }
        guard let (declared, first) = stored.first(where: { $0.name != nil }).flatMap({ found in found.name.map { (found.declared, $0) } }),
            first.hasSuffix(declared)
        else { return nil }
        let stem = first.dropLast(declared.count)
        guard stem.isEmpty || stem.hasSuffix(".") || stem.hasSuffix("_"), !stem.contains("*") else { return nil }
        for (declared, name) in stored {
            guard name == nil ? !hasEntry(stem + declared) : name == stem + declared else { return nil }
        }
        return stem.isEmpty ? "" : stem.hasSuffix(".") ? String(stem.dropLast()) : stem + "*"
    }

    // MARK: Options

    private func pair(_ argument: GraphArgument<BatchedValue>) -> [Int]? {
        guard let numbers = argument.ints, numbers.count == 1 || numbers.count == 2 else { return nil }
        return numbers.count == 1 ? numbers + numbers : numbers
    }

    private func convolution(_ call: BatchedCall) -> [String: OptionValue]? {
        var options: [String: OptionValue] = ["groups": .int(call["groups"].int ?? 1)]
        for name in ["stride", "dilation"] { if let value = pair(call[name]) { options[name] = .ints(value) } }
        if case .string(let words) = call["padding"] {
            guard let kernel = call["weight"].values.first?.sizes.suffix(2), case let dilation = pair(call["dilation"]) ?? [1, 1] else {
                return nil
            }
            let needed = zip(kernel, dilation).map { ($0 - 1) * $1 }
            guard words == "valid" || (words == "same" && needed.allSatisfy { $0 % 2 == 0 }) else { return nil }
            options["padding"] = .ints(words == "valid" ? [0, 0] : needed.map { $0 / 2 })
        } else if let padding = pair(call["padding"]) {
            options["padding"] = .ints(padding)
        }
        return options
    }

    private func pooling(_ call: BatchedCall, _ function: String, _ others: [String]) -> [String: OptionValue]? {
        guard let kernel = pair(call["kernel_size"]) else { return nil }
        var options: [String: OptionValue] = ["function": .string(function), "kernel": .ints(kernel)]
        for name in ["stride", "padding"] + others { if let value = pair(call[name]) { options[name] = .ints(value) } }
        if let isCeiling = call["ceil_mode"].bool { options["ceil_mode"] = .bool(isCeiling) }
        if function == "average", let counts = call["count_include_pad"].bool { options["count_include_pad"] = .bool(counts) }
        return options
    }

    private func dropout(_ call: BatchedCall) -> Dropout? {
        let units = ["dropout": "values", "feature_dropout": "channels", "alpha_dropout": "alpha"]
        guard let unit = units[call.base], let rate = call["p"].real else { return nil }
        return (try? LayerCatalogue.make(kind: "dropout", layer: call.name, options: ["rate": .real(rate), "unit": .string(unit)]))
            as? Dropout
    }

    private static func activation(_ call: BatchedCall) -> Activation? {
        func value(_ name: String, _ fallback: Double) -> Double? { call[name].isNone ? fallback : call[name].real }
        func made(_ function: Activation.Function, _ values: Double?...) -> Activation? {
            let known = values.compactMap(\.self)
            guard known.count == values.count, known.allSatisfy(\.isFinite) else { return nil }
            return Activation(function, values: known)
        }
        switch call.base {
        case "relu": return made(.relu)
        case "tanh": return made(.tanh)
        case "silu": return made(.silu)
        case "sigmoid": return made(.sigmoid)
        case "gelu":
            if case .string("tanh") = call["approximate"] { return made(.geluTanh) }
            return made(.gelu)
        case "leaky_relu": return made(.leakyRelu, value("negative_slope", 0.01))
        case "elu":
            guard value("scale", 1) == 1, value("input_scale", 1) == 1 else { return nil }
            return made(.elu, value("alpha", 1))
        case "celu": return value("alpha", 1) == 0 ? nil : made(.celu, value("alpha", 1))
        case "selu": return made(.selu)
        case "relu6": return made(.relu6)
        case "hardtanh": return made(.hardtanh, value("min_val", -1), value("max_val", 1))
        case "hardswish": return made(.hardswish)
        case "hardsigmoid": return made(.hardsigmoid)
        case "softplus": return value("beta", 1) == 0 ? nil : made(.softplus, value("beta", 1), value("threshold", 20))
        case "mish": return made(.mish)
        case "log_sigmoid": return made(.logSigmoid)
        default: return nil
        }
    }
}

extension BatchedValue {
    /// Whether its first axis is the batch and nothing else.
    var isPlain: Bool { batch == Batch(axis: 0) }
}
