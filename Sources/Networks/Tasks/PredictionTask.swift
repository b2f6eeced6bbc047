/// A prediction task, declared once with its metric, its loss, and whether its outputs
/// are the logits of one class out of several, which softmax, votes and class priors assume.
public enum PredictionTask: String, Sendable, Hashable, Codable, CaseIterable {
    /// One class out of several: a logit for each class.
    case classification
    /// Yes or no: one logit, whose sign answers.
    case binary
    /// Any number of labels: a logit for each, whose sign answers.
    case multilabel
    /// Real numbers.
    case regression
    /// A class for every pixel: logits [classes, height, width].
    case segmentation
    /// The next token at every position of a sequence: logits [vocabulary, positions].
    case nextToken = "next-token"

    /// Its metric.
    public var figure: Figure {
        switch self {
        case .classification, .binary: .accuracy
        case .multilabel: .meanAveragePrecision
        case .regression: .meanSquaredError
        case .segmentation: .meanIoU
        case .nextToken: .perplexity
        }
    }

    /// The secondary figure.
    public var second: Figure? {
        switch self {
        case .classification, .binary: nil
        case .multilabel: .microAccuracy
        case .regression: .determination
        case .segmentation: .pixelAccuracy
        case .nextToken: .tokenAccuracy
        }
    }

    /// Whether the outputs are the logits of one class out of several. Where not, what assumes a softmax falls to raw outputs: the teacher is their mean,
    /// fitted by least squares, an ensemble is their mean, and there are no class priors.
    public var isSoftmax: Bool { self == .classification }

    /// Whether each sample is answered with one class, so that a confusion matrix, agreement and transfer have a meaning.
    public var givesOneClass: Bool { self == .classification || self == .binary }

    /// Whether a sigmoid gives the probabilities.
    public var isSigmoid: Bool { self == .binary || self == .multilabel }

    /// The training loss, in words.
    public var lossTitle: String {
        switch self {
        case .classification: "cross-entropy"
        case .binary, .multilabel: "binary cross-entropy"
        case .regression: "mean squared error"
        case .segmentation: "cross-entropy per pixel"
        case .nextToken: "cross-entropy per token"
        }
    }

    /// A note on methods that work on probabilities; nil if none is needed.
    public var fallback: String? {
        isSoftmax
            ? nil
            : "\(rawValue): the outputs are not softmax logits: the teacher is the mean of the parents' outputs, fitted by least squares, and class priors are not used"
    }
}

extension Architecture {
    /// The prediction task: that of the architecture, else classification.
    public var outputTask: PredictionTask { task ?? .classification }
}

extension Network {
    /// The prediction task.
    public var task: PredictionTask { architecture.outputTask }

    /// The same network with this prediction task.
    public func with(task: PredictionTask?) throws(NetworkError) -> Network {
        guard task != architecture.task else { return self }
        var changed = architecture
        changed.task = task
        return try Network(changed, parameters: parameters, ties: trace.ties)
    }

    /// One sample's outputs: [classes], or [classes, height, width].
    public var outputShape: [Int] { trace.layers.last?.outputShape ?? [] }

    /// Whether the outputs are probabilities of a sigmoid rather than logits.
    public var endsInSigmoid: Bool { (architecture.output.layer as? Activation)?.function == .sigmoid }
}
