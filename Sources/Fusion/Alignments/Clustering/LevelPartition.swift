import Networks

/// A network cut into levels: runs of layers such that everything after a cut is computed from the value at the cut alone.
struct LevelPartition: Sendable {
    struct Level: Sendable {
        /// Where the level's input is read: the network's input, or the end of the level before.
        let start: String
        /// The node whose output the level gives.
        let end: String
        /// Names of the trained parameters between.
        let parameters: [String]
    }

    let levels: [Level]

    /// Levels that end at linear maps, convolutions (with their batch normalisation) and residual sums, wherever the network can be cut;
    /// `merging` of them at a time make one.
    init(of network: Network, stage: ActivationStage, merging: Int) throws {
        let nodes = network.architecture.nodes
        let outputs = Set(RegressionUnit.all(of: network).map(\.output))
        var ends: [String] = []
        for (index, node) in nodes.enumerated()
        where Self.isCut(index, nodes) && Self.tie(across: index, network) == nil && (outputs.contains(node.id) || node.layer is Add) {
            let reader = nodes.first { $0.sources == [node.id] && $0.layer.isActivation }
            ends.append(stage == .after ? reader?.id ?? node.id : node.id)
        }
        let logits = network.logitNode.id
        let hidden = ends.filter { $0 != logits }
        let kept = hidden.enumerated().filter { ($0.offset + 1) % max(1, merging) == 0 }.map(\.element)
        try self.init(of: network, ends: kept + [logits])
    }

    /// Levels with given ends, in the order of the network; the last is its logits.
    ///
    /// - Throws: `unsuitable`, which names the layers that a level could end at.
    init(of network: Network, ends: [String]) throws {
        let nodes = network.architecture.nodes
        var levels: [Level] = [], start = Architecture.input, last = -1
        let possible = "; levels of this network can end at \(Self.possibleEnds(of: network).joined(separator: ", "))"
        guard ends.last == network.logitNode.id else {
            throw FusionError.unsuitable(
                reason: "the last level must end at the logits, \(network.logitNode.id), not at \(ends.last ?? "(nothing)")\(possible)")
        }
        for end in ends {
            guard let index = nodes.firstIndex(where: { $0.id == end }) else {
                throw FusionError.unsuitable(reason: "no level can end at “\(end)”: there is no such layer\(possible)")
            }
            guard index != last else { throw FusionError.unsuitable(reason: "the level end \(end) is named twice") }
            guard index > last else {
                throw FusionError.unsuitable(reason: "the level ends are not in the order of the network: \(end) comes too late\(possible)")
            }
            guard Self.isCut(index, nodes) else {
                throw FusionError.unsuitable(
                    reason:
                        "no level can end at \(end): later layers read values from before it (a residual path leads around it)\(possible)")
            }
            if let tie = Self.tie(across: index, network) {
                throw FusionError.unsuitable(
                    reason: "no level can end at \(end): layers before and behind it share \(tie), which can be fitted only once\(possible)"
                )
            }
            let between = nodes[(last + 1)...index]
            let names = network.trace.layers.filter { layer in between.contains { $0.id == layer.id } }
                .flatMap { $0.parameters.filter { $0.role == .trained && !$0.isShared }.map(\.fullName) }
            // A stretch without parameters belongs to what follows.
            if names.isEmpty, end != ends.last { continue }
            levels.append(Level(start: start, end: end, parameters: names))
            (start, last) = (end, index)
        }
        self.levels = levels
    }

    /// The layers at which a level could end, the logits last.
    private static func possibleEnds(of network: Network) -> [String] {
        let nodes = network.architecture.nodes, logits = nodes.firstIndex { $0.id == network.logitNode.id } ?? nodes.count - 1
        return nodes.indices.filter { $0 <= logits && isCut($0, nodes) && tie(across: $0, network) == nil }.map { nodes[$0].id }
    }

    /// A parameter that layers on both sides of a node's end share.
    private static func tie(across index: Int, _ network: Network) -> String? {
        let layers = network.trace.layers
        let before = Set(layers[...index].flatMap { $0.parameters.map(\.fullName) })
        return layers[(index + 1)...].flatMap(\.parameters).first { $0.isShared && before.contains($0.fullName) }?.fullName
    }

    /// Whether everything after a node reads nothing but its output from what came so far.
    private static func isCut(_ index: Int, _ nodes: [Architecture.Node]) -> Bool {
        let before = Set(nodes[..<index].map(\.id) + [Architecture.input])
        return nodes[(index + 1)...].allSatisfy { $0.sources.allSatisfy { !before.contains($0) } }
    }
}
