import Datasets
import Foundation
import Networks
import Tensors

/// A token for every position of a sequence.
struct TokenTally: OutputTally {
    let predicted: [Int] = []
    /// Of all positions that count, in nats.
    private var loss = 0.0
    private var correct = 0, tokens = 0, samples = 0, nonFinite = 0

    mutating func add(_ outputs: Tensor, _ positions: Range<Int>, of dataset: Dataset) throws {
        let targets = try dataset.targetBatch(positions)
        // [batch, vocabulary, positions]
        guard outputs.rank == 3, targets.rank == 2, outputs.shape[0] == positions.count, outputs.shape[2] == targets.shape[1] else {
            throw TrainingError.unfit(
                what: "tokens for \(targets.shape.last ?? 0) positions", data: "",
                network: "gives \(outputs.shape.dropFirst().map(String.init).joined(separator: "×"))")
        }
        samples += positions.count
        let logits = try outputs.moved(to: .cpu).converted(to: .float64), vocabulary = logits.shape[1], length = targets.shape[1]
        let truth = try targets.contiguous().array(of: Int64.self)
        if let token = truth.first(where: { $0 != PredictionTask.ignoredPixel && !(0..<Int64(vocabulary)).contains($0) }) {
            throw TrainingError.unfit(what: "the token \(token)", data: "", network: "has \(vocabulary)")
        }
        let scores = try logits.logSoftmax(axis: 1)
        // Of the true token, [batch, positions]; ignored positions ask for token 0.
        let asked = try Tensor(truth.map { max(0, $0) }, shape: [positions.count, 1, length])
        let said = try scores.elements(at: asked, axis: 1).reshaped([-1]).contiguous().array(of: Double.self)
        let best = try scores.largestIndex(axis: 1).reshaped([-1]).contiguous().array(of: Int64.self)
        for sample in 0..<positions.count {
            var isFinite = true
            for place in sample * length..<(sample + 1) * length where truth[place] != PredictionTask.ignoredPixel {
                tokens += 1
                guard said[place].isFinite else {
                    isFinite = false
                    continue
                }
                loss -= said[place]
                correct += best[place] == truth[place] ? 1 : 0
            }
            if !isFinite { nonFinite += 1 }
        }
    }

    var evaluation: Evaluation {
        let mean = tokens == 0 ? .nan : nonFinite > 0 ? .infinity : loss / Double(tokens)
        return Evaluation(
            samples: samples, loss: mean, nonFinite: nonFinite, task: .nextToken, value: exp(mean),
            second: tokens > 0 ? Double(correct) / Double(tokens) : .nan)
    }
}
