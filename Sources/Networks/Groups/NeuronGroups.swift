/// A set of parameter axes that index the same neurons: the output axis of the producers, the input axes of the readers, the
/// normalisation parameters between them. Permuting all of them alike leaves the network's function unchanged.
public struct NeuronGroup: Sendable, Equatable, Identifiable {
    public enum Role: String, Sendable {
        /// The input's channels and the classes keep their order; hidden neurons have none.
        case input, hidden, classes
    }

    /// A run of entries on one axis of one parameter.
    public struct Axis: Sendable, Equatable {
        public let parameter: String
        public let axis: Int
        /// Where the group's first neuron begins.
        public let offset: Int
        /// Consecutive entries of one neuron.
        public let block: Int
    }

    public let id: Int
    /// The name of the first layer that produces it.
    public let name: String
    /// The number of neurons.
    public let neurons: Int
    public let role: Role
    public let axes: [Axis]
    /// The nodes whose parameters produce the group, in order: their weights' output axis is the group.
    public let producers: [String]
    /// The node where the group's values can be read before the nonlinearity, and the one after it.
    public let tap: String?
    public let activation: String?
}

/// Every neuron group of a network, in the order in which the network computes them.
public struct NeuronGroups: Sendable {
    public let all: [NeuronGroup]
    /// For each parameter, the layout of each of its axes that indexes neurons.
    public let layouts: [String: [Int: AxisLayout]]

    public var hidden: [NeuronGroup] { all.filter { $0.role == .hidden } }
    public var classes: NeuronGroup? { all.first { $0.role == .classes } }

    public func named(_ name: String) throws(NetworkError) -> NeuronGroup {
        guard let group = all.first(where: { $0.name == name }) else { throw .noSuchGroup(name: name, groups: all.map(\.name)) }
        return group
    }

    init(_ builder: GroupBuilder, architecture: Architecture, features: [String: Features], parameterNames: [String]) throws(NetworkError) {
        guard let output = features[architecture.output.id] else { throw .graph(reason: "it has no output") }
        let classRoots = Set(builder.resolved(output.layout).parts.map(\.group))
        let layouts = builder.axes.mapValues { $0.mapValues { builder.resolved($0) } }
        let resolved = features.mapValues { builder.resolved($0.layout) }

        var groups: [NeuronGroup] = []
        for id in builder.names.indices where builder.root(id) == id {
            var axes: [NeuronGroup.Axis] = []
            for parameter in parameterNames {
                for axis in (layouts[parameter] ?? [:]).keys.sorted() {
                    var offset = 0
                    for part in layouts[parameter]?[axis]?.parts ?? [] {
                        if part.group == id { axes.append(NeuronGroup.Axis(parameter: parameter, axis: axis, offset: offset, block: part.block)) }
                        offset += part.neurons * part.block
                    }
                }
            }
            let whole = AxisLayout(group: id, neurons: builder.neurons[id])
            let nodes = architecture.nodes.filter { resolved[$0.id] == whole }
            let producers = nodes.filter { node in
                node.prefix.map { prefix in layouts["\(prefix).weight"]?[0] == whole && layouts["\(prefix).weight"]?[1] != nil } ?? false
            }.map(\.id)
            let tap = producers.last
            let after = tap.flatMap { tap in nodes.firstIndex { $0.id == tap } } ?? 0
            groups.append(NeuronGroup(
                id: id, name: builder.names[id], neurons: builder.neurons[id],
                role: id == 0 ? .input : classRoots.contains(id) ? .classes : .hidden,
                axes: axes, producers: producers, tap: tap,
                activation: nodes.dropFirst(after).first { $0.layer.isActivation }?.id))
        }
        all = groups
        self.layouts = layouts
    }
}
