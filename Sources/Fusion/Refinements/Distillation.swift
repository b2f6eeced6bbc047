import Datasets
import Foundation
import Networks
import Tensors

/// Label-free distillation by gradient descent: Adam on τ² KL(q ‖ softmax(f/τ)), every batch half samples and half mixup, augmented
/// where the settings say so, with warm-up and cosine decay of the learning rate (Hinton et al. 2015).
struct Distillation {
    let teacher: Teacher
    let inputs: ExpandedInputs
    var updates: Int
    /// The peak learning rate; 0 finds one.
    let rate: Double
    var temperature = 2.0
    /// How far a network is from the teacher, for the choice of the learning rate; nil measures it on some of the samples.
    var judge: ((Network) throws -> Double)?

    private static let batch = 100
    /// Peak learning rates that are tried in turn, until one does not increase the divergence from the teacher.
    static let rates = [1e-3, 2e-4, 4e-5]
    /// Samples that the divergence is measured on.
    private static let judges = 1000
    /// The fraction of the steps that is warm-up: Adam's first steps are as long for a small gradient as for a large one, and would harm a good network.
    private static let warmUp = 0.1

    /// The learning rate of a step as a fraction of the peak: linear warm-up, then cosine decay.
    private static func share(of update: Int, in updates: Int) -> Double {
        let done = Double(update) / Double(updates)
        return min(1, (Double(update) + 1) / max(1, warmUp * Double(updates))) * 0.5 * (1 + cos(.pi * done))
    }

    struct Diagnostics: Sendable {
        /// The peak learning rate; 0 where none reduced the divergence from the teacher, and the network was not changed.
        let rate: Double
        /// Learning rates that increased it.
        let rejected: [Double]
        let updates: Int
        let losses: [Double]
    }

    func refined(_ network: Network, control: FusionControl) throws -> (network: Network, diagnostics: Diagnostics) {
        let before = try divergence(of: network, control)
        var rejected: [Double] = []
        for candidate in rate == 0 ? Self.rates : [rate] {
            let found = try descended(network, rate: candidate, control: control)
            let after = try found.updates == updates ? divergence(of: found.network, control) : .nan
            let diagnostics = Diagnostics(rate: candidate, rejected: rejected, updates: updates, losses: found.losses)
            if rate == 0 {
                if after <= before { return (found.network, diagnostics) }
            } else {
                guard after.isFinite else {
                    throw FusionError.unsuitable(
                        reason:
                            "the distillation diverged to NaN or infinity after \(found.updates) steps; set refine-rate below \(HyperparameterValue.real(rate))"
                    )
                }
                return (found.network, diagnostics)
            }
            rejected.append(candidate)
        }
        return (network, Diagnostics(rate: 0, rejected: rejected, updates: updates, losses: []))
    }

    /// The network after a short descent at the first learning rate, to compare starts and augmentations by; nil where it diverged.
    func tried(_ network: Network, updates: Int, control: FusionControl) throws -> Network? {
        var short = self
        short.updates = updates
        let found = try short.descended(network, rate: rate == 0 ? Self.rates[0] : rate, control: control)
        return found.updates == updates ? found.network : nil
    }

    /// The mean divergence from the teacher on some of the samples.
    private func divergence(of network: Network, _ control: FusionControl) throws -> Double {
        if let judge { return try judge(network) }
        var sum = 0.0, count = 0
        for batch in 0..<inputs.sampleBatches where count < Self.judges {
            try control.check()
            let x = try inputs.inputs(ofBatch: batch)
            sum += try loss(network.logits(x, [:]), teacher.logits(ofBatch: batch, of: inputs, x: x))
            count += x.shape[0]
        }
        return sum / Double(max(1, count))
    }

    private func loss(_ logits: Tensor, _ answers: [Tensor]) throws -> Double {
        try divergence(logits, answers).item()
    }

