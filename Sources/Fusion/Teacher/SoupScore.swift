import Networks
import Tensors

/// How good a network is on samples: the accuracy where these have labels, else minus the mean divergence from the parents' ensemble.
///
/// Where outputs are no classes, it is the share of the variance of the parents' mean output that the network explains.
struct SoupScore: Sendable {
    enum Kind: Sendable { case accuracy, divergence, explained }

    let kind: Kind
    private let teacher: Teacher
    private let batches: SampleBatches
    private let answers: ExpandedInputs

    init(
        parents: ParentSet, source: any InputSource, samples: Int, knownShares: [[Double]]?, weighting: ClassPriorWeighting, seed: UInt64,
        method: String, control: FusionControl
    ) throws {
        batches = try SampleBatches(source, atMost: samples, size: 200, method: method)
        answers = try ExpandedInputs(
            source, samples: batches.count, count: batches.count, augmentation: .none, seed: seed, method: method)
        teacher = try weighting.teacher(of: parents, known: knownShares, on: answers, control: control)
        let hasLabels: Bool
        do { hasLabels = try source.labels(0..<1) != nil } catch { throw FusionError.unreadableSamples(reason: "\(error)") }
        kind = teacher.rule == .outputs ? .explained : hasLabels ? .accuracy : .divergence
    }

    var samples: Int { batches.count }

    /// Larger is better; of two networks with the same score, the one of less divergence.
    struct Value: Comparable {
        let score: Double
        let divergence: Double

        static func < (first: Value, second: Value) -> Bool { (first.score, -first.divergence) < (second.score, -second.divergence) }
    }

    func value(of network: Network, control: FusionControl) throws -> Value {
        if kind == .explained {
            let score = try teacher.agreement(of: network, on: answers, control: control)
            return Value(score: score, divergence: 1 - score)
        }
        var right = 0.0, divergence = 0.0
        try teacher.forEachSampleBatch(of: answers, control) { (batch, known) in
            let logits = try network.logits(answers.inputs(ofBatch: batch), [:]).converted(to: .float64)
            let joint = try teacher.probabilities(known, temperature: 1)
            divergence += try (joint * (joint.clamped(from: 1e-12, to: 1).logarithm() - logits.logSoftmax(axis: 1))).sum().item()
            guard kind == .accuracy else { return }
            let labels = try batches.labels(answers.range(of: batch), classes: network.trace.outputWidth, for: "the held-out score")
            right += try logits.largestIndex(axis: 1).equals(Tensor(labels)).sum().item()
        }
        let count = Double(answers.samples)
        guard divergence.isFinite else { throw FusionError.unsuitable(reason: "the outputs of a network to score are not finite") }
        return Value(score: kind == .accuracy ? right / count : -divergence / count, divergence: divergence / count)
    }

    /// What a score is, in words.
    func text(_ value: Value) -> String {
        switch kind {
        case .accuracy: percent(value.score)
        case .divergence: "\(rounded(value.divergence))"
        case .explained: percent(value.score)
        }
    }

    var title: String {
        switch kind {
        case .accuracy: "accuracy by the labels"
        case .divergence: "divergence from the teacher, because the samples have no labels"
        case .explained: "R² with the parents' mean output"
        }
    }
}
