/// A set of parameter axes that index the same neurons: the output axis of the producers, the input axes of the readers, the
/// normalisation parameters between them. Permuting all of them alike leaves the network's function unchanged.
public struct NeuronGroup: Sendable, Equatable, Identifiable {
    public enum Role: String, Sendable {
        /// The input's channels and the classes keep their order; hidden neurons have none. Fixed neurons lie inside, but are told apart by
        /// what reads them: positions, entries of a table, what an unknown operation touches.
        case input, hidden, classes, fixed
    }

    /// A run of entries on one axis of one parameter.
    public struct Axis: Sendable, Equatable {
        /// The name of the parameter.
        public let parameter: String
        /// Which of its axes.
        public let axis: Int
        /// Where the group's first neuron begins, in the order of the axis's parts.
        public let offset: Int
        /// Consecutive entries of one neuron.
        public let block: Int
    }

    /// Where the group's values are computed: a run of a node's neuron axis.
    public struct Reading: Sendable, Equatable {
        public let node: String
        /// Where the group's first neuron begins, and how many entries each takes.
        public let offset: Int
        public let block: Int

        public init(node: String, offset: Int, block: Int) {
            self.node = node
            self.offset = offset
            self.block = block
        }
    }

    public let id: Int
    /// The name of the first layer that produces it, with the part of its output where it is not all of it.
    public let name: String
    /// The number of neurons.
    public let neurons: Int
    /// Whether the neurons are hidden, classes or inputs.
    public let role: Role
    public let axes: [Axis]
    /// Those of the axes along which the group is computed: its incoming weights, embeddings added to it.
    public let incoming: [Axis]
    /// The nodes whose parameters produce the group and nothing else, in order: their weights' output axis is the group.
    public let producers: [String]
    /// The node whose whole output is the group before the nonlinearity, and the one after it.
    public let tap: String?
    public let activation: String?
    /// The first place where the group's values can be read, which may be a part of a node's output.
    public let reading: Reading?
    /// For a group whose neurons are themselves groups (attention heads): the ids of what each holds, one list for each neuron.
    public let members: [[Int]]

    /// Whether its neurons keep their order, whatever a fusion does: the input's, and those that are told apart.
    package var keepsOrder: Bool { role == .input || role == .fixed }

    /// Whether the group's neurons are blocks of other groups' neurons, such as attention heads.
    public var isHeadGroup: Bool { !members.isEmpty }
}

/// Every neuron group of a network, in the order in which the network computes them; head groups (attention heads) after the groups
/// they are made of.
public struct NeuronGroups: Sendable {
    /// In the order in which the network computes them.
    public let all: [NeuronGroup]
    /// For each parameter, the layout of each of its axes that indexes neurons.
    public let layouts: [String: [Int: AxisLayout]]
    /// For each node, the layout of its output's neuron axis.
    public let outputs: [String: AxisLayout]
    /// For each parameter and axis, where the neurons of head groups stand.
    let headGroupRuns: [String: [Int: [HeadGroupRun]]]

    /// The group with an id; ids are places in `all`.
    public subscript(id: Int) -> NeuronGroup? { all.indices.contains(id) ? all[id] : nil }

    /// The groups between input and output.
    public var hidden: [NeuronGroup] { all.filter { $0.role == .hidden } }
    /// The group of the outputs.
    public var classes: NeuronGroup? { all.first { $0.role == .classes } }

    /// The group of a name, or of the number that `inspect` shows.
    public func named(_ name: String) throws(NetworkError) -> NeuronGroup {
        guard let group = all.first(where: { $0.name == name }) else { throw .noSuchGroup(name: name, groups: all.map(\.name)) }
        return group
    }

