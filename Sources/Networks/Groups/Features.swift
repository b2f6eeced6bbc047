/// What flows between two layers, for one sample: a shape, and which neurons its channels are.
public struct Features: Sendable, Equatable {
    /// [width], or [channels, height, width].
    public var shape: [Int]
    /// The neurons along the first axis.
    public var layout: AxisLayout

    /// The number of channels, or the width.
    public var channels: Int { shape.first ?? 0 }

    /// Positions of each channel.
    public var area: Int { shape.dropFirst().reduce(1, *) }

    var description: String {
        shape.count == 1 ? "\(shape[0]) values" : NetworkError.shape(shape) + " (channels × height × width)"
    }
}

/// Which neurons an axis indexes: consecutive parts, each a neuron group whose neurons take `block` consecutive entries.
///
/// A linear layer's output is one part with block 1. A flatten turns each channel into a block of positions; a concatenation
/// gives several parts.
public struct AxisLayout: Sendable, Equatable {
    public struct Part: Sendable, Equatable {
        public var group: Int
        public var neurons: Int
        public var block: Int
    }

    public var parts: [Part]

    public init(_ parts: [Part]) { self.parts = parts }

    public init(group: Int, neurons: Int, block: Int = 1) { parts = [Part(group: group, neurons: neurons, block: block)] }

    /// Entries on the axis.
    public var length: Int { parts.reduce(0) { $0 + $1.neurons * $1.block } }

    /// Every entry repeated: the layout after each channel's positions were laid out in a row.
    func blown(up factor: Int) -> AxisLayout {
        AxisLayout(parts.map { Part(group: $0.group, neurons: $0.neurons, block: $0.block * factor) })
    }
}
