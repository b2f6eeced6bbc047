import Foundation
import Networks

/// Notices that a training goes wrong for good: a loss or gradient that is no number, a loss far above where it began, or an epoch
/// that is much worse than knowing nothing.
struct DivergenceWatch: Codable, Equatable {
    /// The loss of a network that knows nothing, ln of the number of classes, or that of the first step where it is larger.
    private var ground: Double
    private var smoothed: Double?
    private var steps = 0

    private static let memory = 0.9
    private static let explosion = 20.0
    private static let lostEpoch = 3.0

    /// The loss of real numbers has no ground of its own: it begins with that of the first step.
    init(_ task: PredictionTask = .classification, outputs: Int) {
        ground =
            switch task {
            case .classification, .segmentation, .nextToken: log(Double(max(2, outputs)))
            case .binary, .multilabel: log(2)
            case .regression: 1
            }
    }

    /// Whether the step's loss, and its gradient norm where it is known, say that training has diverged.
    mutating func isDiverging(loss: Double, gradientNorm: Double?) -> Bool {
        guard loss.isFinite, gradientNorm?.isFinite ?? true else { return true }
        let mean = smoothed.map { Self.memory * $0 + (1 - Self.memory) * loss } ?? loss
        smoothed = mean
        steps += 1
        if steps == 1 { ground = max(ground, loss) }
        return mean > Self.explosion * ground
    }

    /// Whether an epoch of this mean loss has gone nowhere.
    func isLost(epochLoss: Double) -> Bool { epochLoss > Self.lostEpoch * ground }
}
