import Fusion
import Networks
import Tensors

/// The published program over again, the long way: the wide network is built, scored with plain loops over its weights, and cut group by
/// group. It shares the wide network and the order of groups with the engine, and nothing else.
struct TransplantationReference {
    private(set) var network: Network
    /// What was kept of each group when its turn came, by the group's name.
    private(set) var kept: [String: [Int]] = [:]

    /// - Parameter order: names of the groups in the order in which they are cut.
    init(_ parents: [Network], ratio: Double, snapshot: Bool, order: [String]) throws {
        network = try WideNetwork(parents: parents).network()
        let untouched = network
        for name in order {
            let scores = try Self.scores(of: name, in: snapshot ? untouched : network)
            let count = Int(Double(scores.count) * (1 - ratio))
            let weakest = Set(scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }.prefix(scores.count - count))
            let kept = scores.indices.filter { !weakest.contains($0) }
            self.kept[name] = kept
            network = try network.carried(along: [network.groups.named(name).id: .selection(kept)])
        }
    }

    /// The mean over the group's axes of the sums of squares, one weight at a time.
    private static func scores(of name: String, in network: Network) throws -> [Double] {
        let group = try network.groups.named(name)
        var sums = [Double](repeating: 0, count: group.neurons), members = 0
        for axis in group.axes where axis.parameter.hasSuffix("weight") {
            let value = try network.parameter(axis.parameter)
            let weights = try value.array(of: Float.self)
            let inner = value.shape[(axis.axis + 1)...].reduce(1, *), length = value.shape[axis.axis]
            for (index, weight) in weights.enumerated() {
                let place = index / inner % length - axis.offset
                if (0..<group.neurons * axis.block).contains(place) { sums[place / axis.block] += Double(weight) * Double(weight) }
            }
            members += 1
        }
        return sums.map { $0 / Double(max(1, members)) }
    }
}
