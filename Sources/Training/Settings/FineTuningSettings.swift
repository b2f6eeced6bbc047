import Datasets
import Hyperparameters
import Tensors

/// The settings of a training, read from their table and checked together.
///
/// ```swift
/// var settings = Settings(FineTuning.table)
/// try settings.apply(assignment: "epochs=3")
/// let read = try FineTuningSettings(settings, seed: 7)
/// ```
package struct FineTuningSettings: Sendable, Hashable {
    /// As given; everything below follows from them.
    package let values: Settings
    /// Of the order of samples, of dropout, of the validation split.
    package let seed: UInt64

    package let optimizer: OptimizerChoice
    package let schedule: LearningRateSchedule
    package let augmentation: Augmentation
    package let teacherWeights: [Double]
    package let frozen: [NamePattern]
    package let rates: [(pattern: NamePattern, factor: Double)]

    package static func == (first: Self, second: Self) -> Bool { first.values == second.values && first.seed == second.seed }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(values)
        hasher.combine(seed)
    }

    package init(_ values: Settings = Settings(FineTuning.table), seed: UInt64 = 0) throws(TrainingError) {
        self.values = values
        self.seed = seed
        do throws(RecipeError) {
            optimizer = try Self.optimizer(values)
            schedule = try LearningRateSchedule(values)
            teacherWeights = try Self.numbers(values, FineTuning.teacherWeights) { $0 >= 0 }
            frozen = NamePattern.list(values[FineTuning.freeze])
            rates = try Self.rates(values)
        } catch {
            throw .recipe(error)
        }
        let text = values[FineTuning.augmentation]
        do { augmentation = try Augmentation(text) } catch {
            throw .recipe(.value(key: FineTuning.augmentation.key, value: text, allowed: "\(error)"))
        }
    }

    /// The settings with some values changed, by key.
    package init(_ changes: [String: HyperparameterValue], seed: UInt64 = 0) throws(TrainingError) {
        var values = Settings(FineTuning.table)
        do throws(RecipeError) {
            for (key, value) in changes.sorted(by: { $0.key < $1.key }) { try values.set(key, value) }
        } catch {
            throw .recipe(error)
        }
        try self.init(values, seed: seed)
    }

    package subscript<Value>(hyperparameter: Hyperparameter<Value>) -> Value { values[hyperparameter] }

    package var device: Device { values[FineTuning.device] == .cuda ? .cuda(0) : .cpu }

    /// Whether and how the network is pulled towards its teachers.
    package var distillation: DistillationLoss? {
        let loss: DistillationLoss.Loss? =
            switch values[FineTuning.distillation] {
            case .none: nil
            case .kl: .divergence(temperature: values[FineTuning.temperature])
            case .mse: .meanSquaredError
            }
        return loss.map { loss in
            DistillationLoss(
                loss: loss, share: values[FineTuning.distillationShare], weights: teacherWeights, classes: values[FineTuning.teacherClasses]
            )
        }
    }

    /// Whether labels enter the loss.
    package var needsLabels: Bool { distillation.map { $0.share < 1 } ?? true }

    // MARK: Reading

    private static func optimizer(_ values: Settings) throws(RecipeError) -> OptimizerChoice {
        let kind = values[FineTuning.optimizer]
        guard kind == .sgd else {
            return .adam(beta1: values[FineTuning.beta1], beta2: values[FineTuning.beta2], decoupledDecay: kind == .adamw)
        }
        let momentum = values[FineTuning.momentum], nesterov = values[FineTuning.nesterov]
        guard !nesterov || momentum > 0 else {
            throw .value(key: FineTuning.nesterov.key, value: "true", allowed: "true needs a momentum above 0")
        }
        return .sgd(momentum: momentum, nesterov: nesterov)
    }

    static func numbers(
        _ values: Settings, _ hyperparameter: Hyperparameter<String>, where isAllowed: (Double) -> Bool
    ) throws(RecipeError) -> [Double] {
        let text = values[hyperparameter]
        var numbers: [Double] = []
        for part in text.split(separator: ",") {
            guard let number = Double(String(part).trimmed), number.isFinite, isAllowed(number) else {
                throw .value(key: hyperparameter.key, value: text, allowed: hyperparameter.erased.range)
            }
            numbers.append(number)
        }
        return numbers
    }

    private static func rates(_ values: Settings) throws(RecipeError) -> [(pattern: NamePattern, factor: Double)] {
        let hyperparameter = FineTuning.rates, text = values[hyperparameter]
        var rates: [(NamePattern, Double)] = []
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false).map { String($0).trimmed }
            guard sides.count == 2, !sides[0].isEmpty, let factor = Double(sides[1]), factor.isFinite, factor >= 0 else {
                throw .value(key: hyperparameter.key, value: text, allowed: hyperparameter.erased.range)
            }
            rates.append((NamePattern(sides[0]), factor))
        }
        return rates
    }
}

/// A name with stars for any run of characters: "layer1.*".
package struct NamePattern: Sendable, Hashable {
    package let text: String

    package init(_ text: String) { self.text = text }

    static func list(_ text: String) -> [NamePattern] {
        text.split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }.map(NamePattern.init)
    }

    /// Whether it describes the whole of `name`. Greedy with one point to come back to, so linear for each star.
    package func matches(_ name: String) -> Bool {
        let pattern = Array(text.utf8), name = Array(name.utf8)
        var place = 0, letter = 0, star: (place: Int, letter: Int)?
        while letter < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, letter)
                place += 1
            } else if place < pattern.count, pattern[place] == name[letter] {
                place += 1
                letter += 1
            } else if let last = star {
                star = (last.place, last.letter + 1)
                place = last.place + 1
                letter = last.letter + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
