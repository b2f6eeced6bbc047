import Datasets
import Networks
import Tensors

/// The samples of one step on the device, with the classes that they are to be given.
struct TrainingBatch {
    /// Of the samples, by their position in the training data.
    let indices: [Int]
    let x: Tensor
    /// [count]; all 0 where the data have none.
    let labels: Tensor
    /// The classes of the images that were mixed in, and the share of the label that stays with ``labels``; nil where none were.
    let mixed: (labels: Tensor, ownShare: Double)?

    /// The class that most of each image belongs to.
    var chiefLabels: Tensor {
        guard let mixed, mixed.ownShare < 0.5 else { return labels }
        return mixed.labels
    }

    /// Cross-entropy with the labels, each by its share of the image where images were mixed (Yun et al. 2019, equation 1).
    func crossEntropy(_ logits: Tensor, smoothing: Double) throws(TensorError) -> Tensor {
        let own = try logits.crossEntropy(labels, smoothing: smoothing)
        guard let mixed else { return own }
        return try own * mixed.ownShare + logits.crossEntropy(mixed.labels, smoothing: smoothing) * (1 - mixed.ownShare)
    }
}

/// Makes the batch of every step; each follows from the seed and the number of its step alone.
struct BatchMaker {
    let dataset: Dataset
    let settings: FineTuningSettings
    let network: Network

    func batch(_ indices: [Int], step: Int) throws -> TrainingBatch {
        var draws = SeededGenerator(seed: StepSeed.seed(settings.seed, step: step), purpose: "augmentation")
        let batch = try dataset.batch(indices, augmented: settings.augmentation, using: &draws)
        let classes = indices.map { dataset.labels[$0] }
        func placed(_ labels: [Int]) throws -> Tensor { try Tensor(labels).moved(to: settings.device) }
        return TrainingBatch(
            indices: indices, x: try network.fitting(batch.images).moved(to: settings.device), labels: try placed(classes),
            mixed: try batch.mixture.map { mixture in (try placed(mixture.partners.map { classes[$0] }), mixture.ownShare) })
    }
}
