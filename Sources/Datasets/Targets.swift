import Tensors

/// Targets of a data set other than one class per sample.
///
/// ```swift
/// let rows = try Targets(.multiLabel, shape: [3], values: [1, 0, 1,  0, 0, 0])      // two samples
/// ```
public struct Targets: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Any number of labels for each sample: [labels], each 0 or 1.
        case multiLabel = "multi-label"
        /// Real numbers: [outputs].
        case real
        /// A class for every pixel: [height, width]; ``ignored`` where a pixel does not count.
        case maps
        /// A token for every position: [positions]; ``ignored`` where a position does not count.
        case tokens

        /// Whether targets are numbers of classes, and some may be ``ignored``.
        package var holdsClasses: Bool { self == .maps || self == .tokens }
    }

    package let kind: Kind
    /// Of one sample's target.
    package let shape: [Int]
    /// Sample after sample.
    package let values: [Float]
    /// Samples.
    package let count: Int

    /// The value of pixels and tokens that do not count.
    package static let ignored: Float = -1

    /// Numbers of one sample's target.
    package var size: Int { shape.reduce(1, *) }

    /// The least number of classes in maps, or of tokens: one more than the largest; 0 for other kinds.
    package var classCount: Int { kind.holdsClasses ? Int(values.max() ?? -1) + 1 : 0 }

    /// - Parameters:
    ///   - shape: one axis, or height and width for maps; sizes are at least 1.
    ///   - values: sample after sample.
    package init(_ kind: Kind, shape: [Int], values: [Float]) throws(DatasetError) {
        let fault: String? =
            if shape.count != (kind == .maps ? 2 : 1) || !shape.allSatisfy({ (1...1 << 24).contains($0) })
                || !values.count.isMultiple(of: shape.reduce(1, *))
            {
                "targets of shape \(shape) do not match \(values.count) numbers"
            } else if let bad = values.first(where: { !$0.isFinite }) {
                "a target is \(bad)"
            } else if kind == .multiLabel, let bad = values.first(where: { $0 != 0 && $0 != 1 }) {
                "a multi-label entry is \(bad), but must be 0 or 1"
            } else if kind.holdsClasses,
                let bad = values.first(where: { $0 != Self.ignored && ($0 < 0 || $0 != $0.rounded() || $0 >= 16_777_216) })
            {
                kind == .maps ? "a pixel's class is \(bad)" : "a token is \(bad)"
            } else {
                nil
            }
        if let fault { throw .mismatch(file: "targets", reason: fault) }
        (self.kind, self.shape, self.values) = (kind, shape, values)
        count = values.count / shape.reduce(1, *)
    }

    private init(_ whole: Targets, values: [Float], count: Int) {
        (kind, shape, self.values, self.count) = (whole.kind, whole.shape, values, count)
    }

    /// Those of some samples, in this order.
    func selecting(_ places: [Int]) -> Targets {
        Targets(self, values: places.flatMap { values[$0 * size..<($0 + 1) * size] }, count: places.count)
    }
}

extension Dataset {
    /// What samples should be answered with, on the processor: of shape [count] and type i64 for classes, [count, height, width] and i64 for maps,
    /// [count, positions] and i64 for tokens (``Targets/ignored`` where one does not count), [count, numbers] and f32 for several labels and real numbers.
    ///
    /// - Throws: ``DatasetError/batch(dataset:reason:)`` where the samples have neither labels nor targets, or a position is none.
    public func targetBatch(_ positions: some Collection<Int>) throws(DatasetError) -> Tensor {
        try checkPositions(positions)
        guard isLabelled || targets != nil else { throw .batch(dataset: name, reason: "its samples have no labels") }
        return try lifting {
            guard let targets else {
                return try Tensor(shape: [positions.count], of: Int64.self) { buffer in
                    for (number, position) in positions.enumerated() { buffer[number] = Int64(labels[position]) }
                }
            }
            let shape = [positions.count] + targets.shape, size = targets.size
            guard targets.kind.holdsClasses else {
                return try Tensor(shape: shape, of: Float.self) { buffer in
                    for (number, position) in positions.enumerated() {
                        let start = targetStart(position, size: size)
                        for place in 0..<size { buffer[number * size + place] = targets.values[start + place] }
                    }
                }
            }
            return try Tensor(shape: shape, of: Int64.self) { buffer in
                for (number, position) in positions.enumerated() {
                    let start = targetStart(position, size: size)
                    for place in 0..<size { buffer[number * size + place] = Int64(targets.values[start + place]) }
                }
            }
        }
    }

    /// The kind of targets in words, for error messages.
    public var answersInWords: String {
        switch targets?.kind {
        case nil: isLabelled ? "one class for each sample" : "no labels"
        case .multiLabel: "several labels for each sample (rows of 0 and 1)"
        case .real: "real numbers to predict (regression)"
        case .maps: "a class for every pixel (segmentation)"
        case .tokens: "a token for every position"
        }
    }
}
