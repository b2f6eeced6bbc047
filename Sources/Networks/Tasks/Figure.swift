/// A metric of predictions: its name, its format, and which direction is better.
public struct Figure: Sendable, Hashable, Codable {
    /// As tables have it: "accuracy", "MSE".
    public let name: String
    /// Whether it is a fraction, printed in per cent.
    public let isShare: Bool
    public let isHigherBetter: Bool

    public init(_ name: String, isShare: Bool, isHigherBetter: Bool) {
        self.name = name
        self.isShare = isShare
        self.isHigherBetter = isHigherBetter
    }

    public static let accuracy = Figure("accuracy", isShare: true, isHigherBetter: true)
    /// The mean over labels of the average precision: the area under precision against recall, by steps.
    public static let meanAveragePrecision = Figure("mAP", isShare: true, isHigherBetter: true)
    /// The share of correct labels over all labels of all samples.
    public static let microAccuracy = Figure("micro accuracy", isShare: true, isHigherBetter: true)
    /// The mean squared error.
    public static let meanSquaredError = Figure("MSE", isShare: false, isHigherBetter: false)
    /// The coefficient of determination, 1 − MSE / variance; the mean over outputs.
    public static let determination = Figure("R²", isShare: false, isHigherBetter: true)
    /// The mean over classes of intersection over union.
    public static let meanIoU = Figure("mean IoU", isShare: true, isHigherBetter: true)
    /// e to the mean cross-entropy of a token: among how many equally likely tokens the network chooses.
    public static let perplexity = Figure("perplexity", isShare: false, isHigherBetter: false)
    public static let tokenAccuracy = Figure("token accuracy", isShare: true, isHigherBetter: true)
    public static let pixelAccuracy = Figure("pixel accuracy", isShare: true, isHigherBetter: true)

    /// Whether one value is better than another; NaN is worse than any value.
    public func isBetter(_ value: Double, than other: Double) -> Bool {
        guard !value.isNaN else { return false }
        return other.isNaN || (isHigherBetter ? value > other : value < other)
    }

    /// A number that is larger for the better value.
    public func worth(_ value: Double) -> Double { value.isNaN ? -.infinity : isHigherBetter ? value : -value }
}
