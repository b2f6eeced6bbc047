import Tensors

/// y = (x − mean) / √(variance + ε) · weight + bias, for each channel by itself.
///
/// While training, mean and variance are the batch's, and the running ones follow them.
package struct BatchNormalization: Layer {
    package static let kind = "batch_norm"
    package let epsilon: Double
    package let momentum: Double
    package let parameters = [
        ParameterDeclaration("weight", optional: true, neutral: 1, initial: .ones),
        ParameterDeclaration("bias", optional: true, neutral: 0, initial: .zeros),
        ParameterDeclaration("running_mean", .statistic, initial: .zeros),
        ParameterDeclaration("running_var", .statistic, initial: .ones),
        ParameterDeclaration("num_batches_tracked", .counter, optional: true, neutral: 0, initial: .zeros),
    ]

    package init() {
        epsilon = 1e-5
        momentum = 0.1
    }

    package init(options: inout LayerOptions) throws {
        epsilon = try options.real("eps", default: 1e-5)
        momentum = try options.real("momentum", default: 0.1)
    }

    package var options: [(name: String, value: OptionValue)] {
        [("eps", epsilon, 1e-5), ("momentum", momentum, 0.1)].filter { $0.1 != $0.2 }.map { ($0.0, .real($0.1)) }
    }

    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        let input = try scope.oneLaidOut(inputs)
        guard input.axis == 0 else {
            throw NetworkError.input(layer: scope.layer, expected: "values or channels × height × width", found: input.description)
        }
        _ = try scope.shape(of: "running_mean", rank: 1, as: "\(input.channels)")
        _ = try scope.shape(of: "running_var", rank: 1, as: "\(input.channels)")
        for name in ["weight", "bias", "running_mean", "running_var"] { try scope.attachVector(name, input.layout) }
        return input
    }

    package func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor {
        var mean = try parameters("running_mean"), variance = try parameters("running_var")
        if let recorder = mode.recorder { (mean, variance) = try recorder.record(inputs[0], layer: parameters.layer) }
        return try inputs[0].batchNormed(
            mean: mean, variance: variance, weight: parameters.optional("weight"), bias: parameters.optional("bias"),
            training: mode.isTraining && !mode.keptStatistics.contains(parameters.layer), momentum: momentum, epsilon: epsilon)
    }
}
