import Networks

/// The events of a training, in order: `started`, then epochs with their steps, validations and checkpoints, then `finished`.
///
/// A value that is written to a store or sent to a screen as it is; nothing in it refers to the network.
package enum TrainingEvent: Sendable, Equatable, Codable {
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
    /// A note for the user, in a sentence.
    case note(String)
    case finished(TrainingSummary)
}

/// What is about to be trained.
package struct TrainingOverview: Sendable, Equatable, Codable {
    package let epochs: Int
    package let stepsPerEpoch: Int
    package let trainingSamples: Int
    package let validationSamples: Int
    /// Numbers that training changes, and all of the network's.
    package let trainedParameters: Int
    package let parameters: Int
    /// "cpu", "cuda:0".
    package let device: String
    package let threads: Int
    /// "f32", "bf16".
    package let precision: String
    /// Epochs and steps done before, where the training goes on from a checkpoint.
    package let resumedEpoch: Int?
    package let resumedStep: Int?
}

/// One step of the optimiser.
package struct TrainingStep: Sendable, Equatable, Codable {
    /// From 1.
    package let epoch: Int
    package let epochs: Int
    /// Within the epoch, from 1.
    package let step: Int
    package let steps: Int
    /// The batch's loss: cross-entropy in nats, mixed with the distillation loss where there is one.
    package let loss: Double
    /// Share of the batch that was right before the step; nil without labels.
    package let accuracy: Double?
    package let learningRate: Double
    /// Euclidean norm over all trained parameters before clipping; nil for steps where it was not computed.
    package let gradientNorm: Double?
    package let samplesPerSecond: Double
    /// Seconds to the end of the last epoch, at the present pace.
    package let secondsLeft: Double
}

/// One pass over the training data.
package struct TrainingEpoch: Sendable, Equatable, Codable {
    /// From 1.
    package let epoch: Int
    /// Mean over the samples, as they were met.
    package let loss: Double
    package let accuracy: Double?
    /// At the end of the epoch.
    package let learningRate: Double
    /// Mean over the steps where it was computed.
    package let gradientNorm: Double?
    package let validation: TrainingValidation?
    package let seconds: Double
    package let samplesPerSecond: Double
}

/// What the network is worth on the validation data.
package struct TrainingValidation: Sendable, Equatable, Codable {
    /// Epochs done; 0 for the network as it was given.
    package let epoch: Int
    package let loss: Double
    /// The accuracy, or the value of ``figure`` for tasks that are measured by another one.
    package let accuracy: Double
    /// Whether it is the best so far.
    package let isBest: Bool
    /// What ``accuracy`` is where it is none.
    package var figure: Figure?
}

/// How a training ended.
package struct TrainingSummary: Sendable, Equatable, Codable {
    package enum Reason: String, Sendable, Codable, CaseIterable {
        /// All epochs were done.
        case completed
        /// The validation did not get better for as many epochs as patience allows.
        case stoppedEarly = "stopped-early"
        /// Stopped on request; the current network is kept.
        case stopped
        case diverged
    }

    package let reason: Reason
    package let epochs: Int
    package let steps: Int
    /// The epoch whose network was kept; 0 for the network as it was given.
    package let keptEpoch: Int
    package let bestValidation: TrainingValidation?
    /// Of this execution, without what was done before a resume.
    package let seconds: Double
}
