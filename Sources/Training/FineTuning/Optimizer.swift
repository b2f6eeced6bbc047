import Tensors

/// How gradients change parameters.
package enum OptimizerChoice: Sendable, Equatable, Hashable {
    case sgd(momentum: Double, nesterov: Bool)
    case adam(beta1: Double, beta2: Double, decoupledDecay: Bool)
}

/// Parameters that share a learning rate, changed in place, with the optimiser's memory of them.
///
/// One call of libtorch's fused kernel moves them all.
final class Optimizer {
    private let choice: OptimizerChoice
    private let parameters: [Tensor]
    private let weightDecay: Double
    /// What the learning rate of these parameters is multiplied by.
    let factor: Double
    /// Momentum of SGD, mean of gradients of Adam; empty where there is none.
    private(set) var first: [Tensor] = []
    /// Mean of squared gradients of Adam.
    private(set) var second: [Tensor] = []
    private var steps: [Tensor] = []
    private(set) var count = 0

    init(_ choice: OptimizerChoice, parameters: [Tensor], weightDecay: Double, factor: Double = 1) throws {
        self.choice = choice
        self.parameters = parameters
        self.weightDecay = weightDecay
        self.factor = factor
        func zeros() throws -> [Tensor] {
            var tensors: [Tensor] = []
            for parameter in parameters {
                tensors.append(try Tensor.zeros(parameter.shape, dtype: parameter.dtype(), device: parameter.device()))
            }
            return tensors
        }
        switch choice {
        case .sgd(let momentum, _):
            if momentum > 0 { first = try zeros() }
        case .adam:
            first = try zeros()
            second = try zeros()
            for parameter in parameters { steps.append(try Tensor.zeros([], device: parameter.device())) }
        }
    }

    func step(_ gradients: [Tensor], learningRate: Double) throws {
        count += 1
        switch choice {
        case .sgd(let momentum, let nesterov):
            try Tensor.sgdStepInPlace(
                parameters: parameters, gradients: gradients, momenta: first, learningRate: learningRate * factor, momentum: momentum,
                weightDecay: weightDecay, nesterov: nesterov, isFirst: count == 1)
        case .adam(let beta1, let beta2, let decoupled):
            for step in steps { try step.addInPlace(1) }
            try Tensor.adamStepInPlace(
                parameters: parameters, gradients: gradients, means: first, squares: second, steps: steps,
                learningRate: learningRate * factor,
                beta1: beta1, beta2: beta2, weightDecay: weightDecay, epsilon: 1e-8, decoupledDecay: decoupled)
        }
    }

    /// Goes on from the memory that another optimiser of the same parameters had after `count` steps.
    func restore(first: [Tensor], second: [Tensor], count: Int) throws {
        for (own, stored) in zip(self.first, first) { try own.copyInPlace(stored) }
        for (own, stored) in zip(self.second, second) { try own.copyInPlace(stored) }
        for step in steps { try step.copyInPlace(Tensor.full([], Double(count))) }
        self.count = count
    }
}
