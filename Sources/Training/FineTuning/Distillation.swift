import Networks
import Tensors

/// How a network is pulled towards its teachers' joint answer.
public struct Distillation: Sendable, Equatable {
    public enum Loss: Sendable, Equatable {
        /// T² · KL(teachers ‖ network) of probabilities softened by the temperature T (Hinton et al. 2015); the teachers' are averaged.
        case divergence(temperature: Double)
        /// The mean squared difference of logits (Ba & Caruana 2014); the teachers' are averaged.
        case meanSquaredError
    }

    /// What weighs the teachers class by class.
    public enum ClassWeights: String, Sendable, CaseIterable { case alike, accuracy, precision }

    public let loss: Loss
    /// The weight of this loss; the labels' has the rest.
    public let share: Double
    /// One for each teacher; empty for equal weights.
    public let weights: [Double]
    public let classes: ClassWeights

    public init(loss: Loss, share: Double, weights: [Double] = [], classes: ClassWeights = .alike) {
        self.loss = loss
        self.share = share
        self.weights = weights
        self.classes = classes
    }

    func penalty(of logits: Tensor, towards target: Tensor) throws(TensorError) -> Tensor {
        switch loss {
        case .divergence(let temperature):
            let own = try (logits / temperature).logSoftmax(axis: 1)
            return try own.divergence(from: target) * (temperature * temperature)
        case .meanSquaredError:
            return try (logits - target).squared().mean()
        }
    }
}

/// Teachers and how much each counts.
struct Teachers {
    let networks: [Network]
    let distillation: Distillation
    /// [teachers, classes]; each column sums to 1.
    let weights: [[Double]]

    /// - Parameter worth: for each teacher the accuracy or precision of every class, where the classes are weighed.
    init(_ networks: [Network], _ distillation: Distillation, worth: [[Double]]?, classes: Int) throws(TrainingError) {
        guard !networks.isEmpty else { throw .setting(name: FineTuning.distillation.key, value: "on", allowed: "none without teachers: name one or more") }
        var given = distillation.weights
        if given.isEmpty { given = networks.map { _ in 1 } }
        guard given.count == networks.count, given.reduce(0, +) > 0 else {
            throw .setting(name: FineTuning.teacherWeights.key, value: given.map { "\($0)" }.joined(separator: ","), allowed: "\(networks.count) numbers, one for each teacher, not all 0")
        }
        var weights = given.enumerated().map { index, weight in (0..<classes).map { weight * (worth?[index][$0] ?? 1) } }
        for label in 0..<classes {
            var total = weights.reduce(0) { $0 + $1[label] }
            // A class that no teacher knows is asked of all alike.
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

    /// What the network should answer: probabilities at the temperature, or logits; [batch, classes].
    func target(_ x: Tensor) throws -> Tensor {
        var sum: Tensor?
        for (network, weights) in zip(networks, weights) {
            let logits = try network(x)
            let answer = switch distillation.loss {
            case .divergence(let temperature): try (logits / temperature).softmax(axis: 1)
            case .meanSquaredError: logits
            }
            let weighted = try answer * Tensor(weights, shape: [1, weights.count]).converted(to: answer.dtype()).moved(to: answer.device())
            sum = if let before = sum { try before + weighted } else { weighted }
        }
        guard let sum else { throw TrainingError.data(reason: "distillation without teachers") }
        guard case .divergence = distillation.loss, distillation.classes != .alike else { return sum }
        // Weights that differ from class to class leave rows that do not sum to 1.
        return try sum / sum.sum(axes: [1], keepingAxes: true)
    }
}
