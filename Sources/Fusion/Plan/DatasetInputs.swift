import Datasets
import Tensors

/// The unlabelled samples of a data set, in a seeded order, as input of a method.
public struct DatasetInputs: InputSource {
    /// Where the samples come from.
    public let dataset: Dataset
    /// As notes call it: `mnist train`.
    public let name: String
    private let order: [Int]

    /// - Parameters:
    ///   - seed: draws the order; nil keeps the data set's own.
    ///   - spec: as which the data set was named; nil takes its own name.
    public init(_ dataset: Dataset, seed: UInt64?, spec: String? = nil) {
        self.dataset = dataset
        name = spec.flatMap { try? DataSpec($0).title(default: .train) } ?? dataset.name
        var order = Array(0..<dataset.count)
        if let seed {
            var generator = SeededGenerator(seed: seed)
            generator.shuffle(&order)
        }
        self.order = order
    }

    public var count: Int { dataset.count }
    public var isOfTokens: Bool { dataset.isOfTokens }
    public var inputLengths: [Int] { dataset.inputs.map(\.count) }
    public func inputs(_ range: Range<Int>) throws -> Tensor { try dataset.batch(order[range], next: order[range.upperBound...]) }
    public func labels(_ range: Range<Int>) throws -> [Int]? { !dataset.isLabelled ? nil : order[range].map { dataset.labels[$0] } }
}

extension DataSpec {
    /// In a sentence: `mnist train`, `pictures`.
    ///
    /// - Parameter part: where the spec names none.
    func title(default part: Split) -> String {
        switch kind {
        case .images, .arrays:
            [path.split(separator: "/").last.map(String.init) ?? kind.rawValue, split?.rawValue].compactMap(\.self).joined(separator: " ")
        default: "\(kind.rawValue) \((split ?? part).rawValue)"
        }
    }
}
