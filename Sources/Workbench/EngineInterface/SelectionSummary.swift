/// How a layer's fused neurons were chosen, where a method keeps some of the parents' own instead of mixing them.
public struct SelectionSummary: Equatable, Sendable {
    /// How many of each parent live on, and how many it has.
    public var kept: [Int]
    public var neurons: [Int]
    /// The share of all neurons' variation that a linear map of the first i kept ones leaves over; none where the method does not ask.
    public var errors: [Double]

    public init(kept: [Int], neurons: [Int], errors: [Double] = []) {
        self.kept = kept
        self.neurons = neurons
        self.errors = errors
    }

    public var leftOver: Double? { errors.last }

    /// `54+42`, or how many there are together where that is too long.
    func words(room: Int) -> String {
        let all = kept.map(String.init).joined(separator: "+")
        return all.count <= room ? all : "\(kept.reduce(0, +))"
    }

    func words(of parent: Int) -> String {
        kept.indices.contains(parent) && neurons.indices.contains(parent) ? "\(kept[parent]) of \(neurons[parent])" : "–"
    }
}
