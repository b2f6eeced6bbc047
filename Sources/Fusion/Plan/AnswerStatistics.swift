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
}
