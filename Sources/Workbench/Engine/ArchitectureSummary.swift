import Networks

/// A network in one line: `ViT-B/16 · 12 blocks · d 768 · 12 heads`; widths where it has no blocks.
enum ArchitectureSummary {
    static func words(_ network: Network) -> String {
        let groups = network.groups.all, hidden = groups.filter { $0.role == .hidden }
        let blocks = blockCount(hidden.map(\.name))
        // What sums of many layers share is the width of the residual stream.
        let stream = hidden.filter { !$0.isHeadGroup }.max { ($0.axes.count, $1.id) < ($1.axes.count, $0.id) }
        let heads = headCounts(hidden, width: stream?.neurons)
        guard blocks > 1 || !heads.isEmpty else {
            return groups.count <= 8 ? groups.map { "\($0.neurons)" }.joined(separator: "-") : "\(hidden.count) hidden neuron groups"
        }
        var parts = [family(network, width: stream?.neurons, hasHeads: !heads.isEmpty)]
        if blocks > 1 { parts.append("\(blocks) blocks") }
        if let stream, !heads.isEmpty { parts.append("d \(stream.neurons)") }
        if let most = commonest(heads) { parts.append("\(most) heads") }
        if heads.isEmpty, let widest = hidden.map(\.neurons).max() { parts.append("widths to \(widest)") }
        return parts.filter { !$0.isEmpty }.joined(separator: " · ")
    }

    /// The modules that repeat most often: paths up to a number that differ in it alone.
    private static func blockCount(_ names: [String]) -> Int {
        var found: [String: Set<String>] = [:]
        for name in names {
            guard let block = LayerTree.block(of: name) else { continue }
            found[block.split(separator: ".").dropLast().joined(separator: "."), default: []].insert(block)
        }
        return found.values.map(\.count).max() ?? 0
    }

    /// The family; of a vision transformer with the letter of its width and the side of its patches.
    private static func family(_ network: Network, width: Int?, hasHeads: Bool) -> String {
        let name = network.architecture.family
        // Patches are cut by a convolution as wide as high: outputs, channels, side, side.
        let first = network.trace.layers.lazy.compactMap { $0.parameters.first?.shape }.first
        guard hasHeads, network.architecture.inputShape.count == 3, let first, first.count == 4, first[2] == first[3], first[2] > 1 else {
            return name == "vit" ? "ViT" : name
        }
        let letters = [192: "Ti", 384: "S", 768: "B", 1024: "L", 1280: "H"]
        let size = width.flatMap { letters[$0] }.map { "-\($0)" } ?? ""
        return name == "vit" || !size.isEmpty ? "ViT\(size)/\(first[2])" : name
    }

    /// Neurons of head groups; where a graph has none, how often an attention's parts fit into the residual stream.
    private static func headCounts(_ hidden: [NeuronGroup], width: Int?) -> [Int] {
        let groups = hidden.filter(\.isHeadGroup).map(\.neurons)
        guard groups.isEmpty, let width else { return groups }
        let parts = hidden.filter { $0.name.contains("[") && $0.name.lowercased().contains("att") }.map(\.neurons)
        return parts.compactMap { $0 > 0 && $0 < width && width % $0 == 0 ? width / $0 : nil }
    }

    private static func commonest(_ values: [Int]) -> Int? {
        Dictionary(grouping: values) { $0 }.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key
    }
}
