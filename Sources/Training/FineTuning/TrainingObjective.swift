import Datasets
import Networks
import Tensors

/// What a training makes small: cross-entropy with the labels, the distance to the teachers' answer, or both.
struct TrainingObjective {
    private let teachers: Teachers?
    /// The teachers' outputs for every sample, [samples, classes]; nil where they are computed batch by batch.
    private let targets: Tensor?
    private let settings: FineTuningSettings
    private let network: Network

    init(_ tuner: FineTuner, isCancelled: () -> Bool) throws {
        settings = tuner.settings
        network = tuner.network
        teachers = try tuner.teachers?.moved(to: settings.device)
        // What an augmented sample is to a teacher is known only then.
        targets =
            try settings.augmentation.isEmpty
            ? teachers?.targets(on: tuner.training, device: settings.device, isCancelled: isCancelled) : nil
    }

    func loss(of logits: Tensor, on batch: TrainingBatch) throws -> Tensor {
        guard let teachers else { return try batch.loss(logits, of: network, smoothing: settings[FineTuning.labelSmoothing]) }
        let share = teachers.distillation.share
        let target = try withoutRecording {
            try targets?.gathered(axis: 0, Tensor(batch.indices).moved(to: settings.device)) ?? teachers.target(batch.x)
        }
        let pull = try teachers.distillation.penalty(of: logits, towards: target, task: network.task)
        if share >= 1 { return pull }
        return try batch.loss(logits, of: network, smoothing: settings[FineTuning.labelSmoothing]) * (1 - share) + pull * share
    }
}
