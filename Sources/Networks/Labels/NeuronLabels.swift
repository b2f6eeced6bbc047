/// Which neuron each entry of an axis is: a label for each, in order. Entries with one label are the same neuron.
///
/// ``fixed`` stands for entries that keep their place (what comes in, positions), ``constant`` for values that no weight depends on.
public struct NeuronLabels: Sendable, Equatable {
    static let fixed = 0
    static let constant = -1

    var entries: [Int]

    init(_ entries: [Int]) { self.entries = entries }

    /// One axis after the other.
    public init(joining parts: [NeuronLabels]) { entries = parts.flatMap(\.entries) }

    /// Entries on the axis.
    public var length: Int { entries.count }

    /// Every entry repeated: the axis after each channel's positions were laid out in a row.
    public func blown(up factor: Int) -> NeuronLabels {
        factor == 1 ? self : NeuronLabels(entries.flatMap { repeatElement($0, count: factor) })
    }

    /// Entries that keep their place.
    static func fixed(_ length: Int) -> NeuronLabels { NeuronLabels([Int](repeating: fixed, count: length)) }
}
