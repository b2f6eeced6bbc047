import Datasets
import Networks
import Tensors

/// The samples of one step on the device, with the classes that they are to be given.
struct TrainingBatch {
    /// Of the samples, by their position in the training data.
    let indices: [Int]
    let x: Tensor
    /// [count] classes, or targets as the task's loss takes them; all 0 where the data have none.
    let labels: Tensor
    /// The classes of the images that were mixed in, and the share of the label that stays with ``labels``; nil where none were.
    let mixed: (labels: Tensor, ownShare: Double)?

    /// The class that most of each image belongs to.
    var chiefLabels: Tensor {
        guard let mixed, mixed.ownShare < 0.5 else { return labels }
        return mixed.labels
    }

    /// The task's loss, each target by its share of the image where images were mixed (Yun et al. 2019, equation 1).
    func loss(_ outputs: Tensor, of network: Network, smoothing: Double) throws -> Tensor {
        let task = network.task, areProbabilities = network.endsInSigmoid
        let own = try task.loss(outputs, labels, smoothing: smoothing, areProbabilities: areProbabilities)
        guard let mixed else { return own }
        return try own * mixed.ownShare + task.loss(outputs, mixed.labels, smoothing: smoothing, areProbabilities: areProbabilities)
            * (1 - mixed.ownShare)
    }

    /// How many samples are answered with the right class; nil for tasks that do not answer with one.
    func correct(_ outputs: Tensor, of network: Network) throws -> Int? {
        switch network.task {
        case .classification: Int(try outputs.largestIndex(axis: 1).equals(chiefLabels).sum().item())
        case .binary:
            Int(
                try (outputs.reshaped(chiefLabels.shape) - (network.endsInSigmoid ? 0.5 : 0)).isGreater(than: 0).equals(
                    (chiefLabels - 0.5).isGreater(than: 0)
                ).sum().item())
        case .multilabel, .regression, .segmentation, .nextToken: nil
        }
    }
}

extension TrainingBatch {
    /// Some of its samples.
    func part(_ range: Range<Int>) throws -> TrainingBatch {
        guard range.count < indices.count else { return self }
        func part(_ tensor: Tensor) throws -> Tensor { try tensor.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
        return TrainingBatch(
            indices: Array(indices[range]), x: try part(x), labels: try part(labels),
            mixed: try mixed.map { (try part($0.labels), $0.ownShare) })
    }
}

/// Makes the batch of every step; each follows from the seed and the number of its step alone.
struct BatchMaker {
    let dataset: Dataset
    let settings: FineTuningSettings
    let network: Network

    /// - Parameter next: the samples of the steps after it.
    func batch(_ indices: [Int], next: ArraySlice<Int>, step: Int) throws -> TrainingBatch {
        var draws = SeededGenerator(seed: StepSeed.seed(settings.seed, step: step), purpose: "augmentation")
        let batch = try dataset.batch(indices, next: next, augmented: settings.augmentation, using: &draws)
        // Half precision would round token ids.
        let x = try (network.architecture.takesTokens ? batch.images : network.fitting(batch.images)).moved(to: settings.device),
            task = network.task
        func placed(_ positions: [Int]) throws -> Tensor {
            guard dataset.isAnswered else { return try Tensor(positions.map { dataset.labels[$0] }).moved(to: settings.device) }
            return try task.prepared(dataset.targetBatch(positions), outputs: network.trace.outputWidth, dtype: x.dtype()).moved(
                to: settings.device)
        }
        return TrainingBatch(
            indices: indices, x: x, labels: try placed(indices),
            mixed: try batch.mixture.map { mixture in (try placed(mixture.partners.map { indices[$0] }), mixture.ownShare) })
    }
}
