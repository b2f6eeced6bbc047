import Networks
import Tensors

/// Several networks that answer together: k times the memory and time of one.
public struct Ensemble: Predictor {
    public enum Rule: String, Sendable, Codable, CaseIterable {
        /// The mean of the logarithms of their class probabilities, as the OTFusion paper's ensembles of networks that end in a log-softmax.
        case logProbabilities = "log-probabilities"
        /// The mean of their logits.
        case logits
        /// The mean of their class probabilities.
        case probabilities
        /// The share of their votes; among classes with as many votes the mean probability decides.
        case vote
    }

    public let members: [Network]
    public let rule: Rule
    /// How much each member counts; they sum to 1.
    public let weights: [Double]

    /// How much of a vote a probability may be worth, so that it only breaks ties.
    private static let tieBreak = 1e-3

    /// - Parameter weights: one for each member, not negative, not all 0; nil weighs all alike.
    public init(_ members: [Network], rule: Rule, weights: [Double]? = nil) throws(TrainingError) {
        guard !members.isEmpty else { throw .data(reason: "an ensemble of no networks") }
        let given = weights ?? members.map { _ in 1 }
        let total = given.reduce(0, +)
        guard given.count == members.count, given.allSatisfy({ $0 >= 0 && $0.isFinite }), total > 0 else {
            throw .setting(name: "ensemble weights", value: given.map { "\($0)" }.joined(separator: ","), allowed: "\(members.count) numbers from 0 on, one for each network, not all 0")
        }
        self.members = members
        self.rule = rule
        self.weights = given.map { $0 / total }
    }

    public func logits(_ x: Tensor) throws(TrainingError) -> Tensor { try training { try Self.combined(members.map { try $0.logits(x) }, rule: rule, weights: weights) } }

    public func placed(on device: Device) throws(TrainingError) -> Ensemble { try training { try Ensemble(members.map { try $0.placed(on: device) }, rule: rule, weights: weights) } }

    /// The joint answer of members whose logits are known, [batch, classes] each.
    static func combined(_ answers: [Tensor], rule: Rule, weights: [Double]) throws -> Tensor {
        var sum: Tensor?
        for (logits, weight) in zip(answers, weights) {
            let answer = switch rule {
            case .logits: logits
            case .logProbabilities: try logits.logSoftmax(axis: 1)
            case .probabilities: try logits.softmax(axis: 1)
            case .vote: try votes(logits)
            }
            let weighted = try answer * weight
            sum = if let before = sum { try before + weighted } else { weighted }
        }
        guard let sum else { throw TrainingError.data(reason: "an ensemble of no networks") }
        // The logarithm of a mean probability is a logit; the smallest float keeps the logarithm of zero finite.
        return rule == .probabilities || rule == .vote ? try sum.clamped(from: 1e-38, to: 1).logarithm() : sum
    }

    /// One for the class with the largest logit, and a little of each class's probability.
    private static func votes(_ logits: Tensor) throws -> Tensor {
        let classes = logits.shape.last ?? 0
        let voted = try Tensor.oneHot(logits.largestIndex(axis: 1), classes: classes).converted(to: logits.dtype())
        return try (voted + logits.softmax(axis: 1) * tieBreak) / (1 + tieBreak)
    }
}
