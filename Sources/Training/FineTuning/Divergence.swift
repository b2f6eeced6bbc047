import Foundation

/// Notices that a training goes wrong for good: a loss or gradient that is no number, or a loss far above where it began.
struct DivergenceWatch: Codable, Equatable {
    /// The loss of a network that knows nothing, ln of the number of classes, or that of the first steps where it was larger.
    private var ground: Double
    private var smoothed: Double?
    private var steps = 0

    private static let memory = 0.9
    private static let explosion = 20.0
    private static let firstSteps = 20

    init(classes: Int) { ground = log(Double(max(2, classes))) }

    /// Whether the step's loss, and its gradient norm where it is known, say that training has diverged.
    mutating func isDiverging(loss: Double, gradientNorm: Double?) -> Bool {
        guard loss.isFinite, gradientNorm?.isFinite ?? true else { return true }
        let mean = smoothed.map { Self.memory * $0 + (1 - Self.memory) * loss } ?? loss
        smoothed = mean
        steps += 1
        if steps <= Self.firstSteps { ground = max(ground, min(loss, ground * Self.explosion)) }
        return mean > Self.explosion * ground
    }
}