    init(
        _ partition: LabelPartition, _ store: LabelStore, architecture: Architecture, features: [String: Features],
        layers: [NetworkTrace.Layer]
    ) throws {
        guard let output = features[architecture.output.id], let input = features[Architecture.input] else {
            throw NetworkError.graph(reason: "it has no output")
        }
        let layouts = store.axes.mapValues { $0.mapValues { partition.layout(of: $0) } }
        let outputs = features.mapValues { partition.layout(of: $0.layout) }
        let inputIds = partition.groups(of: input.batched.labels.entries), classIds = partition.groups(of: output.batched.labels.entries)

        // Every place of every group, found in one pass.
        var axes = [[NeuronGroup.Axis]](repeating: [], count: partition.classes.count), incoming = axes
        for parameter in layers.flatMap(\.parameters) where !parameter.isShared {
            for (axis, layout) in (layouts[parameter.fullName] ?? [:]).sorted(by: { $0.key < $1.key }) {
                for (part, offset) in layout.placed where part.group >= 0 {
                    let place = NeuronGroup.Axis(parameter: parameter.fullName, axis: axis, offset: offset, block: part.block)
                    axes[part.group].append(place)
                    if parameter.outputAxis == axis { incoming[part.group].append(place) }
                }
            }
        }
        var readings = [NeuronGroup.Reading?](repeating: nil, count: partition.classes.count)
        var nodes = [[Architecture.Node]](repeating: [], count: partition.classes.count)
        for node in architecture.nodes {
            // What varies along several axes, or stands in another order, cannot be read.
            guard let layout = outputs[node.id], layout.order == nil, features[node.id]?.isReadable == true else { continue }
            for (part, offset) in layout.placed where part.group >= 0 && readings[part.group] == nil {
                readings[part.group] = NeuronGroup.Reading(node: node.id, offset: offset, block: part.block)
            }
            if layout.parts.count == 1, layout.parts[0].block == 1, layout.parts[0].group >= 0 { nodes[layout.parts[0].group].append(node) }
        }
        var groups: [NeuronGroup] = []
        for (id, found) in partition.classes.enumerated() {
            let whole = AxisLayout(group: id, neurons: found.roots.count)
            let producers = nodes[id].filter { node in
                node.parameterName("weight").map { layouts[$0]?[0] == whole && layouts[$0]?[1] != nil } ?? false
            }.map(\.id)
            let tap = producers.last
            let after = nodes[id].firstIndex { $0.id == tap } ?? 0
            groups.append(
                NeuronGroup(
                    id: id, name: found.name, neurons: found.roots.count,
                    role: inputIds.contains(id) ? .input : classIds.contains(id) ? .classes : found.isFixed ? .fixed : .hidden,
                    axes: axes[id], incoming: incoming[id], producers: producers, tap: tap,
                    activation: nodes[id].dropFirst(after).first { $0.layer.isActivation }?.id, reading: readings[id], members: []))
        }

        var runs: [String: [Int: [HeadGroupRun]]] = [:]
        let apart = HeadGroupMembers.permutable(store, partition)
        for (headGroup, sequences) in apart {
            let found = HeadGroupRun.all(of: sequences, in: layouts, headGroup: groups.count)
            guard let found, let first = sequences.first else { continue }
            let members = HeadGroupMembers.members(of: sequences)
            guard members.joined().allSatisfy({ groups.indices.contains($0) && groups[$0].role == .hidden }) else { continue }
            var places: [NeuronGroup.Axis] = []
            for name in layers.flatMap({ $0.parameters.filter { !$0.isShared }.map(\.fullName) }) {
                for (axis, found) in (found[name] ?? [:]).sorted(by: { $0.key < $1.key }) {
                    runs[name, default: [:]][axis, default: []] += found
                    for run in found { places.append(NeuronGroup.Axis(parameter: name, axis: axis, offset: run.offset, block: run.block)) }
                }
            }
            groups.append(
                NeuronGroup(
                    id: groups.count, name: headGroup.name, neurons: first.count, role: .hidden, axes: places, incoming: [], producers: [],
                    tap: headGroup.tap,
                    activation: nil, reading: headGroup.tap.map { NeuronGroup.Reading(node: $0, offset: 0, block: first[0].length) },
                    members: members))
        }
        all = groups
        self.layouts = layouts
        self.outputs = outputs
        headGroupRuns = runs
    }
}
