import Networks
import Tensors

/// The fused network's values while its layers are fitted one after another: for every batch of inputs those are kept that later layers read, so that no layer
/// is computed twice, as far as a memory budget goes. What was not kept is computed again.
final class FusedWalk {
    private(set) var network: Network
    let inputs: ExpandedInputs
    private let budget: Int
    private var kept: [Int: [String: Tensor]] = [:]
    private var bytes = 0

    private static let memory = 768 << 20, sharedMemory = 256 << 20

    init(_ network: Network, inputs: ExpandedInputs, budget: Int = FusedWalk.memory) {
        self.network = network
        self.inputs = inputs
        self.budget = budget
    }

    /// The bytes that are kept at most on the way through a network: what later nodes read at its widest place.
    static func bytes(of network: Network, inputs: Int) -> Int {
        let nodes = network.architecture.nodes
        let sizes = Dictionary(network.trace.layers.map { ($0.id, $0.outputShape.reduce(1, *)) }, uniquingKeysWith: { one, _ in one })
        var last: [String: Int] = [:]
        for (index, node) in nodes.enumerated() { for source in node.sources { last[source] = index } }
        var alive = 0, most = 0, ending: [Int: Int] = [:]
        for (index, node) in nodes.enumerated() {
            let size = sizes[node.id] ?? 0
            if let end = last[node.id] {
                alive += size
                ending[end, default: 0] += size
            }
            most = max(most, alive)
            alive -= ending[index] ?? 0
        }
        return min(memory, network.dtype.byteCount * inputs * most)
    }

    /// The inputs whose values can be kept from each step on, to the last one, by its target: a step that looks at no more never has anything computed again.
    ///
    /// - Parameters:
    ///   - steps: in the order in which the network computes them.
    ///   - growth: how much wider the fused network is than this one.
    static func inputsKept(
        at steps: [FitStep], of network: Network, growth: Double, budget: Int = FusedWalk.memory
    ) -> [String: Int] {
        var found: [String: Int] = [:], fewest = Int.max
        for step in steps.reversed() {
            let later = network.readLater(than: Set(step.units.map(\.source) + step.skips)).subtracting([Architecture.input])
            let each = Double(network.outputBytes(of: later)) * max(1, growth)
            if each > 0 { fewest = min(fewest, Int(Double(budget) / each)) }
            found[step.target] = fewest
        }
        return found
    }

    /// The values of some nodes on a batch of inputs.
    func values(of wanted: Set<String>, batch: Int) throws -> [String: Tensor] {
        let known = kept[batch] ?? [:]
        if wanted.isSubset(of: known.keys) { return known }
        let later = network.readLater(than: wanted).subtracting([Architecture.input])
        var given = known
        let all = wanted.union(later)
        if all.contains(Architecture.input) || needsInput(for: all, given: known) {
            given[Architecture.input] = try inputs.inputs(ofBatch: batch)
        }
        let before = size(known), fits = bytes - before + expected(later, inputs: inputs.range(of: batch).count) <= budget
        let found = try network.values(of: fits ? all : wanted, given: given)
        if fits {
            kept[batch] = found.filter { later.contains($0.key) }
            bytes += size(kept[batch] ?? [:]) - before
        }
        return found
    }

    /// The values of one node on a batch of inputs.
    func value(of node: String, batch: Int) throws -> Tensor {
        guard let value = try values(of: [node], batch: batch)[node] else {
            throw FusionError.network(.graph(reason: "nothing has computed “\(node)”"))
        }
        return value
    }

    /// The values of one node on all batches, each computed by one process and as many kept as fit into memory; nil where this process works alone.
    func shared(_ node: String, control: FusionControl) throws -> ((Int) -> Tensor?)? {
        guard control.processes != nil else { return nil }
        var kept: [Int: Tensor] = [:], room = Self.sharedMemory
        try control.divided(inputs.batches) { (batch) in
            [try value(of: node, batch: batch)]
        } use: { (batch, found) in
            room -= network.dtype.byteCount * found[0].count
            if room >= 0 { kept[batch] = found[0] }
        }
        let all = kept
        return { all[$0] }
    }

    /// Goes on with other parameters of some nodes: values that depend on them are let go.
    func go(on network: Network, changed nodes: Set<String>) {
        self.network = network
        var stale = nodes
        for node in network.architecture.nodes where node.sources.contains(where: stale.contains) { stale.insert(node.id) }
        for (batch, values) in kept {
            let fresh = values.filter { !stale.contains($0.key) }
            guard fresh.count < values.count else { continue }
            bytes -= size(values) - size(fresh)
            kept[batch] = fresh
        }
    }

    private func needsInput(for wanted: Set<String>, given: [String: Tensor]) -> Bool {
        var needed = wanted.subtracting(given.keys)
        for node in network.architecture.nodes.reversed() where needed.remove(node.id) != nil {
            needed.formUnion(node.sources.filter { given[$0] == nil })
        }
        return needed.contains(Architecture.input)
    }

    private func size(_ values: [String: Tensor]) -> Int { values.values.reduce(0) { $0 + network.dtype.byteCount * $1.count } }

    private func expected(_ nodes: Set<String>, inputs count: Int) -> Int { count * network.outputBytes(of: nodes) }
}

extension Network {
    /// What nodes behind all of these read of those up to them.
    fileprivate func readLater(than wanted: Set<String>) -> Set<String> {
        let nodes = architecture.nodes
        guard let place = nodes.lastIndex(where: { wanted.contains($0.id) }) else { return [] }
        return Set(nodes[(place + 1)...].flatMap(\.sources)).subtracting(nodes[(place + 1)...].map(\.id))
    }

    /// The bytes of some nodes' values on one input.
    fileprivate func outputBytes(of nodes: Set<String>) -> Int {
        dtype.byteCount * trace.layers.filter { nodes.contains($0.id) }.reduce(0) { $0 + $1.outputShape.reduce(1, *) }
    }
}
