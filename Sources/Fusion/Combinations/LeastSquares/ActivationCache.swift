import Networks
import Tensors

/// What a network gives for the same samples at one node after another, in its order.
///
/// The values that later nodes read are kept, so that the next node runs only the layers between. Where they would take more than `budget`
/// bytes, those kept last stay, and layers behind them run anew.
struct ActivationCache {
    /// May be replaced by one that differs only behind the node asked for last.
    var network: Network
    private let batches: SampleBatches
    private let budget: Int
    /// The place up to which nodes are computed, and values by node, in runs of `batches.size` samples.
    private var reached = -1
    private var runs: [String: [Tensor]] = [:]

    init(_ network: Network, batches: SampleBatches, budget: Int) {
        self.network = network
        self.batches = batches
        self.budget = budget
    }

    /// Goes on to a node, which is not before the one gone to last.
    mutating func advance(to id: String, control: FusionControl) throws {
        guard let place = network.architecture.nodes.firstIndex(where: { $0.id == id }), place > reached else { return }
        var wanted = readLater(than: place)
        wanted.insert(id)
        // The input is always in memory.
        wanted.remove(Architecture.input)
        guard bytes(of: wanted) <= budget else { return }
        var next: [String: [Tensor]] = [:]
        for (index, start) in stride(from: 0, to: batches.count, by: batches.size).enumerated() {
            try control.check()
            let range = start..<min(start + batches.size, batches.count)
            var given = [Architecture.input: try batches.inputs(range)]
            for (name, values) in runs { given[name] = values[index] }
            let found = try network.values(of: wanted, given: given)
            for (name, value) in found { next[name, default: []].append(value) }
        }
        (runs, reached) = (next, place)
    }

    /// The values of a node for some samples, whose inputs are `x`.
    func values(at id: String, of range: Range<Int>, inputs x: Tensor) throws -> Tensor {
        if id == Architecture.input { return x }
        if let kept = runs[id] { return try slice(kept, range) }
        var given = [Architecture.input: x]
        for (name, values) in runs { given[name] = try slice(values, range) }
        let found = try network.values(of: [id], given: given)
        guard let value = found[id] else { throw FusionError.network(.graph(reason: "nothing has computed “\(id)”")) }
        return value
    }

    /// The nodes up to `place` that nodes behind it read.
    private func readLater(than place: Int) -> Set<String> {
        let nodes = network.architecture.nodes
        return Set(nodes[(place + 1)...].flatMap(\.sources)).subtracting(nodes[(place + 1)...].map(\.id))
    }

    private func bytes(of nodes: Set<String>) -> Int {
        batches.count * network.dtype.byteCount
            * network.trace.layers.filter { nodes.contains($0.id) }.reduce(0) { $0 + $1.outputShape.reduce(1, *) }
    }

    private func slice(_ values: [Tensor], _ range: Range<Int>) throws -> Tensor {
        var parts: [Tensor] = []
        for run in range.lowerBound / batches.size...max(range.lowerBound, range.upperBound - 1) / batches.size {
            let first = run * batches.size, own = range.clamped(to: first..<first + values[run].shape[0])
            parts.append(
                own.count == values[run].shape[0]
                    ? values[run] : try values[run].narrowed(axis: 0, from: own.lowerBound - first, count: own.count))
        }
        return parts.count == 1 ? parts[0] : try Tensor.concatenated(parts)
    }
}
