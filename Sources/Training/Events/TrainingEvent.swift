import Networks

/// The events of a training, in order: `started`, then epochs with their steps, validations and checkpoints, then `finished`.
///
/// A value that is written to a store or sent to a screen as it is; nothing in it refers to the network.
public enum TrainingEvent: Sendable, Equatable, Codable {
    case started(TrainingOverview)
    case epochStarted(epoch: Int, learningRate: Double)
    case step(TrainingStep)
    /// After the epoch's validation, where there is one.
    case epochFinished(TrainingEpoch)
    case validated(TrainingValidation)
    case checkpointSaved(path: String, epoch: Int, step: Int)
    /// A checkpoint could not be written (disk full, folder not writable); training goes on and tries again at the next one.
    case checkpointFailed(path: String, reason: String)
    case paused
    case resumed
    /// The loss or a gradient is no longer finite, or the loss has exploded; `keptEpoch` is the last good epoch, 0 for the beginning.
    case diverged(epoch: Int, step: Int, loss: Double, keptEpoch: Int)
    /// Something a person should know, in a sentence.
    case note(String)
    case finished(TrainingSummary)
}

/// What is about to be trained.
public struct TrainingOverview: Sendable, Equatable, Codable {
    public let epochs: Int
    public let stepsPerEpoch: Int
    public let trainingSamples: Int
    public let validationSamples: Int
    /// Numbers that training changes, and all of the network's.
    public let trainedParameters: Int
    public let parameters: Int
    /// "cpu", "cuda:0".
    public let device: String
    public let threads: Int
    /// "f32", "bf16".
    public let precision: String
    /// Epochs and steps done before, where the training goes on from a checkpoint.
    public let resumedEpoch: Int?
    public let resumedStep: Int?
}

/// One step of the optimiser.
public struct TrainingStep: Sendable, Equatable, Codable {
    /// From 1.
    public let epoch: Int
    public let epochs: Int
    /// Within the epoch, from 1.
    public let step: Int
    public let steps: Int
    /// The batch's loss: cross-entropy in nats, mixed with the distillation loss where there is one.
    public let loss: Double
    /// Share of the batch that was right before the step; nil without labels.
    public let accuracy: Double?
    public let learningRate: Double
    /// Euclidean norm over all trained parameters before clipping; nil for steps where it was not computed.
    public let gradientNorm: Double?
    public let samplesPerSecond: Double
    /// Seconds to the end of the last epoch, at the present pace.
    public let secondsLeft: Double
}

/// One pass over the training data.
public struct TrainingEpoch: Sendable, Equatable, Codable {
    /// From 1.
    public let epoch: Int
    /// Mean over the samples, as they were met.
    public let loss: Double
    public let accuracy: Double?
    /// At the end of the epoch.
    public let learningRate: Double
    /// Mean over the steps where it was computed.
    public let gradientNorm: Double?
    public let validation: TrainingValidation?
    public let seconds: Double
    public let samplesPerSecond: Double
}

/// What the network is worth on the validation data.
public struct TrainingValidation: Sendable, Equatable, Codable {
    /// Epochs done; 0 for the network as it was given.
    public let epoch: Int
    public let loss: Double
    /// The accuracy, or the value of ``figure`` for tasks that are measured by another one.
    public let accuracy: Double
    /// Whether it is the best so far.
    public let isBest: Bool
    /// What ``accuracy`` is where it is none.
    public var figure: Figure?
}

/// How a training ended.
public struct TrainingSummary: Sendable, Equatable, Codable {
    public enum Reason: String, Sendable, Codable, CaseIterable {
        /// All epochs were done.
        case completed
        /// The validation did not get better for as many epochs as patience allows.
        case stoppedEarly = "stopped-early"
        /// Stopped on request; the current network is kept.
        case stopped
        case diverged
    }

    public let reason: Reason
    public let epochs: Int
    public let steps: Int
    /// The epoch whose network was kept; 0 for the network as it was given.
    public let keptEpoch: Int
    public let bestValidation: TrainingValidation?
    /// Of this execution, without what was done before a resume.
    public let seconds: Double
}
