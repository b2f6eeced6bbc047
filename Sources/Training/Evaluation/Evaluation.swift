import Datasets
import Foundation
import Networks
import Tensors

/// The result of an evaluation: metrics of predictions against labels or targets.
public struct Evaluation: Sendable, Equatable, Codable {
    public struct Class: Sendable, Equatable, Codable {
        /// How many samples were evaluated.
        public let samples: Int
        public let correct: Int

        /// NaN-free: nil for a class without samples.
        public var accuracy: Double? { samples > 0 ? Double(correct) / Double(samples) : nil }
    }

    /// How many samples were evaluated.
    public let samples: Int
    /// Correctly classified samples; 0 for tasks that do not predict one class.
    public let correct: Int
    /// The mean of the task's loss: cross-entropy in nats, or the mean squared error.
    public let loss: Double
    /// By class number; for multi-label data, how many samples each label is correct for; for maps, pixels.
    public let classes: [Class]
    /// `confusion[true][predicted]`.
    public let confusion: [[Int]]
    /// Expected calibration error with 15 bins of equal width (Guo et al. 2017): mean distance between confidence and accuracy.
    public let calibrationError: Double
    /// Samples with NaN or infinite logits; they count as errors.
    public let nonFinite: Int
    /// What was measured.
    public let task: PredictionTask
    /// The value of ``PredictionTask/second``.
    public let second: Double?
    /// The metric of each label, class or output, if defined: average precision, intersection over union, mean squared error.
    public let parts: [Double?]
    private let measured: Double?

    private enum CodingKeys: String, CodingKey {
        case samples, correct, loss, classes, confusion, calibrationError, nonFinite, task, measured = "value", second, parts
    }

    /// - Parameters:
    ///   - value: of the task's figure; nil where that is the accuracy, which follows from what is counted.
    init(
        samples: Int, correct: Int = 0, loss: Double, classes: [Class] = [], confusion: [[Int]] = [], calibrationError: Double = 0,
        nonFinite: Int,
        task: PredictionTask = .classification, value: Double? = nil, second: Double? = nil, parts: [Double?] = []
    ) {
        (self.samples, self.correct, self.loss, self.classes, self.confusion) = (samples, correct, loss, classes, confusion)
        (self.calibrationError, self.nonFinite, self.task, measured, self.second, self.parts) = (
            calibrationError, nonFinite, task, value, second, parts
        )
    }

    /// Its metric.
    public var figure: Figure { task.figure }

    /// The value of ``figure``.
    public var value: Double { measured ?? accuracy }

    /// Whether this is better than another of the same task: by the figure, among equals by the loss.
    public func isBetter(than other: Evaluation) -> Bool {
        value == other.value ? loss < other.loss : figure.isBetter(value, than: other.value)
    }

    /// The precision of each class; nil for a class that is never predicted.
    public var precisions: [Double?] {
        confusion.indices.map { label in
            let said = confusion.reduce(0) { $0 + $1[label] }
            return said > 0 ? Double(confusion[label][label]) / Double(said) : nil
        }
    }

    /// The accuracy; see ``value`` for tasks that do not predict one class.
    public var accuracy: Double { samples > 0 ? Double(correct) / Double(samples) : 0 }
}

extension Evaluation {
    private enum Derived: String, CodingKey { case accuracy }

    /// What is counted, and the accuracy that follows from it: readers of JSON need not divide. Other tasks have their figure by its name.
    public func encode(to encoder: any Encoder) throws {
        var counted = encoder.container(keyedBy: CodingKeys.self)
        try counted.encode(samples, forKey: .samples)
        try counted.encode(loss, forKey: .loss)
        try counted.encode(nonFinite, forKey: .nonFinite)
        if task.givesOneClass {
            try counted.encode(correct, forKey: .correct)
            try counted.encode(classes, forKey: .classes)
            try counted.encode(confusion, forKey: .confusion)
            try counted.encode(calibrationError, forKey: .calibrationError)
            var derived = encoder.container(keyedBy: Derived.self)
            try derived.encode(accuracy, forKey: .accuracy)
        }
        guard task != .classification else { return }
        try counted.encode(task, forKey: .task)
        guard !task.givesOneClass else { return }
        try counted.encode(value, forKey: .measured)
        try counted.encode(parts, forKey: .parts)
        try counted.encodeIfPresent(second, forKey: .second)
        if !classes.isEmpty { try counted.encode(classes, forKey: .classes) }
        if !confusion.isEmpty { try counted.encode(confusion, forKey: .confusion) }
        var named = encoder.container(keyedBy: FigureName.self)
        try named.encode(value, forKey: FigureName(figure.name))
        if let other = task.second, let second { try named.encode(second, forKey: FigureName(other.name)) }
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            samples: try keys.decode(Int.self, forKey: .samples), correct: try keys.decodeIfPresent(Int.self, forKey: .correct) ?? 0,
            loss: try keys.decode(Double.self, forKey: .loss),
            classes: try keys.decodeIfPresent([Class].self, forKey: .classes) ?? [],
            confusion: try keys.decodeIfPresent([[Int]].self, forKey: .confusion) ?? [],
            calibrationError: try keys.decodeIfPresent(Double.self, forKey: .calibrationError) ?? 0,
            nonFinite: try keys.decode(Int.self, forKey: .nonFinite),
            task: try keys.decodeIfPresent(PredictionTask.self, forKey: .task) ?? .classification,
            value: try keys.decodeIfPresent(Double.self, forKey: .measured),
            second: try keys.decodeIfPresent(Double.self, forKey: .second),
            parts: try keys.decodeIfPresent([Double?].self, forKey: .parts) ?? [])
    }

    private struct FigureName: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

