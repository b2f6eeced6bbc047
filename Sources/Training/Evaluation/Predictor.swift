import Networks
import Tensors

/// Anything that gives logits for a batch of inputs.
public protocol Predictor: Sendable {
    func logits(_ x: Tensor) throws(TrainingError) -> Tensor
}

extension Network: Predictor {
    public func logits(_ x: Tensor) throws(TrainingError) -> Tensor { try training { try self(x) } }
}

/// Several networks that answer together: k times the memory and time of one.
public struct Ensemble: Predictor {
    public enum Rule: String, Sendable, CaseIterable {
        /// The mean of the logarithms of their class probabilities, as the OTFusion paper's ensembles of networks that end in a log-softmax.
        case logProbabilities = "log-probabilities"
        /// The mean of their logits.
        case logits
        /// The mean of their class probabilities.
        case probabilities
    }

    public let members: [Network]
    public let rule: Rule

    public init(_ members: [Network], rule: Rule) {
        self.members = members
        self.rule = rule
    }

    public func logits(_ x: Tensor) throws(TrainingError) -> Tensor {
        try training {
            var sum: Tensor?
            for member in members {
                let logits = try member(x)
                let answer = switch rule {
                case .logits: logits
                case .logProbabilities: try logits.logSoftmax(axis: 1)
                case .probabilities: try logits.softmax(axis: 1)
                }
                sum = if let before = sum { try before + answer } else { answer }
            }
            guard let sum else { throw TrainingError.data(reason: "an ensemble of no networks") }
            let mean = try sum / Double(members.count)
            // The logarithm of a mean probability is a logit; the smallest float keeps the logarithm of zero finite.
            return rule == .probabilities ? try mean.clamped(from: 1e-38, to: 1).logarithm() : mean
        }
    }
}
