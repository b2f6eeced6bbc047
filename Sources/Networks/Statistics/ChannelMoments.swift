import Tensors

/// Mean and spread of every channel, gathered batch by batch.
///
/// Counts, means and squared deviations of batches are merged one after another (Chan, Golub & LeVeque 1979), in double precision, so
/// that neither the number of batches nor a large mean costs digits.
package struct ChannelMoments: Sendable {
    /// How many values of each channel were seen.
    package private(set) var count = 0
    package private(set) var mean: [Double] = []
    /// For each channel the sum of squared deviations from the mean.
    package private(set) var deviation: [Double] = []

    package init() {}

    /// Adds a batch, [batch, channels, positions…], and gives its own mean and biased variance, [channels].
    package mutating func add(_ batch: Tensor) throws(TensorError) -> (mean: Tensor, variance: Tensor) {
        let rows = try batch.transposed(0, 1).reshaped([batch.shape[1], -1])
        let mean = try rows.mean(axes: [1]), variance = try rows.variance(axes: [1], unbiased: false)
        merge(count: rows.shape[1], mean: try mean.array(of: Double.self), variance: try variance.array(of: Double.self))
        return (mean, variance)
    }

    /// Adds what was gathered elsewhere.
    mutating func merge(_ other: ChannelMoments) {
        guard other.count > 0 else { return }
        merge(count: other.count, mean: other.mean, variance: other.deviation.map { $0 / Double(other.count) })
    }

    private mutating func merge(count added: Int, mean other: [Double], variance: [Double]) {
        guard count > 0 else {
            (count, mean) = (added, other)
            deviation = variance.map { $0 * Double(added) }
            return
        }
        let total = Double(count + added), share = Double(added) / total
        for channel in mean.indices {
            let step = other[channel] - mean[channel]
            mean[channel] += step * share
            deviation[channel] += variance[channel] * Double(added) + step * step * Double(count) * share
        }
        count += added
    }
}
