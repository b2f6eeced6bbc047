/// Collects neuron groups while a graph is followed. Groups that are tied become one; a group of which a layer uses only a run
/// (a head's share of the queries) is split into parts.
struct GroupBuilder {
    private struct Group {
        var name: String
        var neurons: Int
        /// Where the group comes from: the group that a layer made, and the first of its neurons. Groups are ordered by it.
        var origin: (group: Int, offset: Int)
        /// What the group has become, when it was tied or split.
        var alias: AxisLayout?
    }

    /// Groups whose neurons come in as many equal shares, which may be permuted as wholes: the heads of an attention.
    struct HeadGroup {
        let name: String
        /// The node where the shares' values can be read.
        let tap: String?
        /// Sequences of equal length; the shares at one place of every sequence go together.
        var sequences: [[AxisLayout]]
    }

    private var groups: [Group] = []
    private(set) var axes: [String: [Int: AxisLayout]] = [:]
    private(set) var headGroups: [HeadGroup] = []
    /// Neurons that keep their order.
    private(set) var fixed: [AxisLayout] = []
    /// What the uses of shared parameters index, two and two, until it is tied.
    private var unsettled: [(AxisLayout, AxisLayout)] = []

    var count: Int { groups.count }

    mutating func make(name: String, neurons: Int) -> AxisLayout {
        groups.append(Group(name: name, neurons: neurons, origin: (groups.count, 0)))
        return AxisLayout(group: groups.count - 1, neurons: neurons)
    }

    func name(_ group: Int) -> String { groups[group].name }
    func neurons(_ group: Int) -> Int { groups[group].neurons }

    /// The groups that are left, in the order in which the network computes them.
    var roots: [Int] {
        groups.indices.filter { groups[$0].alias == nil }.sorted { groups[$0].origin < groups[$1].origin }
    }

    func resolved(_ layout: AxisLayout) -> AxisLayout {
        AxisLayout(
            layout.parts.flatMap { part -> [AxisLayout.Part] in
                guard let alias = groups[part.group].alias else { return [part] }
                return resolved(alias).blown(up: part.block).parts
            })
    }

    /// Says that an axis of a parameter runs along `layout`. Where another layer has said so of the same parameter, both index the same neurons.
    mutating func attach(_ parameter: String, axis: Int, _ layout: AxisLayout) {
        if let before = axes[parameter]?[axis] { unsettled.append((before, layout)) } else { axes[parameter, default: [:]][axis] = layout }
    }

    /// Ties what two uses of one parameter index.
    mutating func settle(layer: String) throws {
        let pairs = unsettled
        unsettled = []
        for (first, second) in pairs { try tie(first, second, layer: layer) }
    }

    mutating func headGroup(name: String, tap: String?, _ sequences: [[AxisLayout]]) {
        headGroups.append(HeadGroup(name: name, tap: tap, sequences: sequences))
    }

    mutating func fix(_ layout: AxisLayout) { fixed.append(layout) }

    /// Gives a group's parts names of their own, where a layer knows better than "qkv[0..<64]".
    mutating func rename(_ layout: AxisLayout, to name: String) {
        let parts = resolved(layout).parts
        for (index, part) in parts.enumerated() { groups[part.group].name = parts.count == 1 ? name : "\(name).\(index)" }
    }

    /// Says that two layouts index the same neurons, as the two sides of an addition do.
    mutating func tie(_ first: AxisLayout, _ second: AxisLayout, layer: String) throws {
        guard first.length == second.length else {
            throw NetworkError.input(layer: layer, expected: "inputs of the same width", found: "\(first.length) and \(second.length)")
        }
        var (left, right) = (resolved(first).parts[...], resolved(second).parts[...])
        while let a = left.first, let b = right.first {
            if a == b {
                left = left.dropFirst()
                right = right.dropFirst()
                continue
            }
            if a.block == b.block, a.neurons == b.neurons {
                unite(a.group, b.group)
            } else if a.length == b.length, a.block != b.block {
                // One side's neurons are blocks of the other's: only whole blocks can still be permuted.
                let (coarse, fine) = a.block > b.block ? (a, b) : (b, a)
                guard coarse.block % fine.block == 0, coarse.group != fine.group else { throw mismatch(first, second, layer) }
                groups[fine.group].alias = AxisLayout(group: coarse.group, neurons: coarse.neurons, block: coarse.block / fine.block)
            } else {
                let (long, length) = a.length > b.length ? (a, b.length) : (b, a.length)
                guard length % long.block == 0 else { throw mismatch(first, second, layer) }
                split(long.group, at: length / long.block)
            }
            left = resolved(AxisLayout(Array(left))).parts[...]
            right = resolved(AxisLayout(Array(right))).parts[...]
        }
    }

    private func mismatch(_ first: AxisLayout, _ second: AxisLayout, _ layer: String) -> NetworkError {
        let words = { (layout: AxisLayout) in
            resolved(layout).parts.map { $0.block == 1 ? "\($0.neurons)" : "\($0.neurons)·\($0.block)" }.joined(separator: " + ")
        }
        return .input(layer: layer, expected: "inputs whose neurons correspond", found: "\(words(first)) and \(words(second)) neurons")
    }

    private mutating func unite(_ one: Int, _ other: Int) {
        // The earlier group stays: groups keep the order in which the network makes them.
        let (kept, lost) = groups[one].origin <= groups[other].origin ? (one, other) : (other, one)
        groups[lost].alias = AxisLayout(group: kept, neurons: groups[kept].neurons)
    }

    private mutating func split(_ group: Int, at count: Int) {
        let whole = groups[group]
        var parts: [AxisLayout.Part] = []
        for (start, end) in [(0, count), (count, whole.neurons)] {
            // A piece of a piece is still called by the whole: qkv[64..<128].
            let base = whole.name.firstIndex(of: "[").map { String(whole.name[..<$0]) } ?? whole.name
            let offset = whole.origin.offset + start
            groups.append(
                Group(name: "\(base)[\(offset)..<\(whole.origin.offset + end)]", neurons: end - start, origin: (whole.origin.group, offset))
            )
            parts.append(AxisLayout.Part(group: groups.count - 1, neurons: end - start, block: 1))
        }
        groups[group].alias = AxisLayout(parts)
    }
}
