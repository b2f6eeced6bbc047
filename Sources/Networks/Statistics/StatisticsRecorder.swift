import Synchronization
import Tensors

/// Where layers that normalise note what came to them.
final class StatisticsRecorder: Sendable {
    private let layers = Mutex<[String: ChannelMoments]>([:])

    /// The moments of what came to a layer.
    func moments(of layer: String) -> ChannelMoments { layers.withLock { $0[layer] ?? ChannelMoments() } }

    /// Adds a batch, [batch, channels, positions…], and gives its own mean and biased variance, [channels].
    func record(_ input: Tensor, layer: String) throws -> (mean: Tensor, variance: Tensor) {
        var moments = moments(of: layer)
        let own = try moments.add(input)
        let merged = moments
        layers.withLock { $0[layer] = merged }
        return own
    }
}
