import Tensors

/// A nonlinearity on each value by itself.
public struct Activation: Layer {
    public enum Function: String, Sendable, CaseIterable {
        case relu, tanh, silu, gelu
        case geluTanh = "gelu_tanh"
        case sigmoid
    }

    public static let kind = "activation"
    public let function: Function
    public var isActivation: Bool { true }
    public var isHomogeneous: Bool { function == .relu }

    public init(_ function: Function) { self.function = function }

    public init(options: inout LayerOptions) throws(NetworkError) {
        function = try options.choice("function", default: .relu)
    }

    public var options: [(name: String, value: OptionValue)] { [("function", .string(function.rawValue))] }

    public func trace(_ inputs: [Features], _ scope: inout TraceScope) throws(NetworkError) -> Features { try scope.oneInput(inputs) }

    public func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws(NetworkError) -> Tensor {
        try apply(to: inputs[0])
    }

    public func apply(to x: Tensor) throws(NetworkError) -> Tensor {
        try tensors { () throws(TensorError) in
            switch function {
            case .relu: try x.relu()
            case .tanh: try x.hyperbolicTangent()
            case .silu: try x.silu()
            case .gelu: try x.gelu()
            case .geluTanh: try x.gelu(approximate: true)
            case .sigmoid: try x.sigmoid()
            }
        }
    }
}
