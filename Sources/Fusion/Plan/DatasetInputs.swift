import Datasets
import Tensors

/// A data set as what a method may look at: a seeded choice of its samples, in a fixed order.
public struct DatasetInputs: InputSource {
    public let dataset: Dataset
    private let order: [Int]

    /// - Parameters:
    ///   - seed: draws the order; nil keeps the data set's own.
    public init(_ dataset: Dataset, seed: UInt64?) {
        self.dataset = dataset
        var order = Array(0..<dataset.count)
        if let seed {
            var generator = SeededGenerator(seed: seed)
            generator.shuffle(&order)
        }
        self.order = order
    }

    public var count: Int { dataset.count }
    public func inputs(_ range: Range<Int>) throws -> Tensor { try dataset.batch(Array(order[range])) }
    public func labels(_ range: Range<Int>) throws -> [Int]? { !dataset.isLabelled ? nil : order[range].map { dataset.labels[$0] } }
}
