import Datasets
import Foundation
import Networks
import Tensors

/// How well predictions fit labels.
public struct Evaluation: Sendable, Equatable, Codable {
    public struct Class: Sendable, Equatable, Codable {
        public let samples: Int
        public let correct: Int

        /// NaN-free: nil for a class without samples.
        public var accuracy: Double? { samples > 0 ? Double(correct) / Double(samples) : nil }
    }

    public let samples: Int
    public let correct: Int
    /// Mean cross-entropy in nats.
    public let loss: Double
    /// By class number.
    public let classes: [Class]
    /// `confusion[true][predicted]`.
    public let confusion: [[Int]]
    /// Expected calibration error with 15 bins of equal width (Guo et al. 2017): mean distance between confidence and accuracy.
    public let calibrationError: Double
    /// Samples whose logits hold NaN or infinity; they count as wrong.
    public let nonFinite: Int

    private enum CodingKeys: String, CodingKey { case samples, correct, loss, classes, confusion, calibrationError, nonFinite }

    /// For each class the share of samples said to be of it that are; nil for a class that is never said.
    public var precisions: [Double?] {
        confusion.indices.map { label in
            let said = confusion.reduce(0) { $0 + $1[label] }
            return said > 0 ? Double(confusion[label][label]) / Double(said) : nil
        }
    }

    public var accuracy: Double { samples > 0 ? Double(correct) / Double(samples) : 0 }
}

extension Evaluation {
    private enum Derived: String, CodingKey { case accuracy }

    /// What is counted, and the accuracy that follows from it: readers of JSON need not divide.
    public func encode(to encoder: any Encoder) throws {
        var counted = encoder.container(keyedBy: CodingKeys.self)
        try counted.encode(samples, forKey: .samples)
        try counted.encode(correct, forKey: .correct)
        try counted.encode(loss, forKey: .loss)
        try counted.encode(classes, forKey: .classes)
        try counted.encode(confusion, forKey: .confusion)
        try counted.encode(calibrationError, forKey: .calibrationError)
        try counted.encode(nonFinite, forKey: .nonFinite)
        var derived = encoder.container(keyedBy: Derived.self)
        try derived.encode(accuracy, forKey: .accuracy)
    }
}

/// An evaluation and the predictions it counts.
public struct Measurement: Sendable, Equatable {
    public let evaluation: Evaluation
    /// The class said of each sample; −1 where the logits hold NaN or infinity.
    public let predicted: [Int]

    /// The share of samples of which both say the same.
    public func agreement(with other: Measurement) -> Double {
        guard predicted.count == other.predicted.count, !predicted.isEmpty else { return 0 }
        return Double(zip(predicted, other.predicted).count { $0 == $1 && $0 >= 0 }) / Double(predicted.count)
    }
}

/// Evaluates predictors on the same data in one pass.
public struct Evaluator: Sendable {
    public let dataset: Dataset
    /// Samples that pass at a time, at most: fewer where a layer's output would take more than 64 MB.
    public let batch: Int
    /// Where the predictors compute; what they answer is counted on the processor.
    public let device: Device

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

