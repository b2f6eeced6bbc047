import Datasets
import Foundation
import Tensors

/// Counts of classes over batches.
struct ClassTally: OutputTally {
    static let bins = 15
    var confusion: [[Int]]
    var loss = 0.0
    var nonFinite = 0
    var predicted: [Int] = []
    var confidence = [Double](repeating: 0, count: bins)
    var hits = [Int](repeating: 0, count: bins)
    var filled = [Int](repeating: 0, count: bins)

    init(classes: Int) { confusion = Array(repeating: Array(repeating: 0, count: classes), count: classes) }

    mutating func add(_ logits: Tensor, _ positions: Range<Int>, of dataset: Dataset) throws {
        let labels = positions.map { dataset.labels[$0] }
        // Each network counts by its own outputs, of which the data may lack some.
        if predicted.isEmpty, let outputs = logits.shape.last, outputs > confusion.count { self = ClassTally(classes: outputs) }
        let classes = confusion.count
        guard logits.rank == 2, logits.shape[0] == labels.count, logits.shape[1] == classes else {
            throw TrainingError.unfit(what: "classes", data: "\(classes)", network: "\(logits.shape.last ?? 0)")
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
