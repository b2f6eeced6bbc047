/// What flows between two layers, for one sample: a shape, and which neurons its channels are.
public struct Features: Sendable, Equatable {
    /// [width], [channels, height, width] or [tokens, width].
    public var shape: [Int]
    /// The neurons along `axis`.
    public var layout: AxisLayout
    /// The axis of `shape` that indexes neurons: the first of an image, the last of tokens.
    public var axis: Int

    public init(shape: [Int], layout: AxisLayout, axis: Int = 0) {
        self.shape = shape
        self.layout = layout
        self.axis = axis
    }

    /// The number of channels, or the width.
    public var channels: Int { shape.indices.contains(axis) ? shape[axis] : 0 }

    /// Whether this is an image, [channels, height, width].
    public var isImage: Bool { shape.count == 3 && axis == 0 }

    /// Whether this is a row of tokens, [tokens, width].
    public var isTokens: Bool { shape.count == 2 && axis == 1 }

    /// Values of one sample that no network has; shapes beyond it come from a slip in an architecture file.
    static let largest = 1 << 32

    /// The number of values; nil where there are more than any network has.
    static func count(_ shape: [Int]) -> Int? {
        var count = 1
        for length in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow, (1...largest).contains(product) else { return nil }
            count = product
        }
        return count
    }

    /// Everything in one row, in row-major order: a channel becomes a block of its positions, tokens repeat the width.
    var flattened: Features {
        let before = shape[..<axis].reduce(1, *), after = shape[(axis + 1)...].reduce(1, *)
        let parts = layout.blown(up: after).parts
        return Features(shape: [shape.reduce(1, *)], layout: AxisLayout((0..<before).flatMap { _ in parts }))
    }

    var description: String {
        if shape.count == 1 { return "\(shape[0]) values" }
        return NetworkError.shape(shape) + (isTokens ? " (tokens × width)" : " (channels × height × width)")
    }
}

/// Which neurons an axis indexes: consecutive parts, each a neuron group whose neurons take `block` consecutive entries.
///
/// A linear layer's output is one part with block 1. A flatten turns each channel into a block of positions; a concatenation
/// gives several parts, and so do attention heads.
public struct AxisLayout: Sendable, Equatable {
    public struct Part: Sendable, Equatable {
        public var group: Int
        public var neurons: Int
        public var block: Int

        /// Entries on the axis.
        public var length: Int { neurons * block }
    }

    public var parts: [Part]

    public init(_ parts: [Part]) { self.parts = parts }

    public init(group: Int, neurons: Int, block: Int = 1) { parts = [Part(group: group, neurons: neurons, block: block)] }

    /// One layout after the other.
    public init(joining layouts: [AxisLayout]) { parts = layouts.flatMap(\.parts) }

    /// Entries on the axis.
    public var length: Int { parts.reduce(0) { $0 + $1.length } }

    /// Every entry repeated: the layout after each channel's positions were laid out in a row.
    func blown(up factor: Int) -> AxisLayout {
        AxisLayout(parts.map { Part(group: $0.group, neurons: $0.neurons, block: $0.block * factor) })
    }
}
