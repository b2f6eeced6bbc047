import Datasets
import Networks
import Tensors

/// The mean of a trained network and the one that the training began with (Wortsman et al., CVPR 2022).
struct StartMean {
    /// The weight of the start.
    let share: Double
    /// What the statistics of batch norms are estimated on: a mean of statistics belongs to no network.
    let data: Dataset
    let device: Device

    private static let samples = 1000, batch = 250

    /// - Parameter start: what the training changed, as it was before.
    func network(of start: [String: Tensor], and trained: Network) throws -> Network {
        try withoutRecording {
            var parameters = trained.parameters
            for (name, first) in start {
                let value = try trained.parameter(name)
                guard try value.dtype().isFloatingPoint else { continue }
                parameters[name] = try first * share + value * (1 - share)
            }
            let mean = try trained.with(parameters: parameters)
            let statistics = Set(
                mean.trace.layers.flatMap { $0.parameters.filter { $0.role == .statistic }.map(\.fullName) }
            ).intersection(start.keys)
            guard !statistics.isEmpty, data.count > 1 else { return mean }
            let moved = try mean.moved(to: device), estimator = StatisticsEstimator(moved), count = min(Self.samples, data.count)
            // A last batch of one sample would be normalised to nothing.
            let parts = max(1, (count + Self.batch / 2) / Self.batch), size = (count + parts - 1) / parts
            for first in stride(from: 0, to: count, by: size) where count - first > 1 {
                try estimator.observe(data.batch(first..<min(first + size, count)).moved(to: device))
            }
            let estimated = try estimator.network()
            for name in statistics { parameters[name] = try estimated.parameter(name).moved(to: .cpu) }
            return try trained.with(parameters: parameters)
        }
    }
}
