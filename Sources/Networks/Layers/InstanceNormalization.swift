import Tensors

/// Normalises each channel of each image by itself, by its own mean and variance (Ulyanov et al. 2016).
package struct InstanceNormalization: Layer {
    package static let kind = "instance_norm"
    package let epsilon: Double
    package let parameters = [
        ParameterDeclaration("weight", optional: true, initial: .ones),
        ParameterDeclaration("bias", optional: true, initial: .zeros),
    ]

    package init(epsilon: Double = 1e-5) { self.epsilon = epsilon }
    package init(options: inout LayerOptions) throws { epsilon = try options.real("eps", default: 1e-5) }

    package var options: [(name: String, value: OptionValue)] { epsilon == 1e-5 ? [] : [("eps", .real(epsilon))] }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneImage(inputs)
        for name in ["weight", "bias"] { try scope.attachVector(name, input.layout) }
        return input
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        // A group of one channel is what is normalised together.
        try inputs[0].groupNormed(
            groups: inputs[0].shape[1], weight: parameters.optional("weight"), bias: parameters.optional("bias"), epsilon: epsilon)
    }
}
