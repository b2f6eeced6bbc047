import Foundation
import Networks
import Tensors

extension AnswerStatistics {
    /// Samples that the statistics are measured on, at most.
    package static let samples = 1000
    /// Classes of which shares are kept, at most.
    private static let classes = 10_000

    /// Measured on the first samples of a source; nil where the outputs are not those of one class.
    package init?(of network: Network, on source: any InputSource, control: FusionControl = FusionControl()) throws {
        let classes = network.trace.outputWidth
        guard network.task == .classification, network.outputShape.count == 1, classes > 1, classes <= Self.classes, source.count > 0 else {
            return nil
        }
        var tally = AnswerTally(classes: classes)
        try SampleBatches(
            TypedInputs(source: source, dtype: network.dtype), atMost: Self.samples, size: 200, method: "statistics of answers"
        ).forEach(control) { (x, _) in
            try tally.add(network.logits(x, [:]).converted(to: .float64).softmax(axis: 1))
        }
        guard let statistics = tally.statistics else { return nil }
        self = statistics
    }
}

/// Sums over rows of probabilities.
struct AnswerTally {
    private let classes: Int
    private var confidence = 0.0
    private var entropy = 0.0
    private var named: [Double]
    private var rows = 0

    init(classes: Int) {
        self.classes = classes
        named = [Double](repeating: 0, count: classes)
    }

    /// - Parameter probabilities: [batch, classes], f64.
    mutating func add(_ probabilities: Tensor) throws {
        rows += probabilities.shape[0]
        confidence += try probabilities.largest(axis: 1).sum().item()
        entropy -= try (probabilities * probabilities.clamped(from: 1e-12, to: 1).logarithm()).sum().item()
        for label in try probabilities.largestIndex(axis: 1).array(of: Int.self) where named.indices.contains(label) { named[label] += 1 }
    }

    /// Nil where there were no rows, or the answers are no numbers.
    var statistics: AnswerStatistics? {
        guard rows > 0 else { return nil }
        let count = Double(rows)
        return AnswerStatistics(
            confidence: confidence / count, entropy: max(0, entropy / count / log(Double(classes))), shares: named.map { $0 / count })
    }
}
