import Datasets
import Foundation
import Networks
import Tensors

/// Several labels for each sample: each label's logits rank the samples, and their signs answer.
struct LabelTally: OutputTally {
    let predicted: [Int] = []
    /// By label: logits and targets of all samples.
    private var scores: [[Double]] = []
    private var targets: [[Bool]] = []
    private var loss = 0.0
    private var nonFinite = 0, finite = 0, samples = 0

    mutating func add(_ outputs: Tensor, _ positions: Range<Int>, of dataset: Dataset) throws {
        let rows = try OutputRows(outputs, positions, of: dataset, task: .multilabel)
        if scores.isEmpty { (scores, targets) = (Array(repeating: [], count: rows.width), Array(repeating: [], count: rows.width)) }
        for sample in 0..<rows.count {
            samples += 1
            let place = sample * rows.width
            if rows.outputs[place..<place + rows.width].contains(where: { !$0.isFinite }) { nonFinite += 1 }
            for label in 0..<rows.width {
                let logit = rows.outputs[place + label], isTrue = rows.targets[place + label] > 0.5
                // What is no number ranks last.
                scores[label].append(logit.isFinite ? logit : -.infinity)
                targets[label].append(isTrue)
                guard logit.isFinite else { continue }
                finite += 1
                loss += max(logit, 0) - (isTrue ? logit : 0) + log1p(exp(-abs(logit)))
            }
        }
    }

    var evaluation: Evaluation {
        let classes = zip(scores, targets).map { own, truth in
            // A NaN logit counts as wrong.
            Evaluation.Class(samples: own.count, correct: zip(own, truth).count { $0 != -.infinity && ($0 > 0) == $1 })
        }
        let precisions = zip(scores, targets).map { Self.averagePrecision($0, $1) }
        let known = precisions.compactMap(\.self), decisions = classes.reduce(0) { $0 + $1.samples }
        return Evaluation(
            samples: samples, loss: loss / Double(max(1, finite)), classes: classes, nonFinite: nonFinite, task: .multilabel,
            value: known.isEmpty ? .nan : known.reduce(0, +) / Double(known.count),
            second: decisions > 0 ? Double(classes.reduce(0) { $0 + $1.correct }) / Double(decisions) : .nan, parts: precisions)
    }

    /// Σ (R_n − R_n−1) P_n over the distinct scores from the highest on, as scikit-learn's `average_precision_score`; nil for a label that no sample has.
    static func averagePrecision(_ scores: [Double], _ targets: [Bool]) -> Double? {
        let positives = targets.count(where: \.self)
        guard positives > 0 else { return nil }
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        var found = 0, seen = 0, area = 0.0, index = 0
        while index < order.count {
            let score = scores[order[index]]
            var hits = 0
            while index < order.count, scores[order[index]] == score {
                hits += targets[order[index]] ? 1 : 0
                index += 1
            }
            found += hits
            seen = index
            area += Double(hits) / Double(positives) * Double(found) / Double(seen)
        }
        return area
    }
}
