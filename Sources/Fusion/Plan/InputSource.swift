import Tensors

/// A source of samples: batches of inputs on demand, so that only one batch is in memory.
public protocol InputSource: Sendable {
    /// What the samples are, as a run names them.
    var name: String { get }
    /// The number of samples.
    var count: Int { get }
    /// The samples `range`, normalised, [range.count] + one sample's shape.
    func inputs(_ range: Range<Int>) throws -> Tensor
    /// Whether the samples are token ids: extra inputs are then spliced from two samples, not averaged.
    var isOfTokens: Bool { get }
    /// How many numbers of a sample belong to each of several inputs; empty for one.
    var inputLengths: [Int] { get }
    /// The true classes of the samples `range`, nil where they are not known.
    func labels(_ range: Range<Int>) throws -> [Int]?
}

extension InputSource {
    public var name: String { "the data given" }
    public var isOfTokens: Bool { false }
    public var inputLengths: [Int] { [] }
    public func labels(_ range: Range<Int>) throws -> [Int]? { nil }
}
