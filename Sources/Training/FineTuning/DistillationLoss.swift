import Datasets
import Networks
import Tensors

/// The distillation loss: how a network is pulled towards the mean of its teachers' outputs.
package struct DistillationLoss: Sendable, Equatable {
    package enum Loss: Sendable, Equatable {
        /// T² · KL(teachers ‖ network) of probabilities softened by the temperature T (Hinton et al. 2015); the teachers' are averaged.
        case divergence(temperature: Double)
        /// The mean squared difference of logits (Ba & Caruana 2014); the teachers' are averaged.
        case meanSquaredError
    }

    /// What weighs the teachers class by class.
    package enum ClassWeights: String, Sendable, CaseIterable { case alike, accuracy, precision }

    package let loss: Loss
    /// The weight of this loss; the labels' has the rest.
    package let share: Double
    /// One for each teacher; empty for equal weights.
    package let weights: [Double]
    package let classes: ClassWeights

    package init(loss: Loss, share: Double, weights: [Double] = [], classes: ClassWeights = .alike) {
        self.loss = loss
        self.share = share
        self.weights = weights
        self.classes = classes
    }

    /// The loss for a task: without a softmax, probabilities softened by a temperature are none, and the mean squared difference of outputs is taken.
    func loss(for task: PredictionTask) -> Loss { task.isSoftmax ? loss : .meanSquaredError }

    func penalty(of logits: Tensor, towards target: Tensor, task: PredictionTask) throws -> Tensor {
        switch loss(for: task) {
        case .divergence(let temperature):
            let own = try (logits / temperature).logSoftmax(axis: 1)
            return try own.divergence(from: target) * (temperature * temperature)
        case .meanSquaredError:
            return try (logits.reshaped(target.shape) - target).squared().mean()
        }
    }
}

/// Teachers and how much each counts.
struct Teachers {
    let networks: [Network]
    let distillation: DistillationLoss
    /// [teachers, classes]; each column sums to 1.
    let weights: [[Double]]

    /// - Parameter worth: for each teacher the accuracy or precision of every class, where the classes are weighed.
    init(_ networks: [Network], _ distillation: DistillationLoss, worth: [[Double]]?, classes: Int) throws {
        guard !networks.isEmpty else {
            throw TrainingError.setting(
                name: FineTuning.distillation.key, value: "on", allowed: "none without teachers: specify at least one")
        }
        var given = distillation.weights
        if given.isEmpty { given = networks.map { _ in 1 } }
        guard given.count == networks.count, given.reduce(0, +) > 0 else {
            throw TrainingError.setting(
                name: FineTuning.teacherWeights.key, value: given.map { "\($0)" }.joined(separator: ","),
                allowed: "\(networks.count) numbers, one for each teacher, not all 0")
        }
        var weights = given.enumerated().map { index, weight in (0..<classes).map { weight * (worth?[index][$0] ?? 1) } }
        for label in 0..<classes {
            var total = weights.reduce(0) { $0 + $1[label] }
            // A class that no teacher knows weights all teachers equally.
            if total <= 0 {
                for index in weights.indices { weights[index][label] = given[index] }
                total = given.reduce(0, +)
            }
            for index in weights.indices { weights[index][label] /= total }
        }
        self.networks = networks
        self.distillation = distillation
        self.weights = weights
    }

    /// The largest number of cached teacher outputs (64 MB); beyond it they are computed batch by batch.
    private static let mostTargets = 16 << 20

    /// The targets for every sample, computed once; nil where they would be too large to cache.
    func targets(on data: Dataset, device: Device, isCancelled: () -> Bool) throws -> Tensor? {
        guard data.count * (weights.first?.count ?? 0) <= Self.mostTargets else { return nil }
        return try withoutRecording {
            try Tensor.concatenated(
                stride(from: 0, to: data.count, by: 500).map { start in
                    if isCancelled() { throw TrainingError.cancelled }
                    return try target(data.batch(start..<min(start + 500, data.count)).moved(to: device))
                })
        }
    }

    /// The targets: probabilities at the temperature, or logits; [batch, classes].
    func target(_ x: Tensor) throws -> Tensor {
        var sum: Tensor?
        for (network, weights) in zip(networks, weights) {
            let logits = try network.logits(x)
            let answer =
                switch distillation.loss(for: network.task) {
                case .divergence(let temperature): try (logits / temperature).softmax(axis: 1)
                case .meanSquaredError: logits
                }
            // The outputs of a segmentation are maps, which all count alike.
            let shape = answer.rank == 2 ? [1, weights.count] : [1] + answer.shape.dropFirst()
            let weighted = try answer * Tensor(weights, shape: shape).converted(to: answer.dtype()).moved(to: answer.device())
            sum = if let before = sum { try before + weighted } else { weighted }
        }
        guard let sum else { throw TrainingError.data(reason: "distillation without teachers") }
        guard case .divergence = distillation.loss(for: networks[0].task), distillation.classes != .alike else { return sum }
        // Weights that differ from class to class leave rows that do not sum to 1.
        return try sum / sum.sum(axes: [1], keepingAxes: true)
    }
}
