import Datasets
import Networks
import Tensors

/// How the parameters of one level are fitted to its targets.
package struct LevelFit: Sendable, Hashable {
    package enum Optimiser: String, HyperparameterChoice {
        case adam, sgd

        package var title: String {
            switch self {
            case .adam: "Adam"
            case .sgd: "plain gradient descent"
            }
        }
    }

    package var optimiser = Optimiser.adam
    package var learningRate = 1e-3
    /// L2 in the gradient, as PyTorch's Adam and SGD have it.
    package var weightDecay = 1e-4
    package var epochs = 100
    package var batch = 32
    /// Epochs without a better validation loss after which the fit ends.
    package var patience = 15
    /// Whether the weights of the best validation loss are kept, rather than the last.
    package var restoresBest = true
    /// How far the level starts from its weights towards fresh ones, 0 … 1.
    package var perturbation = 0.0

    package init() {}
}

/// What a level's output is measured against.
struct LevelObjective {
    enum Rule { case squared, divergence(temperature: Double) }

    /// [samples, …] as the level's output.
    let target: Tensor
    /// What each neuron's error counts, [neurons]; nil for all alike.
    let weights: Tensor?
    let rule: Rule

    func loss(_ output: Tensor, _ rows: Tensor) throws -> Tensor {
        let wanted = try target.gathered(axis: 0, rows)
        switch rule {
        case .squared:
            let errors = try (output - wanted).squared()
            guard let weights else { return try errors.mean() }
            return try (errors * weights.reshaped([1, weights.count] + [Int](repeating: 1, count: output.rank - 2))).mean()
        case .divergence(let temperature):
            // T² KL(q ‖ softmax(y/T)): the gradient keeps its size at any temperature (Hinton et al. 2015).
            let logs = try (output / temperature).logSoftmax(axis: 1)
            let entropy = try wanted * wanted.clamped(from: 1e-12, to: 1).logarithm()
            return try (entropy - wanted * logs).sum() * (temperature * temperature / Double(output.shape[0]))
        }
    }
}

/// Fits a level by gradient descent on a random 80 % of the samples, watching the others.
struct LevelTrainer {
    let network: Network
    let level: LevelPartition.Level
    let fit: LevelFit
    let seed: UInt64

    /// The loss curves and the fitted parameters.
    struct Result {
        let parameters: [String: Tensor]
        let training: [Double]
        let validation: [Double]
    }

    private struct State {
        var variables: [Tensor]
        var means: [Tensor]
        var squares: [Tensor]
        var steps: [Tensor]
        var isFirst = true
    }

    func fitted(
        inputs: Tensor, objective: LevelObjective, control: FusionControl, report: (Int, Double, Double) -> Void
    ) throws -> Result {
        var random = SeededGenerator(seed: seed, purpose: "level \(level.end)")
        let order = random.permutation(inputs.shape[0])
        let held = inputs.shape[0] >= 5 ? inputs.shape[0] / 5 : 0
        let watched = Array(order[..<held]), trained = Array(order[held...])
        var state = try start()
        var best: (loss: Double, values: [Tensor])?, waited = 0
        var training: [Double] = [], validation: [Double] = []
        if fit.restoresBest, fit.epochs > 0 {
            // The weights that a level begins with may be better than those of every epoch: where the parents are copies of one network they are exact.
            let loss = try pass(watched.isEmpty ? trained : watched, inputs, objective, &state, learns: false, control)
            if loss.isFinite { best = (loss, try copies(state.variables)) }
        }
        for epoch in 0..<fit.epochs {
            try control.check()
            var rows = trained
            random.shuffle(&rows)
            let loss = try pass(rows, inputs, objective, &state, learns: true, control)
            // Too few samples to watch any: the training loss has to do.
            let seen = watched.isEmpty ? loss : try pass(watched, inputs, objective, &state, learns: false, control)
            guard loss.isFinite, seen.isFinite else {
                throw FusionError.unsuitable(
                    reason: "the fit of level \(level.end) overflowed in epoch \(epoch + 1); lower the learning rate")
            }
            training.append(loss)
            validation.append(seen)
            report(epoch + 1, loss, seen)
            if seen < best?.loss ?? .infinity {
                let copies = fit.restoresBest ? try copies(state.variables) : []
                best = (seen, copies)
                waited = 0
            } else {
                waited += 1
                if waited >= fit.patience { break }
            }
        }
        let values = fit.restoresBest ? best?.values ?? state.variables : state.variables
        var parameters: [String: Tensor] = [:]
        for (name, value) in zip(level.parameters, values) {
            parameters[name] = try value.detached()
        }
        return Result(parameters: parameters, training: training, validation: validation)
    }

