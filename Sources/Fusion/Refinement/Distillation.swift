import Datasets
import Foundation
import Networks
import Tensors

/// Label-free distillation by gradient descent: Adam on τ² KL(q ‖ softmax(f/τ)), every batch half samples and half mixtures of them, images
/// moved about where the settings say so, the step size falling along a cosine (Hinton et al. 2015).
struct Distillation {
    let teacher: Teacher
    let inputs: ExpandedInputs
    let updates: Int
    /// The first step size; 0 tries some and keeps the one that agrees best with the teacher on held-out samples.
    let rate: Double
    var temperature = 2.0

    private static let batch = 100
    private static let rates = [2e-4, 1e-3, 4e-3]
    /// The part of the updates that each rate is tried for, and of the samples that are held out for it.
    private static let trial = 0.15
    private static let held = 0.2

    struct Account: Sendable {
        let rate: Double
        let updates: Int
        let losses: [Double]
    }

    func refined(_ network: Network, control: FusionControl) throws(FusionError) -> (network: Network, account: Account) {
        var chosen = rate
        if rate == 0 {
            var best = Double.infinity
            for candidate in Self.rates {
                let tried = try descended(network, rate: candidate, updates: max(1, Int(Double(updates) * Self.trial)), isTrial: true, control: control)
                let loss = try heldLoss(tried.network, control)
                if loss < best { (best, chosen) = (loss, candidate) }
            }
            // A rate of zero is as it was before: no candidate made it better.
            if try !(best < heldLoss(network, control)) { chosen = Self.rates[0] / 4 }
        }
        let result = try descended(network, rate: chosen, updates: updates, isTrial: false, control: control)
        return (result.network, Account(rate: chosen, updates: updates, losses: result.losses))
    }

    /// Samples that a trial learns from.
    private var learned: Int { inputs.samples >= 10 ? inputs.samples - Int(Double(inputs.samples) * Self.held) : inputs.samples }

    private func heldLoss(_ network: Network, _ control: FusionControl) throws(FusionError) -> Double {
        let first = learned < inputs.samples ? learned : 0
        var sum = 0.0
        for start in stride(from: first, to: inputs.samples, by: Self.batch) {
            try control.check()
            let x = try inputs.samples(start..<min(start + Self.batch, inputs.samples))
            sum += try loss(network.logits(x, [:]), teacher.logits(x))
        }
        return sum / Double(max(1, inputs.samples - first))
    }

    private func loss(_ logits: Tensor, _ answers: [Tensor]) throws(FusionError) -> Double {
        try tensors { () throws(TensorError) in try divergence(logits, answers).item() }
    }

    private func divergence(_ logits: Tensor, _ answers: [Tensor]) throws(TensorError) -> Tensor {
        let wanted = try teacher.probabilities(answers, temperature: temperature).converted(to: logits.dtype())
        let entropy = try wanted * wanted.clamped(from: 1e-12, to: 1).logarithm()
        return try (entropy - wanted * (logits / temperature).logSoftmax(axis: 1)).sum() * (temperature * temperature)
    }

    private func descended(_ network: Network, rate: Double, updates: Int, isTrial: Bool, control: FusionControl) throws(FusionError) -> (network: Network, losses: [Double]) {
        var random = SeededGenerator(seed: inputs.seed, purpose: "distillation")
        let names = network.trainedNames, available = isTrial ? learned : inputs.samples
        var variables: [Tensor] = [], means: [Tensor] = [], squares: [Tensor] = [], steps: [Tensor] = []
        for name in names {
            let own = try networks { () throws(NetworkError) in try network.parameter(name) }
            try tensors { () throws(TensorError) in
                let copy = try own.copied()
                variables.append(try copy.asVariable())
                means.append(try copy * 0)
                squares.append(try copy * 0)
                steps.append(try Tensor(scalar: Float(0)))
            }
        }
        let named = Dictionary(uniqueKeysWithValues: zip(names, variables))
        var losses: [Double] = [], recent = 0.0, seen = 0
        let marks = max(1, updates / 10)
        for update in 0..<updates {
            try control.check()
            let x = try batch(&random, of: available)
            let answers = try teacher.logits(x), logits = try network.logits(x, named)
            let share = Double(update) / Double(updates), size = rate * 0.5 * (1 + cos(.pi * share))
            let (value, found) = try tensors { () throws(TensorError) in
                let loss = try divergence(logits, answers) / Double(x.shape[0])
                return (try loss.detached().item(), try loss.optionalGradients(of: variables))
            }
            guard value.isFinite else { throw .unsuitable(reason: "the distillation left the number range after \(update) updates; set a smaller refine-rate than \(HyperparameterValue.real(rate))") }
            try step(variables, found, means, squares, steps, size)
            recent += value
            seen += 1
            if seen == marks || update == updates - 1 {
                losses.append(recent / Double(seen))
                if !isTrial { control.progress?(.fitting(level: "all layers", epoch: update + 1, of: updates, training: recent / Double(seen), validation: recent / Double(seen))) }
                (recent, seen) = (0, 0)
            }
        }
        var made = network.parameters
        for (name, value) in zip(names, variables) { made[name] = try tensors { () throws(TensorError) in try value.detached() } }
        let parameters = made
        return (try networks { () throws(NetworkError) in try network.with(parameters: parameters) }, losses)
    }

    private func step(_ variables: [Tensor], _ found: [Tensor?], _ means: [Tensor], _ squares: [Tensor], _ steps: [Tensor], _ size: Double) throws(FusionError) {
        do {
            try withoutRecording {
                var gradients: [Tensor] = []
                for (gradient, variable) in zip(found, variables) {
                    let nothing = try variable.detached() * 0
                    gradients.append(gradient ?? nothing)
                }
                for step in steps { try step.addInPlace(Tensor(scalar: Float(1))) }
                try Tensor.adamStepInPlace(
                    parameters: variables, gradients: gradients, means: means, squares: squares, steps: steps, learningRate: size, beta1: 0.9, beta2: 0.999,
                    weightDecay: 0, epsilon: 1e-8, decoupledDecay: false)
            }
        } catch let error as TensorError { throw .tensor(error) } catch { throw .unsuitable(reason: "\(error)") }
    }

    /// Half samples, half mixtures of two.
    private func batch(_ random: inout SeededGenerator, of available: Int) throws(FusionError) -> Tensor {
        let mixed = try inputs.mixtures(Self.batch, sharesOfPartners: (0..<Self.batch).map { $0 % 2 == 1 }, of: available, &random)
        return try inputs.moved(mixed, first: Self.batch, &random)
    }
}

extension Distillation.Account {
    var note: String {
        "\(updates) updates of distillation, the first step size \(HyperparameterValue.real(rate)), took the divergence from the parents' joint answer from \(HyperparameterValue.real(losses.first ?? 0)) to \(HyperparameterValue.real(losses.last ?? 0))"
    }
}
