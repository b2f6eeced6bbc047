import Datasets
import Foundation
import Networks
import Tensors

/// A class for every pixel.
struct PixelTally: OutputTally {
    let predicted: [Int] = []
    private var confusion: [[Int]] = []
    private var loss = 0.0
    private var nonFinite = 0, samples = 0, finitePixels = 0

    mutating func add(_ outputs: Tensor, _ positions: Range<Int>, of dataset: Dataset) throws {
        let targets = try dataset.targetBatch(positions)
        guard outputs.rank == 4, targets.rank == 3, outputs.shape[0] == positions.count,
            Array(outputs.shape.dropFirst(2)) == Array(targets.shape.dropFirst())
        else {
            throw TrainingError.unfit(
                what: "maps of \(targets.shape.dropFirst().map(String.init).joined(separator: "×"))", data: "",
                network: "gives \(outputs.shape.dropFirst().map(String.init).joined(separator: "×"))")
        }
        let classes = outputs.shape[1], pixels = outputs.shape[2] * outputs.shape[3]
        if confusion.isEmpty { confusion = Array(repeating: Array(repeating: 0, count: classes), count: classes) }
        let truth = try targets.contiguous().array(of: Int64.self)
        let scores = try outputs.moved(to: .cpu).converted(to: .float64).logSoftmax(axis: 1).contiguous().array(of: Double.self)
        for sample in 0..<positions.count {
            samples += 1
            var isFinite = true
            for pixel in 0..<pixels {
                let label = Int(truth[sample * pixels + pixel])
                guard label != PredictionTask.ignoredPixel else { continue }
                guard confusion.indices.contains(label) else {
                    throw TrainingError.unfit(what: "a pixel of class \(label)", data: "", network: "has \(classes) classes")
                }
                func score(_ of: Int) -> Double { scores[(sample * classes + of) * pixels + pixel] }
                guard let best = confusion.indices.max(by: { score($0) < score($1) }), score(best).isFinite else {
                    isFinite = false
                    confusion[label][(label + 1) % classes] += classes > 1 ? 1 : 0
                    continue
                }
                confusion[label][best] += 1
                loss -= score(label)
                finitePixels += 1
            }
            if !isFinite { nonFinite += 1 }
        }
    }

    var evaluation: Evaluation {
        let classes = confusion.indices.map { Evaluation.Class(samples: confusion[$0].reduce(0, +), correct: confusion[$0][$0]) }
        let overlaps = confusion.indices.map { label -> Double? in
            let union = classes[label].samples + confusion.reduce(0) { $0 + $1[label] } - confusion[label][label]
            return union > 0 ? Double(confusion[label][label]) / Double(union) : nil
        }
        let known = overlaps.compactMap(\.self), pixels = classes.reduce(0) { $0 + $1.samples }
        return Evaluation(
            samples: samples, loss: loss / Double(max(1, finitePixels)), classes: classes, confusion: confusion, nonFinite: nonFinite,
            task: .segmentation,
            value: known.isEmpty ? .nan : known.reduce(0, +) / Double(known.count),
            second: pixels > 0 ? Double(classes.reduce(0) { $0 + $1.correct }) / Double(pixels) : .nan, parts: overlaps)
    }
}