    private func copies(_ values: [Tensor]) throws -> [Tensor] {
        var copies: [Tensor] = []
        for value in values { copies.append(try value.detached().copied()) }
        return copies
    }

    private func start() throws -> State {
        let fresh =
            fit.perturbation > 0
            ? try Network.fresh(network.architecture, shapes: network.parameters.mapValues(\.shape), seed: seed) : nil
        var state = State(variables: [], means: [], squares: [], steps: [])
        for name in level.parameters {
            let own = try network.parameter(name)
            // A copy: the steps write in place, and the memory may be a parent's.
            var value = try own.copied()
            if let other = fresh?.parameters[name] { value = try value * (1 - fit.perturbation) + other * fit.perturbation }
            state.variables.append(try value.asVariable())
            state.means.append(try value * 0)
            state.squares.append(try value * 0)
            state.steps.append(try Tensor(scalar: Float(0)))
        }
        return state
    }

    /// One pass over some samples; the mean of the batches' losses.
    private func pass(
        _ rows: [Int], _ inputs: Tensor, _ objective: LevelObjective, _ state: inout State, learns: Bool, _ control: FusionControl
    ) throws -> Double {
        var sum = 0.0, batches = 0
        for first in stride(from: 0, to: rows.count, by: fit.batch) {
            if control.isCancelled() { throw FusionError.cancelled }
            let chosen = try Tensor(Array(rows[first..<min(first + fit.batch, rows.count)]))
            let x = try inputs.gathered(axis: 0, chosen)
            let named = Dictionary(uniqueKeysWithValues: zip(level.parameters, state.variables))
            let outputs = try network.values(of: [level.end], given: [level.start: x], parameters: named)
            guard let output = outputs[level.end] else { throw FusionError.network(.graph(reason: "nothing has computed “\(level.end)”")) }
            let loss = try objective.loss(output, chosen)
            if learns {
                let found = try loss.optionalGradients(of: state.variables)
                try step(&state, found)
            }
            sum += try loss.detached().item()
            batches += 1
        }
        return sum / Double(max(1, batches))
    }

    private func step(_ state: inout State, _ found: [Tensor?]) throws {
        let current = state
        try withoutRecording {
            var gradients: [Tensor] = []
            for (gradient, variable) in zip(found, current.variables) {
                let nothing = try variable.detached() * 0
                gradients.append(gradient ?? nothing)
            }
            switch fit.optimiser {
            case .adam:
                for step in current.steps { try step.addInPlace(Tensor(scalar: Float(1))) }
                try Tensor.adamStepInPlace(
                    parameters: current.variables, gradients: gradients, means: current.means, squares: current.squares,
                    steps: current.steps,
                    learningRate: fit.learningRate, beta1: 0.9, beta2: 0.999, weightDecay: fit.weightDecay, epsilon: 1e-8,
                    decoupledDecay: false)
            case .sgd:
                try Tensor.sgdStepInPlace(
                    parameters: current.variables, gradients: gradients, momenta: [], learningRate: fit.learningRate, momentum: 0,
                    weightDecay: fit.weightDecay, nesterov: false, isFirst: current.isFirst)
            }
        }
        state.isFirst = false
    }
}
