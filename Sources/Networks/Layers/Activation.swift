import Tensors

/// A nonlinearity on each value by itself: a function of PyTorch's, with its options.
public struct Activation: Layer, Hashable {
    public enum Function: String, Sendable, CaseIterable {
        case relu, tanh, silu, gelu
        case geluTanh = "gelu_tanh"
        case sigmoid
        case leakyRelu = "leaky_relu"
        case elu, celu, selu, relu6, hardtanh, hardswish, hardsigmoid, softplus, mish
        case logSigmoid = "log_sigmoid"

        /// The options beside the function, in PyTorch's order, with PyTorch's defaults.
        public var options: [(name: String, fallback: Double)] {
            switch self {
            case .leakyRelu: [("slope", 0.01)]
            case .elu, .celu: [("alpha", 1)]
            case .hardtanh: [("low", -1), ("high", 1)]
            case .softplus: [("beta", 1), ("threshold", 20)]
            default: []
            }
        }
    }

    public static let kind = "activation"
    public let function: Function
    /// One value for each of the function's options.
    public let values: [Double]
    public var isActivation: Bool { true }
    public var isHomogeneous: Bool { function == .relu || function == .leakyRelu }

    /// - Parameter values: of the function's options; those left out take their defaults.
    public init(_ function: Function, _ values: Double...) { self.init(function, values: values) }

    package init(_ function: Function, values: [Double]) {
        self.function = function
        self.values = function.options.enumerated().map { values.indices.contains($0) ? values[$0] : $1.fallback }
    }

    public init(options: inout LayerOptions) throws {
        function = try options.choice("function", default: .relu)
        var values: [Double] = []
        for option in function.options {
            let value = try options.real(option.name, default: option.fallback)
            guard value.isFinite else {
                throw NetworkError.option(layer: options.layer, option: option.name, reason: "is \(value), but must be a finite number")
            }
            values.append(value)
        }
        // ELU and its kin divide by these.
        if function == .celu || function == .softplus, values[0] == 0 {
            throw NetworkError.option(layer: options.layer, option: function.options[0].name, reason: "must not be 0")
        }
        self.values = values
    }

    public var options: [(name: String, value: OptionValue)] {
        [("function", .string(function.rawValue))] + zip(function.options, values).filter { $0.fallback != $1 }.map { ($0.name, .real($1)) }
    }

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features { try scope.oneInput(inputs) }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        try apply(to: inputs[0])
    }

    public func apply(to x: Tensor) throws(NetworkError) -> Tensor {
        try lifting {
            switch function {
            case .relu: try x.relu()
            case .tanh: try x.hyperbolicTangent()
            case .silu: try x.silu()
            case .gelu: try x.gelu()
            case .geluTanh: try x.gelu(approximate: true)
            case .sigmoid: try x.sigmoid()
            case .leakyRelu: try x.leakyRelu(slope: values[0])
            case .elu: try x.elu(alpha: values[0])
            case .celu: try x.celu(alpha: values[0])
            case .selu: try x.selu()
            case .relu6: try x.relu6()
            case .hardtanh: try x.hardtanh(low: values[0], high: values[1])
            case .hardswish: try x.hardswish()
            case .hardsigmoid: try x.hardsigmoid()
            case .softplus: try x.softplus(beta: values[0], threshold: values[1])
            case .mish: try x.mish()
            case .logSigmoid: try x.logSigmoid()
            }
        }
    }
}

extension Activation {
    public static let relu = Activation(.relu), tanh = Activation(.tanh), silu = Activation(.silu), gelu = Activation(.gelu)
    public static let geluTanh = Activation(.geluTanh), sigmoid = Activation(.sigmoid)

    /// The function and, behind a colon, the options that are not at their defaults: `relu`, `leaky_relu:0.3`, `softplus:2,10`.
    public var text: String {
        let isPlain = zip(function.options, values).allSatisfy { $0.fallback == $1 }
        return function.rawValue + (isPlain ? "" : ":" + values.map { "\($0)" }.joined(separator: ","))
    }

    /// Reads what `text` writes; nil where it is no activation.
    public init?(text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let function = parts.first.flatMap({ Function(rawValue: String($0)) }) else { return nil }
        var values: [Double] = []
        if parts.count == 2 {
            for word in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
                guard let value = Double(word), value.isFinite else { return nil }
                values.append(value)
            }
        }
        guard values.count <= function.options.count, parts.count == 1 || !values.isEmpty else { return nil }
        if function == .celu || function == .softplus, values.first == 0 { return nil }
        self.init(function, values: values)
    }

    /// As people write it: "ReLU", "LeakyReLU (slope 0.3)".
    public var title: String {
        let names: [Function: String] = [
            .relu: "ReLU", .tanh: "tanh", .silu: "SiLU", .gelu: "GELU", .geluTanh: "GELU (tanh)", .sigmoid: "sigmoid",
            .leakyRelu: "LeakyReLU", .elu: "ELU", .celu: "CELU",
            .selu: "SELU", .relu6: "ReLU6", .hardtanh: "hardtanh", .hardswish: "hardswish", .hardsigmoid: "hardsigmoid",
            .softplus: "softplus", .mish: "Mish", .logSigmoid: "log-sigmoid",
        ]
        let given = zip(function.options, values).map { "\($0.name) \($1)" }.joined(separator: ", ")
        return (names[function] ?? function.rawValue) + (given.isEmpty ? "" : " (\(given))")
    }
}
