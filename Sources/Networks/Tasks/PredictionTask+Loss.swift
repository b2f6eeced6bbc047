import Tensors

extension PredictionTask {
    /// Targets' value of a pixel or a token that does not count.
    public static let ignoredPixel = -1

    /// Targets as the loss takes them: [batch, outputs] floating-point numbers for all but classification ([batch]), segmentation
    /// ([batch, height, width]) and tokens ([batch, positions]).
    ///
    /// - Parameters:
    ///   - targets: class numbers [batch], or rows of numbers.
    ///   - outputs: numbers that the network gives for a sample.
    public func prepared(_ targets: Tensor, outputs: Int, dtype: DType) throws(TensorError) -> Tensor {
        switch self {
        case .classification, .segmentation, .nextToken: targets
        case .multilabel where targets.rank == 1 && outputs > 1: try Tensor.oneHot(targets, classes: outputs).converted(to: dtype)
        case .binary, .multilabel, .regression: try targets.converted(to: dtype).reshaped([targets.shape[0], -1])
        }
    }

    /// The mean loss of outputs against targets that ``prepared(_:outputs:dtype:)`` gave.
    ///
    /// - Parameters:
    ///   - smoothing: of labels (Szegedy et al. 2016); for a sigmoid, labels move as far towards one half.
    ///   - areProbabilities: the network ends in a sigmoid.
    public func loss(
        _ outputs: Tensor, _ targets: Tensor, smoothing: Double = 0, areProbabilities: Bool = false
    ) throws(TensorError) -> Tensor {
        switch self {
        case .classification: return try outputs.crossEntropy(targets, smoothing: smoothing)
        case .segmentation, .nextToken: return try outputs.crossEntropy(targets, smoothing: smoothing, ignoring: Self.ignoredPixel)
        case .regression: return try (outputs.reshaped(targets.shape) - targets).squared().mean()
        case .binary, .multilabel:
            let wanted = try smoothing > 0 ? targets * (1 - smoothing) + smoothing / 2 : targets
            return try outputs.reshaped(targets.shape).binaryCrossEntropy(wanted, areProbabilities: areProbabilities)
        }
    }
}
