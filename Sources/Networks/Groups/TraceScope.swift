/// What a layer sees while its shapes and groups are followed: its parameters' shapes in, axes and costs out.
public struct TraceScope {
    public let layer: String
    let prefix: String?
    let shapes: [String: [Int]]
    var groups: GroupBuilder

    /// Multiply-adds for one sample.
    public var multiplyAdds = 0

    func fullName(_ parameter: String) -> String { prefix.map { $0.isEmpty ? parameter : "\($0).\(parameter)" } ?? parameter }

    /// The shape of an optional parameter, nil when the network has none.
    public func optionalShape(of parameter: String) -> [Int]? { shapes[fullName(parameter)] }

    public func shape(of parameter: String, rank: Int, as expected: String) throws(NetworkError) -> [Int] {
        guard let found = optionalShape(of: parameter) else {
            throw .missingParameter(name: fullName(parameter), layer: layer, present: shapes.keys.sorted())
        }
        guard found.count == rank, found.allSatisfy({ $0 > 0 }) else {
            throw .shape(layer: layer, parameter: fullName(parameter), expected: expected, found: found)
        }
        return found
    }

    /// Says that a vector parameter, if it is there, runs along `layout`.
    public mutating func attachVector(_ parameter: String, _ layout: AxisLayout) throws(NetworkError) {
        guard let found = optionalShape(of: parameter) else { return }
        guard found == [layout.length] else {
            throw .shape(layer: layer, parameter: fullName(parameter), expected: "\(layout.length)", found: found)
        }
        attach(parameter, axis: 0, layout)
    }

    /// Says that an axis of a parameter runs along `layout`.
    public mutating func attach(_ parameter: String, axis: Int, _ layout: AxisLayout) {
        groups.attach(fullName(parameter), axis: axis, layout)
    }

    /// A new neuron group, named after this layer.
    public mutating func newGroup(neurons: Int) -> AxisLayout {
        AxisLayout(group: groups.make(name: prefix ?? layer, neurons: neurons), neurons: neurons)
    }

    /// Says that two layouts index the same neurons, as the two sides of an addition do.
    public mutating func tie(_ first: AxisLayout, _ second: AxisLayout) throws(NetworkError) {
        try groups.tie(first, second, layer: layer)
    }

    public func oneInput(_ inputs: [Features]) throws(NetworkError) -> Features {
        guard inputs.count == 1, let input = inputs.first else {
            throw .input(layer: layer, expected: "one input", found: "\(inputs.count)")
        }
        return input
    }
}

/// Collects neuron groups; groups that are tied become one.
struct GroupBuilder {
    private(set) var names: [String] = []
    private(set) var neurons: [Int] = []
    private var parent: [Int] = []
    private(set) var axes: [String: [Int: AxisLayout]] = [:]

    mutating func make(name: String, neurons count: Int) -> Int {
        names.append(name)
        neurons.append(count)
        parent.append(parent.count)
        return parent.count - 1
    }

    func root(_ group: Int) -> Int {
        var group = group
        while parent[group] != group { group = parent[group] }
        return group
    }

    func resolved(_ layout: AxisLayout) -> AxisLayout {
        AxisLayout(layout.parts.map { AxisLayout.Part(group: root($0.group), neurons: $0.neurons, block: $0.block) })
    }

    mutating func attach(_ parameter: String, axis: Int, _ layout: AxisLayout) {
        axes[parameter, default: [:]][axis] = layout
    }

    mutating func tie(_ first: AxisLayout, _ second: AxisLayout, layer: String) throws(NetworkError) {
        guard first.parts.count == second.parts.count else {
            throw .input(layer: layer, expected: "inputs made of the same parts", found: "\(first.parts.count) and \(second.parts.count) parts")
        }
        for (one, other) in zip(first.parts, second.parts) {
            guard one.neurons == other.neurons, one.block == other.block else {
                throw .input(layer: layer, expected: "inputs of the same width", found: "\(one.neurons * one.block) and \(other.neurons * other.block)")
            }
            let (a, b) = (root(one.group), root(other.group))
            // The earlier group stays: groups keep the order in which the network makes them.
            if a != b { parent[max(a, b)] = min(a, b) }
        }
    }
}
