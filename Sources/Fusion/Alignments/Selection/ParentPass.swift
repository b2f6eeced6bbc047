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
        var statistics = asked, targets = wanted
        let logits = parents.referenceNetwork.logitNode.id
        let last = max(asked?.wanted ?? 0, wanted?.images ?? 0, teacher == nil ? 0 : inputs.count)
        for batch in 0..<inputs.batches {
            let range = inputs.range(of: batch)
            guard range.lowerBound < last else { break }
            try control.check()
            let x = try inputs.inputs(ofBatch: batch)
            let isLooked = range.lowerBound < asked?.wanted ?? 0
            var nodes = wanted?.nodes(from: range.lowerBound) ?? []
            if isLooked, let asked { nodes.formUnion(asked.nodes) }
            if teacher != nil { nodes.insert(logits) }
            if let features { nodes.insert(features.node) }
            var rows = asked?.batch(batch, of: range), answers: [Tensor] = []
            for parent in parents.networks.indices {
                // Only the rows of a parent's values outlive its pass.
                let found = try parents.values(of: nodes, in: parent, x)
                if isLooked, var own = rows {
                    rows = nil
                    try asked?.pick(found, of: parent, &own)
                    rows = own
                }
                try targets?.add(found, of: parent, batch: batch, from: range.lowerBound)
                if let own = found[logits] { answers.append(own) }
                if let features, let own = found[features.node] {
                    features.put(try own.reshaped([own.shape[0], -1]).copied(), batch, of: parent)
                }
            }
            if let teacher { try teacher.remember(answers, batch, of: inputs) }
            if isLooked, let rows { try statistics?.add(rows) }
            control.progress?(.activations(done: range.upperBound, of: last))
        }
        (self.statistics, self.targets, self.teacher) = (statistics, targets, teacher)
    }
}

/// The pass that the two halves of a reconstruction share: what the combination gathers before the plan, the alignment finds.
final class SharedPass: Sendable {
    private let pass = Mutex<ParentPass?>(nil)

    func put(_ made: ParentPass) { pass.withLock { $0 = made } }

    /// How neurons vary together, where it was gathered; held here no longer.
    func takenStatistics() -> GroupStatistics? { pass.withLock { $0?.takenStatistics() } }

    /// The rest of what was gathered, if anything was; held here no longer.
    func taken() -> ParentPass? {
        pass.withLock { pass in
            defer { pass = nil }
            return pass
        }
    }
}

extension ParentPass {
    fileprivate mutating func takenStatistics() -> GroupStatistics? {
        defer { statistics = nil }
        return statistics
    }
}