/// An evaluation and the predictions it counts.
package struct Measurement: Sendable, Equatable {
    package let evaluation: Evaluation
    /// The class said of each sample; −1 where the logits hold NaN or infinity. Empty for tasks that do not answer with one class.
    package let predicted: [Int]

    /// The share of samples of which both say the same.
    package func agreement(with other: Measurement) -> Double {
        guard predicted.count == other.predicted.count, !predicted.isEmpty else { return 0 }
        return Double(zip(predicted, other.predicted).count { $0 == $1 && $0 >= 0 }) / Double(predicted.count)
    }
}

/// Evaluates predictors on the same data in one pass.
public struct Evaluator: Sendable {
    /// The evaluation data.
    public let dataset: Dataset
    /// The maximum batch size; smaller if a layer's output would take more than 64 MB.
    public let batch: Int
    /// The device of the predictors; metrics are computed on the CPU.
    public let device: Device

    /// On labelled data.
    public init(_ dataset: Dataset, batch: Int = 500, device: Device = .cpu) {
        self.dataset = dataset
        self.batch = batch
        self.device = device
    }

    public func evaluate(
        _ predictors: [any Predictor], isCancelled: () -> Bool = { false }, progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws(TrainingError) -> [Evaluation] {
        try measure(predictors, isCancelled: isCancelled, progress: progress).map(\.evaluation)
    }

    /// As `evaluate`, with the prediction for each sample, from which agreement and transfer are computed.
    package func measure(
        _ predictors: [any Predictor], isCancelled: () -> Bool = { false }, progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws(TrainingError) -> [Measurement] {
        let placed = try placed(predictors)
        return try measure(
            placed.count, batch: batch(for: placed), task: try task(of: placed), isCancelled: isCancelled, progress: progress
        ) { x in try placed.map { try $0.logits(x) } }
    }

    /// Measures networks and ensembles of them in one pass: each network runs once for a batch, whatever number of ensembles ask it.
    ///
    /// - Parameter ensembles: by the indices of their members among the networks, a rule, and weights as an `Ensemble` has them.
    /// - Returns: the networks', then the ensembles'.
    package func measure(
        _ networks: [Network], ensembles: [(members: [Int], rule: Ensemble.Rule, weights: [[Double]])], isCancelled: () -> Bool = { false },
        progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws(TrainingError) -> [Measurement] {
        let placed = try placed(networks)
        return try measure(
            placed.count + ensembles.count, batch: batch(for: placed), task: try task(of: placed), isCancelled: isCancelled,
            progress: progress
        ) { x in
            let answers = try placed.map { try $0.logits(x) }
            return try answers
                + ensembles.map { ensemble in
                    try Ensemble.combined(ensemble.members.map { answers[$0] }, rule: ensemble.rule, weights: ensemble.weights)
                }
        }
    }

    /// What all of them are for.
    private func task(of predictors: [any Predictor]) throws(TrainingError) -> PredictionTask {
        let task = predictors.first?.task ?? .classification
        if let other = predictors.first(where: { $0.task != task }) {
            throw .unfit(what: "one task", data: "", network: "is for \(task.rawValue), another for \(other.task.rawValue)")
        }
        return task
    }

    private func placed(_ predictors: [any Predictor]) throws(TrainingError) -> [any Predictor] {
        if let fault = try device.fault() { throw fault }
        return try lifting { try predictors.map { try $0.placed(on: device) } }
    }

    private func batch(for predictors: [any Predictor]) -> Int {
        min(batch, max(1, Self.largestNumbers / max(1, predictors.map(\.largestOutput).max() ?? 1)))
    }

    private static let largestNumbers = 16 << 20

    private func measure(
        _ count: Int, batch: Int, task: PredictionTask, isCancelled: () -> Bool, progress: ((_ done: Int, _ of: Int) -> Void)?,
        answers: (Tensor) throws -> [Tensor]
    ) throws(TrainingError) -> [Measurement] {
        guard dataset.count > 0 else { throw .data(reason: "\(dataset.name) holds no samples") }
        return try lifting {
            try withoutRecording {
                progress?(0, dataset.count)
                var tallies = (0..<count).map { _ in task.tally(for: dataset) }
                for start in stride(from: 0, to: dataset.count, by: batch) {
                    if isCancelled() { throw TrainingError.cancelled }
                    let range = start..<min(start + batch, dataset.count)
                    let x = try dataset.batch(range, next: range.upperBound..<dataset.count).moved(to: device)
                    for (index, outputs) in try answers(x).enumerated() { try tallies[index].add(outputs, range, of: dataset) }
                    progress?(range.upperBound, dataset.count)
                }
                return tallies.compactMap(\.self).map { Measurement(evaluation: $0.evaluation, predicted: $0.predicted) }
            }
        }
    }

    public func evaluate(_ predictor: any Predictor) throws(TrainingError) -> Evaluation {
        let found = try evaluate([predictor])
        return found[0]
    }
}
