import Foundation
import Networks
import Tensors

/// What a network answers on data that it knows: how sure it is, and which classes it names.
///
/// Amalgam saves the statistics of a trained network with its parameters, so that a later fusion can tell samples that no parent knows.
package struct AnswerStatistics: Sendable, Equatable {
    /// The mean probability of the class named.
    package let confidence: Double
    /// The mean entropy of the probabilities, as a share of the largest, log C.
    package let entropy: Double
    /// The share of the answers that name each class.
    package let shares: [Double]

    /// The metadata key: confidence, entropy and the shares, separated by commas.
    package static let key = "amalgam.answers"

    /// Samples that the statistics are measured on, at most.
    package static let samples = 1000
    /// Classes of which shares are kept, at most.
    private static let classes = 10_000

    package init?(confidence: Double, entropy: Double, shares: [Double]) {
        let all = [confidence, entropy] + shares, total = shares.reduce(0, +)
        guard shares.count > 1, all.allSatisfy({ (0...1.000001).contains($0) }), abs(total - 1) < 0.01 else { return nil }
        self.confidence = confidence
        self.entropy = entropy
        self.shares = shares
    }

    /// What a checkpoint says; nil for anything else, and for another number of classes.
    package init?(text: String, classes: Int) {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }, known = numbers.compactMap { $0 }
        guard known.count == numbers.count, known.count == classes + 2 else { return nil }
        self.init(confidence: known[0], entropy: known[1], shares: Array(known[2...]))
    }

    /// The same with the classes in another order; nil where that is not one of all of them.
    ///
    /// - Parameter order: new class i is the old class `order[i]`.
    package func reordered(_ order: [Int]) -> AnswerStatistics? {
        guard order.sorted() == Array(shares.indices) else { return nil }
        return AnswerStatistics(confidence: confidence, entropy: entropy, shares: order.map { shares[$0] })
    }

    package var text: String {
        ([confidence, entropy] + shares).map { "\(Double(Int(($0 * 1e6).rounded())) / 1e6)" }.joined(separator: ",")
    }

    /// The mean of several; nil unless all are known.
    package static func mean(_ all: [AnswerStatistics?]) -> AnswerStatistics? {
        let known = all.compactMap(\.self)
        guard let first = known.first, known.count == all.count, known.allSatisfy({ $0.shares.count == first.shares.count }) else {
            return nil
        }
        let count = Double(known.count)
        return AnswerStatistics(
            confidence: known.reduce(0) { $0 + $1.confidence } / count, entropy: known.reduce(0) { $0 + $1.entropy } / count,
            shares: first.shares.indices.map { label in known.reduce(0) { $0 + $1.shares[label] } / count })
    }

    /// Measured on the first samples of a source; nil where the outputs are not those of one class.
    package init?(of network: Network, on source: any InputSource, control: FusionControl = FusionControl()) throws {
        let classes = network.trace.outputWidth
        guard network.task == .classification, network.outputShape.count == 1, classes > 1, classes <= Self.classes, source.count > 0 else {
            return nil
        }
        var tally = AnswerTally(classes: classes)
        try SampleBatches(TypedInputs(source: source, dtype: network.dtype), atMost: Self.samples, size: 200, method: "statistics of answers").forEach(control) { (x, _) in
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
