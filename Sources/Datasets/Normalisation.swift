/// How stored pixels become what a network sees: `(pixel / scale − mean) / standard deviation`, in 32-bit arithmetic in this order, as PyTorch computes it.
public struct Normalisation: Sendable, Equatable {
    /// The divisor of pixels: 255 for bytes, 1 for numbers that are used unchanged.
    public let scale: Float
    /// One for every channel, or one for all.
    public let mean: [Float]
    public let standardDeviation: [Float]

    public init(scale: Float, mean: [Float] = [0], standardDeviation: [Float] = [1]) {
        self.scale = scale
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    // Means and standard deviations of the training pixels, rounded as the field's programs have them.

    /// The built-in digits, whose values are 0 … 16.
    public static let digits = Normalisation(scale: 16, mean: [0.3059], standardDeviation: [0.3755])
    public static let mnist = Normalisation(scale: 255, mean: [0.1307], standardDeviation: [0.3081])
    public static let fashionMNIST = Normalisation(scale: 255, mean: [0.2860], standardDeviation: [0.3530])
    public static let kmnist = Normalisation(scale: 255, mean: [0.1918], standardDeviation: [0.3483])
    public static let cifar10 = Normalisation(scale: 255, mean: [0.4914, 0.4822, 0.4465], standardDeviation: [0.2470, 0.2435, 0.2616])
    public static let cifar100 = Normalisation(scale: 255, mean: [0.5071, 0.4865, 0.4409], standardDeviation: [0.2673, 0.2564, 0.2762])
    public static let svhn = Normalisation(scale: 255, mean: [0.4377, 0.4438, 0.4728], standardDeviation: [0.1980, 0.2010, 0.1970])
    /// Bytes scaled to 0 … 1: the default for your own images.
    public static let bytes = Normalisation(scale: 255)

    /// The same with another mean or standard deviation; the scale stays.
    public func replacing(mean: [Float]?, standardDeviation: [Float]?) -> Normalisation {
        Normalisation(scale: scale, mean: mean ?? self.mean, standardDeviation: standardDeviation ?? self.standardDeviation)
    }

    /// Why it cannot be used for so many channels; nil where it can.
    func fault(channels: Int) -> String? {
        for (name, values) in [("mean", mean), ("std", standardDeviation)] where values.count != 1 && values.count != channels {
            return
                "\(name) has \(values.count) values, but the images have \(channels) channel\(channels == 1 ? "" : "s"); give 1 or \(channels)"
        }
        if let bad = (mean + standardDeviation).first(where: { !$0.isFinite }) { return "mean and std must be finite, not \(bad)" }
        if standardDeviation.contains(where: { $0 <= 0 }) { return "std must be greater than 0" }
        return nil
    }

    func mean(ofChannel channel: Int) -> Float { mean.count == 1 ? mean[0] : mean[channel] }
    func standardDeviation(ofChannel channel: Int) -> Float {
        standardDeviation.count == 1 ? standardDeviation[0] : standardDeviation[channel]
    }

    func apply(_ pixel: Float, channel: Int) -> Float {
        (pixel / scale - mean(ofChannel: channel)) / standardDeviation(ofChannel: channel)
    }
}
