import Networks

extension Network {
    /// The hidden groups in the order in which the published program finds and cuts them.
    ///
    /// It walks the graph of the computation from the output back; what is put on its stack last is followed first. For a chain that is
    /// the last hidden layer first. At an addition the shortcut is followed before the branch, so that all streams come first, the
    /// deepest leading, and the neurons inside blocks after them, the earliest block leading.
    var groupsInPublishedOrder: [NeuronGroup] {
        var nodes: [String: Architecture.Node] = [:]
        var depth: [String: Int] = [:]
        for node in architecture.nodes {
            nodes[node.id] = node
            depth[node.id] = 1 + (node.sources.map { depth[$0] ?? 0 }.max() ?? 0)
        }
        let produced = groupsByProducer, selectable = groups.selectable
        var order: [Int] = [], stack = [architecture.output.id], visited: Set<String> = []
        func discover(_ id: String) {
            for group in produced[id] ?? [] where !order.contains(group) { order.append(group) }
        }
        discover(architecture.output.id)
        while let id = stack.popLast() {
            guard visited.insert(id).inserted, let node = nodes[id] else { continue }
            // Whichever way round an addition was written down, its shortcut is the side with fewer layers behind it.
            let sources = node.sources.enumerated().sorted { (depth[$0.element] ?? 0, $1.offset) > (depth[$1.element] ?? 0, $0.offset) }
            for source in sources.map(\.element) where nodes[source] != nil {
                discover(source)
                stack.append(source)
            }
        }
        // Groups that no layer with a weight produces, such as embeddings', come last.
        let found = order.compactMap { id in selectable.first { $0.id == id } }
        return found + selectable.filter { !order.contains($0.id) }.reversed()
    }

    /// The groups along the output axis of each node's weights.
    private var groupsByProducer: [String: [Int]] {
        var produced: [String: [Int]] = [:]
        for layer in trace.layers {
            for parameter in layer.parameters where parameter.shape.count >= 2 {
                produced[layer.id, default: []] += groups.selectableLayouts(of: parameter.fullName)[0]?.parts.map(\.group) ?? []
            }
        }
        return produced
    }
}
