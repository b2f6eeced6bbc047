import Fusion
import Networks
import Tensors

/// The published program over again, the long way: the wide network is built, every weight of it looked at, and group after group cut.
/// It shares the wide network with the engine, and nothing of how neurons are scored and kept.
struct TransplantationReference {
    /// What was kept of each selectable group, by its place among them.
    private(set) var kept: [[Int]]
    /// The cut network's parameters.
    private(set) var parameters: [String: Tensor] = [:]

    /// - Parameter order: places of groups in the order in which they are cut.
    init(_ parents: [Network], ratio: Double, snapshot: Bool, order: [Int]) throws {
        let network = try WideNetwork(parents: parents).network()
        let groups = network.groups.selectable
        kept = groups.map { Array(0..<$0.neurons) }
        var places: [Int: Int] = [:]
        for (place, group) in groups.enumerated() { places[group.id] = place }
        let untouched = kept
        for place in order {
            let scores = try Self.scores(of: groups[place], in: network, alive: snapshot ? untouched : kept, places)
            let count = Int(Double(scores.count) * (1 - ratio))
            let weakest = Set(scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }.prefix(scores.count - count))
            kept[place] = scores.indices.filter { !weakest.contains($0) }
        }
        for name in network.parameterNames {
            var value = try network.parameter(name)
            for (axis, layout) in network.groups.selectableLayouts(of: name) {
                let entries = Self.entries(layout, alive: kept, places).enumerated().filter(\.element).map(\.offset)
                value = try value.gathered(axis: axis, Tensor(entries))
            }
            parameters[name] = value
        }
    }

    /// Whether each entry of an axis belongs to a neuron that is still there.
    private static func entries(_ layout: AxisLayout, alive: [[Int]], _ places: [Int: Int]) -> [Bool] {
        layout.parts.flatMap { part -> [Bool] in
            let kept = places[part.group].map { Set(alive[$0]) }
            return (0..<part.neurons).flatMap { [Bool](repeating: kept?.contains($0) ?? true, count: part.block) }
        }
    }

    /// The mean over the sides of layers of the sums of squares, one weight at a time.
    private static func scores(of group: NeuronGroup, in network: Network, alive: [[Int]], _ places: [Int: Int]) throws -> [Double] {
        var sums = [Double](repeating: 0, count: group.neurons), sides: Set<[String]> = []
        for axis in group.axes where axis.parameter.hasSuffix("weight") {
            let value = try network.parameter(axis.parameter)
            let weights = try value.array(of: Float.self)
            var flags = value.shape.map { [Bool](repeating: true, count: $0) }
            for (other, layout) in network.groups.selectableLayouts(of: axis.parameter) where other != axis.axis {
                flags[other] = entries(layout, alive: alive, places)
            }
            for (index, weight) in weights.enumerated() {
                var left = index, isAlive = true, entry = 0
                for dimension in value.shape.indices.reversed() {
                    let position = left % value.shape[dimension]
                    left /= value.shape[dimension]
                    if dimension == axis.axis { entry = position - axis.offset }
                    if !flags[dimension][position] { isAlive = false }
                }
                if isAlive, (0..<group.neurons * axis.block).contains(entry) { sums[entry / axis.block] += Double(weight) * Double(weight) }
            }
            sides.insert([axis.parameter, "\(axis.axis)"])
        }
        return sums.map { $0 / Double(max(1, sides.count)) }
    }
}
