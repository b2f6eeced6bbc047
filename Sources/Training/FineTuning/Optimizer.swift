import Tensors

/// How gradients change parameters.
public enum OptimizerChoice: Sendable, Equatable, Codable {
    case sgd(momentum: Double, nesterov: Bool)
    case adam(decoupledDecay: Bool)
}

/// The state of an optimiser over a fixed list of parameters, which it changes in place.
final class Optimizer {
    private let choice: OptimizerChoice
    private let parameters: [Tensor]
    private let weightDecay: Double
    private let first: [Tensor]
    private let second: [Tensor]
    private let steps: [Tensor]
    private var count = 0

    init(_ choice: OptimizerChoice, parameters: [Tensor], weightDecay: Double) throws(TensorError) {
        self.choice = choice
        self.parameters = parameters
        self.weightDecay = weightDecay
        func zeros() throws(TensorError) -> [Tensor] {
            var tensors: [Tensor] = []
            for parameter in parameters { tensors.append(try Tensor.zeros(parameter.shape, dtype: parameter.dtype(), device: parameter.device())) }
            return tensors
        }
        first = try zeros()
        if case .adam = choice {
            second = try zeros()
            var made: [Tensor] = []
            for _ in parameters { made.append(try Tensor(scalar: Float(0))) }
            steps = made
        } else {
            second = []
            steps = []
        }
    }

    func step(_ gradients: [Tensor], learningRate: Double) throws(TensorError) {
        count += 1
        switch choice {
        case .sgd(let momentum, let nesterov):
            try Tensor.sgdStepInPlace(
                parameters: parameters, gradients: gradients, momenta: momentum == 0 ? [] : first, learningRate: learningRate, momentum: momentum,
                weightDecay: weightDecay, nesterov: nesterov, isFirst: count == 1)
        case .adam(let decoupled):
            for step in steps { try step.addInPlace(Tensor.ones([])) }
            try Tensor.adamStepInPlace(
                parameters: parameters, gradients: gradients, means: first, squares: second, steps: steps, learningRate: learningRate,
                beta1: 0.9, beta2: 0.999, weightDecay: weightDecay, epsilon: 1e-8, decoupledDecay: decoupled)
        }
    }
}
