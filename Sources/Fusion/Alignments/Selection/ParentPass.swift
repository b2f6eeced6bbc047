import Networks
import Synchronization
import Tensors

/// One pass of the inputs through all parents, from which comes all that a reconstruction needs of them: their answers, how their neurons vary together, and
/// what layers are to be fitted to.
struct ParentPass {
    /// Nil where nobody asked.
    private(set) var statistics: GroupStatistics?
    private(set) var targets: TargetRows?
    /// Remembers what the parents answer; nil where nobody asked.
    private(set) var teacher: Teacher?
    /// Keeps what the parents' output layers read; nil where nobody asked.
    let features: ParentFeatures?

    init(
        parents: ParentSet, inputs: ExpandedInputs, statistics asked: GroupStatistics?, targets wanted: TargetRows? = nil,
        teacher: Teacher? = nil, features: ParentFeatures? = nil, control: FusionControl
    ) throws {
        self.features = features
        var statistics = asked?.divided(control), targets = wanted
        let logits = parents.referenceNetwork.logitNode.id
        let last = max(asked?.wanted ?? 0, wanted?.images ?? 0, teacher == nil ? 0 : inputs.count)
        let batches = (0..<inputs.batches).prefix { inputs.range(of: $0).lowerBound < last }.count
        try control.divided(batches) { (batch) in
            let range = inputs.range(of: batch), x = try inputs.inputs(ofBatch: batch)
            let isLooked = range.lowerBound < asked?.wanted ?? 0
            var nodes = wanted?.nodes(from: range.lowerBound) ?? []
            if isLooked, let asked { nodes.formUnion(asked.nodes) }
            if teacher != nil { nodes.insert(logits) }
            if let features { nodes.insert(features.node) }
            var rows = isLooked ? asked?.batch(batch, of: range) : nil, made: [Tensor] = []
            for parent in parents.networks.indices {
                // Only the rows of a parent's values outlive its pass.
                let found = try parents.values(of: nodes, in: parent, x)
                if var own = rows {
                    rows = nil
                    try asked?.pick(found, of: parent, &own)
                    rows = own
                }
                made += try wanted?.rows(of: found, parent: parent, batch: batch, from: range.lowerBound) ?? []
                if teacher != nil { made.append(try Self.value(of: logits, in: found)) }
                if let features {
                    let own = try Self.value(of: features.node, in: found)
                    made.append(try own.reshaped([own.shape[0], -1]).copied())
                }
            }
            if let rows, let asked { made += try asked.rows(of: rows) }
            return made
        } use: { (batch, tensors) in
            let range = inputs.range(of: batch)
            var tensors = tensors[...], answers: [Tensor] = []
            for parent in parents.networks.indices {
                try targets?.add(&tensors, batch: batch, from: range.lowerBound)
                if teacher != nil { answers.append(try tensors.next()) }
                if let features { features.put(try tensors.next(), batch, of: parent) }
            }
            if let teacher { try teacher.remember(answers, batch, of: inputs) }
            if range.lowerBound < asked?.wanted ?? 0 { try statistics?.add(&tensors) }
            control.progress?(.activations(done: range.upperBound, of: last))
        }
        (self.statistics, self.targets, self.teacher) = (statistics, targets, teacher)
    }
}

extension ParentPass {
    private static func value(of node: String, in found: [String: Tensor]) throws -> Tensor {
        guard let value = found[node] else { throw FusionError.network(.graph(reason: "nothing has computed “\(node)”")) }
        return value
    }
}

/// The pass that the two halves of a reconstruction share: what the combination gathers before the plan, the alignment finds.
final class SharedPass: Sendable {
    private let pass = Mutex<ParentPass?>(nil)

    func put(_ made: ParentPass) { pass.withLock { $0 = made } }

    /// What was gathered, of which how neurons vary together is held here no longer.
    func takenStatistics() -> ParentPass? {
        pass.withLock { held in
            defer { held?.forgetStatistics() }
            return held
        }
    }

    /// The rest of what was gathered, if anything was; held here no longer.
    func taken() -> ParentPass? {
        pass.withLock { pass in
            defer { pass = nil }
            return pass
        }
    }
}

extension ParentPass {
    fileprivate mutating func forgetStatistics() { statistics = nil }
}