    /// As `evaluate`, with what was predicted for each sample: what agreement and transfer are told from.
    public func measure(
        _ predictors: [any Predictor], isCancelled: () -> Bool = { false }, progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws(TrainingError) -> [Measurement] {
        let placed = try placed(predictors)
        return try measure(placed.count, batch: batch(for: placed), isCancelled: isCancelled, progress: progress) { x in try placed.map { try $0.logits(x) } }
    }

    /// Measures networks and ensembles of them in one pass: each network runs once for a batch, whatever number of ensembles ask it.
    ///
    /// - Parameter ensembles: by the indices of their members among the networks, a rule, and weights as an `Ensemble` has them.
    /// - Returns: the networks', then the ensembles'.
    public func measure(
        _ networks: [Network], ensembles: [(members: [Int], rule: Ensemble.Rule, weights: [[Double]])], isCancelled: () -> Bool = { false },
        progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws(TrainingError) -> [Measurement] {
        let placed = try placed(networks)
        return try measure(placed.count + ensembles.count, batch: batch(for: placed), isCancelled: isCancelled, progress: progress) { x in
            let answers = try placed.map { try $0.logits(x) }
            return try answers + ensembles.map { ensemble in
                try Ensemble.combined(ensemble.members.map { answers[$0] }, rule: ensemble.rule, weights: ensemble.weights)
            }
        }
    }

    private func placed(_ predictors: [any Predictor]) throws(TrainingError) -> [any Predictor] {
        if let fault = try device.fault() { throw fault }
        return try training { try predictors.map { try $0.placed(on: device) } }
    }

    private func batch(for predictors: [any Predictor]) -> Int {
        min(batch, max(1, Self.largestNumbers / max(1, predictors.map(\.largestOutput).max() ?? 1)))
    }

    private static let largestNumbers = 16 << 20

    private func measure(
        _ count: Int, batch: Int, isCancelled: () -> Bool, progress: ((_ done: Int, _ of: Int) -> Void)?, answers: (Tensor) throws -> [Tensor]
    ) throws(TrainingError) -> [Measurement] {
        guard dataset.count > 0 else { throw .data(reason: "\(dataset.name) holds no samples") }
        return try training {
            try withoutRecording {
                progress?(0, dataset.count)
                // Each counts by its own outputs, of which the data may lack some.
                var tallies = [Tally?](repeating: nil, count: count)
                for start in stride(from: 0, to: dataset.count, by: batch) {
                    if isCancelled() { throw TrainingError.cancelled }
                    let range = start..<min(start + batch, dataset.count)
                    let x = try dataset.batch(range).moved(to: device)
                    let labels = range.map { dataset.labels[$0] }
                    for (index, logits) in try answers(x).enumerated() {
                        var tally = tallies[index] ?? Tally(classes: logits.shape.last ?? 0)
                        try tally.add(logits, labels: labels)
                        tallies[index] = tally
                    }
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

/// Counts over batches.
private struct Tally {
    static let bins = 15
    var confusion: [[Int]]
    var loss = 0.0
    var nonFinite = 0
    var predicted: [Int] = []
    var confidence = [Double](repeating: 0, count: bins)
    var hits = [Int](repeating: 0, count: bins)
    var filled = [Int](repeating: 0, count: bins)

    init(classes: Int) { confusion = Array(repeating: Array(repeating: 0, count: classes), count: classes) }

    mutating func add(_ logits: Tensor, labels: [Int]) throws {
        let classes = confusion.count
        guard logits.rank == 2, logits.shape[0] == labels.count, logits.shape[1] == classes, let most = labels.max(), most < classes else {
            throw TrainingError.unfit(what: "classes", data: "\((labels.max() ?? 0) + 1)", network: "\(logits.shape.last ?? 0)")
        }
        try logits.moved(to: .cpu).converted(to: .float64).logSoftmax(axis: 1).contiguous().withElements(of: Double.self) { scores in
            for (sample, label) in labels.enumerated() {
                let row = scores[sample * classes..<(sample + 1) * classes]
                guard let best = row.indices.max(by: { row[$0] < row[$1] }), row[best].isFinite else {
                    nonFinite += 1
                    self.predicted.append(-1)
                    // Counted against the class after the true one, so that it is wrong.
                    confusion[label][(label + 1) % classes] += classes > 1 ? 1 : 0
                    continue
                }
                let predicted = best - row.startIndex
                self.predicted.append(predicted)
                confusion[label][predicted] += 1
                loss -= row[row.startIndex + label]
                let probability = exp(row[best])
                let bin = min(Int(probability * Double(Self.bins)), Self.bins - 1)
                confidence[bin] += probability
                filled[bin] += 1
                hits[bin] += predicted == label ? 1 : 0
            }
        }
    }

    var evaluation: Evaluation {
        let classes = confusion.enumerated().map { Evaluation.Class(samples: $0.element.reduce(0, +), correct: $0.element[$0.offset]) }
        let samples = classes.reduce(0) { $0 + $1.samples }
        let calibration = (0..<Self.bins).reduce(0.0) { $0 + abs(confidence[$1] - Double(hits[$1])) } / Double(max(1, samples))
        return Evaluation(
            samples: samples, correct: classes.reduce(0) { $0 + $1.correct }, loss: loss / Double(max(1, samples - nonFinite)),
            classes: classes, confusion: confusion, calibrationError: calibration, nonFinite: nonFinite)
    }
}
