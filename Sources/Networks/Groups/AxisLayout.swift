/// Which neurons an axis indexes: consecutive parts, each a neuron group whose neurons take `block` consecutive entries.
///
/// A linear layer's output is one part with block 1. A flatten turns each channel into a block of positions; a concatenation
/// gives several parts, and so do attention heads.
public struct AxisLayout: Sendable, Equatable {
    public struct Part: Sendable, Equatable {
        /// The group's id; −1 for entries of no group, which keep their place.
        public var group: Int
        public var neurons: Int
        public var block: Int

        /// Entries on the axis.
        public var length: Int { neurons * block }
    }

    public var parts: [Part]
    /// Where the parts' entries stand on the axis, when not one after another: the place of each. A channel shuffle interleaves them.
    public let order: [Int]?

    public init(_ parts: [Part], order: [Int]? = nil) {
        self.parts = parts
        self.order = order
    }

    public init(group: Int, neurons: Int, block: Int = 1) { self.init([Part(group: group, neurons: neurons, block: block)]) }

    /// One layout after the other.
    init(joining layouts: [AxisLayout]) { self.init(layouts.flatMap(\.parts)) }

    /// Entries on the axis.
    public var length: Int { parts.reduce(0) { $0 + $1.length } }

    /// Every entry repeated: the layout after each channel's positions were laid out in a row.
    func blown(up factor: Int) -> AxisLayout {
        AxisLayout(parts.map { Part(group: $0.group, neurons: $0.neurons, block: $0.block * factor) })
    }
}

extension AxisLayout {
    /// The parts with the entry at which each begins, in the parts' order.
    var placed: [(part: Part, offset: Int)] {
        var offset = 0
        return parts.map { part in
            defer { offset += part.length }
            return (part, offset)
        }
    }
}
