import Foundation
import Hyperparameters

/// How the learning rate changes: a warm-up, then one of four shapes.
///
/// The rate depends on the position alone, so a training that goes on from a checkpoint needs no state of it.
package struct LearningRateSchedule: Sendable, Equatable {
    package enum Shape: Sendable, Equatable {
        case constant
        /// Multiplied by `factor` at each of the epochs, or every so many.
        case step(at: [Double], every: Int, factor: Double)
        /// Half a cosine to the last epoch (Loshchilov & Hutter 2017).
        case cosine
        /// Cosines of `first` epochs, then `growth` times as many, … (SGDR, the same paper).
        case restarts(first: Int, growth: Int)
    }

    package let base: Double
    package let shape: Shape
    /// In epochs.
    package let warmUp: Double
    /// What cosines fall to.
    package let minimum: Double
    package let epochs: Int
    /// Looked at once in an epoch, at its beginning, or at every step.
    package let isByStep: Bool

    package init(base: Double, shape: Shape = .constant, warmUp: Double = 0, minimum: Double = 0, epochs: Int, isByStep: Bool = false) {
        self.base = base
        self.shape = shape
        self.warmUp = warmUp
        self.minimum = minimum
        self.epochs = epochs
        self.isByStep = isByStep
    }

    init(_ values: Settings) throws(RecipeError) {
        let kind = values[FineTuning.schedule]
        let shape: Shape =
            switch kind {
            case .constant: .constant
            case .step:
                .step(
                    at: try FineTuningSettings.numbers(values, FineTuning.stepAt) { $0 > 0 }, every: values[FineTuning.stepEpochs],
                    factor: values[FineTuning.stepFactor])
            case .cosine: .cosine
            case .restarts: .restarts(first: values[FineTuning.restartEpochs], growth: values[FineTuning.restartGrowth])
            }
        let base = values[FineTuning.learningRate], minimum = values[FineTuning.minimumRate]
        if kind == .cosine || kind == .restarts, minimum > base {
            throw .value(key: FineTuning.minimumRate.key, value: "\(minimum)", allowed: "at most the learning rate, \(base)")
        }
        self.init(
            base: base, shape: shape, warmUp: values[FineTuning.warmUp], minimum: minimum, epochs: values[FineTuning.epochs],
            isByStep: values[FineTuning.scheduleBy] == .step)
    }

    /// The learning rate of a step; `epoch` and `step` count from 0.
    package func rate(epoch: Int, step: Int, of steps: Int) -> Double {
        let unit = isByStep ? 1 / Double(max(1, steps)) : 1
        let place = Double(epoch) + (isByStep ? Double(step) * unit : 0)
        // The first step of a warm-up already moves, its last is the full rate.
        if place < warmUp { return base * min(1, (place + unit) / warmUp) }
        let since = place - warmUp
        switch shape {
        case .constant: return base
        case .step(let places, let every, let factor):
            let falls = places.isEmpty ? Int(since) / every : places.count { $0 <= place }
            return base * pow(factor, Double(falls))
        case .cosine: return cosine(since / max(Double(epochs) - warmUp, unit))
        case .restarts(let first, let growth):
            var length = Double(first), left = since
            while left >= length {
                left -= length
                length *= Double(growth)
            }
            return cosine(left / length)
        }
    }

    private func cosine(_ share: Double) -> Double { minimum + (base - minimum) * (1 + cos(.pi * min(1, share))) / 2 }
}
