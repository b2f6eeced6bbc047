import Networks
import Tensors

/// The reference pruned to the widths of the result: the neurons that matter most stay, in their order, with their weights (Singh & Jaggi
/// 2020, section 5.4; Li et al. 2017).
///
/// Streams, convolutions and hidden layers are pruned; attention keeps its heads and their width.
struct NarrowedReference {
    let parents: ParentSet
    let settings: Settings
    let edits: PlanEdits
    let inputs: (any InputSource)?

    /// The numbers of fused neurons that differ from the reference's, by id of its own groups.
    func widths() -> [Int: Int] {
        var widths: [Int: Int] = [:]
        for group in parents.groups.hidden where !group.isHeadGroup && parents.groups.holder(of: group.id) == nil {
            let count = edits[group.name].neurons ?? max(1, Int((Double(group.neurons) * settings[OTFusion.width]).rounded()))
            if count != group.neurons { widths[group.id] = count }
        }
        return widths
    }

    /// Which groups were narrowed, and by what.
    var notes: [String] {
        let widths = widths()
        let narrowed = parents.groups.hidden.compactMap { group in widths[group.id].map { "\(group.name) \($0) of \(group.neurons)" } }
        guard !narrowed.isEmpty else { return [] }
        let list = narrowed.prefix(4).joined(separator: ", ") + (narrowed.count > 4 ? " and \(narrowed.count - 4) more" : "")
        return [
            "the reference, parent \(FusionError.letter(parents.reference)), was pruned by \(settings[OTFusion.pruning].rawValue) first: \(list)"
        ]
    }

    /// - Throws: `tooWide` where the reference has not neurons enough; `unsuitable` for an edit of what keeps its width.
    func network() throws -> Network {
        let widths = widths()
        try checkEdits()
        guard !widths.isEmpty else { return parents.referenceNetwork }
        for group in parents.groups.hidden {
            if let count = widths[group.id], count > group.neurons {
                throw FusionError.tooWide(
                    group: group.name, neurons: count, limit: group.neurons,
                    by: "the width of the reference, which the others are aligned to")
            }
        }
        // Scores of the predicted class need no labels.
        let scores = GroupScores(
            parents: parents, importance: Importance(settings[OTFusion.pruning], target: .predicted), inputs: inputs,
            samples: settings[OTFusion.samples])
        var maps: [Int: NeuronMap] = [:]
        for (id, count) in widths.sorted(by: { $0.key < $1.key }) {
            let own = try scores.scores(of: id, parent: parents.reference, control: FusionControl())
            let strongest = own.indices.sorted { (-own[$0], $0) < (-own[$1], $1) }.prefix(count)
            maps[id] = .selection(strongest.sorted())
        }
        return try parents.referenceNetwork.aligned(along: maps)
    }

    /// A number of neurons that was asked for must be one that can be had.
    func checkEdits() throws {
        for name in edits.groups {
            guard let count = edits[name].neurons else { continue }
            let group = try parents.groups.named(name)
            guard group.role == .hidden, !group.isHeadGroup, parents.groups.holder(of: group.id) == nil || count == group.neurons else {
                throw FusionError.unsuitable(
                    reason:
                        "neuron group \(name) keeps its \(group.neurons) neurons: the number of classes and the heads of attention cannot change"
                )
            }
            guard count >= 1 else { throw FusionError.recipe(.value(key: "\(name)/neurons", value: "\(count)", allowed: "1 or more")) }
        }
    }
}