    private func divergence(_ logits: Tensor, _ answers: [Tensor]) throws -> Tensor {
        let link = teacher.link(temperature: temperature)
        return try link.elements(logits, teacher.wanted(answers, link).converted(to: logits.dtype())).sum() * link.scale
    }

    /// The network after the steps: fewer than `updates` where the loss was not finite.
    private func descended(
        _ network: Network, rate: Double, control: FusionControl
    ) throws -> (network: Network, updates: Int, losses: [Double]) {
        var random = SeededGenerator(seed: inputs.seed, purpose: "distillation")
        let names = network.trainedNames
        var variables: [Tensor] = [], means: [Tensor] = [], squares: [Tensor] = [], steps: [Tensor] = []
        for name in names {
            let own = try network.parameter(name)
            let copy = try own.copied()
            variables.append(try copy.asVariable())
            means.append(try copy * 0)
            squares.append(try copy * 0)
            steps.append(try Tensor(scalar: Float(0)))
        }
        let named = Dictionary(uniqueKeysWithValues: zip(names, variables))
        var losses: [Double] = [], recent = 0.0, seen = 0
        let marks = max(1, updates / 10)
        for update in 0..<updates {
            try control.check()
            let x = try batch(&random)
            let answers = try teacher.logits(x), logits = try network.logits(x, named)
            let size = rate * Self.share(of: update, in: updates)
            let loss = try divergence(logits, answers) / Double(x.shape[0])
            let (value, found) = (try loss.detached().item(), try loss.optionalGradients(of: variables))
            guard value.isFinite else { return (network, update, losses) }
            try step(variables, found, means, squares, steps, size)
            recent += value
            seen += 1
            if seen == marks || update == updates - 1 {
                losses.append(recent / Double(seen))
                control.progress?(
                    .fitting(
                        level: "all layers", epoch: update + 1, of: updates, training: recent / Double(seen),
                        validation: recent / Double(seen)))
                (recent, seen) = (0, 0)
            }
        }
        var made = network.parameters
        for (name, value) in zip(names, variables) { made[name] = try value.detached() }
        let parameters = made
        return (try network.with(parameters: parameters), updates, losses)
    }

    private func step(
        _ variables: [Tensor], _ found: [Tensor?], _ means: [Tensor], _ squares: [Tensor], _ steps: [Tensor], _ size: Double
    ) throws {
        try withoutRecording {
            var gradients: [Tensor] = []
            for (gradient, variable) in zip(found, variables) {
                let nothing = try variable.detached() * 0
                gradients.append(gradient ?? nothing)
            }
            for step in steps { try step.addInPlace(Tensor(scalar: Float(1))) }
            try Tensor.adamStepInPlace(
                parameters: variables, gradients: gradients, means: means, squares: squares, steps: steps, learningRate: size,
                beta1: 0.9, beta2: 0.99,
                weightDecay: 0, epsilon: 1e-8, decoupledDecay: false)
        }
    }

    /// Half samples, half mixtures of two.
    private func batch(_ random: inout SeededGenerator) throws -> Tensor {
        let mixed = try inputs.mixtures(Self.batch, sharesOfPartners: (0..<Self.batch).map { $0 % 2 == 1 }, of: inputs.samples, &random)
        return try inputs.augmented(mixed, first: Self.batch, &random)
    }
}

extension Distillation.Diagnostics {
    var note: String {
        let away = rejected.map { "\(HyperparameterValue.real($0))" }.joined(separator: ", ")
        guard rate > 0 else {
            return
                "\(updates) distillation steps increased the divergence from the teacher at every learning rate (\(away)): the network was not changed; set a smaller refine-rate, or use more samples"
        }
        return
            "\(updates) distillation steps, peak learning rate \(HyperparameterValue.real(rate))\(rejected.isEmpty ? "" : " (divergence increased at \(away))"), reduced the divergence from the teacher from \(HyperparameterValue.real(losses.first ?? 0)) to \(HyperparameterValue.real(losses.last ?? 0))"
    }
}
