import Networks
import Tensors

/// An ensemble of k networks: k times the memory and time of one.
public struct Ensemble: Predictor {
    public enum Rule: String, Sendable, Codable, CaseIterable {
        /// The mean of the logarithms of their class probabilities, as the OTFusion paper's ensembles of networks that end in a log-softmax.
        case logProbabilities = "log-probabilities"
        /// The mean of their logits; for tasks without a softmax, of their outputs: the only rule that these have.
        case logits
        /// The mean of their class probabilities.
        case probabilities
        /// The share of their votes; among classes with as many votes the mean probability decides.
        case vote
    }

    public private(set) var members: [Network]
    public let rule: Rule
    /// The weight of each member: one number, or one per class; weights sum to 1 over the members.
    public let weights: [[Double]]

    /// How much of a vote a probability may be worth, so that it only breaks ties.
    private static let tieBreak = 1e-3

    /// - Parameter weights: one for each member, not negative, not all 0; nil for equal weights.
    public init(_ members: [Network], rule: Rule, weights: [Double]? = nil) throws(TrainingError) {
        guard !members.isEmpty else { throw .data(reason: "an ensemble of no networks") }
        let given = weights ?? members.map { _ in 1 }
        let total = given.reduce(0, +)
        guard given.count == members.count, given.allSatisfy({ $0 >= 0 && $0.isFinite }), total > 0 else {
            throw .setting(
                name: "ensemble weights", value: given.map { "\($0)" }.joined(separator: ","),
                allowed: "\(members.count) non-negative numbers, one for each network, not all 0")
        }
        guard rule == .logits || members.allSatisfy(\.task.isSoftmax) else {
            throw .setting(
                name: "ensemble rule", value: rule.rawValue,
                allowed: "logits, the mean of outputs: \(members[0].task.rawValue) has no probabilities of classes")
        }
        self.members = members
        self.rule = rule
        self.weights = given.map { [$0 / total] }
    }

    /// Members weighted per class: the mean of their class probabilities, weighted by their shares of each class.
    ///
    /// - Parameter classShares: for each member its share of every class, [members][classes], such as that of the class's samples it was trained
    ///   on; not negative, and not 0 for all members.
    public init(_ members: [Network], classShares: [[Double]]) throws(TrainingError) {
        let classes = classShares.first?.count ?? 0,
            totals = (0..<classes).map { label in classShares.reduce(0) { $0 + ($1.count > label ? $1[label] : .nan) } }
        guard !members.isEmpty, classShares.count == members.count, members.allSatisfy({ $0.trace.outputWidth == classes }),
            totals.allSatisfy({ $0 > 0 && $0 < .infinity }),
            classShares.allSatisfy({ $0.count == classes && $0.allSatisfy { $0 >= 0 } })
        else {
            throw .setting(
                name: "class shares", value: "\(classShares.map(\.count))",
                allowed: "\(members.count) lists of a non-negative number per class, not 0 for all networks")
        }
        self.members = members
        rule = .probabilities
        weights = classShares.map { zip($0, totals).map { $0 / $1 } }
    }

    public func logits(_ x: Tensor) throws(TrainingError) -> Tensor {
        try lifting { try Self.combined(members.map { try $0.logits(x) }, rule: rule, weights: weights) }
    }

    public var task: PredictionTask { members[0].task }

    public var largestOutput: Int { members.map(\.largestOutput).max() ?? 1 }

    public func placed(on device: Device) throws(TrainingError) -> Ensemble {
        var placed = self
        placed.members = try lifting { try members.map { try $0.placed(on: device) } }
        return placed
    }

    /// The ensemble's output for members whose logits are known, [batch, classes] each.
    static func combined(_ answers: [Tensor], rule: Rule, weights: [[Double]]) throws -> Tensor {
        var sum: Tensor?
        for (logits, weight) in zip(answers, weights) {
            let answer =
                switch rule {
                case .logits: logits
                case .logProbabilities: try logits.logSoftmax(axis: 1)
                case .probabilities: try logits.softmax(axis: 1)
                case .vote: try votes(logits)
                }
            let weighted =
                try weight.count == 1
                ? answer * weight[0]
                : answer * Tensor(weight, shape: [1, weight.count]).converted(to: answer.dtype()).moved(to: answer.device())
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
