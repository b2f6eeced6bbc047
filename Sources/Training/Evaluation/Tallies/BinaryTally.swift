import Datasets
import Foundation
import Networks
import Tensors

/// One logit against 0 or 1: the sign answers.
struct BinaryTally: OutputTally {
    private static let bins = 15
    private var confusion = [[0, 0], [0, 0]]
    private var loss = 0.0
    private var nonFinite = 0
    private(set) var predicted: [Int] = []
    private var confidence = [Double](repeating: 0, count: bins)
    private var hits = [Int](repeating: 0, count: bins)

    mutating func add(_ outputs: Tensor, _ positions: Range<Int>, of dataset: Dataset) throws {
        let rows = try OutputRows(outputs, positions, of: dataset, task: .binary)
        for (logit, target) in zip(rows.outputs, rows.targets) {
            let label = target > 0.5 ? 1 : 0
            guard logit.isFinite else {
                nonFinite += 1
                predicted.append(-1)
                confusion[label][1 - label] += 1
                continue
            }
            let said = logit > 0 ? 1 : 0
            predicted.append(said)
            confusion[label][said] += 1
            // As PyTorch's BCEWithLogitsLoss: max(z, 0) − z y + ln(1 + e^−|z|).
            loss += max(logit, 0) - logit * Double(label) + log1p(exp(-abs(logit)))
            let probability = 1 / (1 + exp(-abs(logit))), bin = min(Int(probability * Double(Self.bins)), Self.bins - 1)
            confidence[bin] += probability
            hits[bin] += said == label ? 1 : 0
        }
    }

    var evaluation: Evaluation {
        let classes = (0...1).map { Evaluation.Class(samples: confusion[$0].reduce(0, +), correct: confusion[$0][$0]) }
        let samples = classes.reduce(0) { $0 + $1.samples }
        let calibration = (0..<Self.bins).reduce(0.0) { $0 + abs(confidence[$1] - Double(hits[$1])) } / Double(max(1, samples))
        return Evaluation(
            samples: samples, correct: classes.reduce(0) { $0 + $1.correct }, loss: loss / Double(max(1, samples - nonFinite)),
            classes: classes, confusion: confusion,
            calibrationError: calibration, nonFinite: nonFinite, task: .binary)
    }
}
