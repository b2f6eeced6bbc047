import Networks
import Transport

/// Where the selected neurons of every parent are among the fused ones.
///
/// Fused weights are written parent by parent, each one's neurons in a run; a plan may ask for any other order, which the finished network
/// is then brought into.
struct SelectedNeurons: Sendable {
    /// The selected neurons by parent and group, and the scales of the parents' logits.
    let graft: Graft
    /// For each group that is not in runs, by id: the place in the runs of every fused neuron.
    let orders: [Int: [Int]]

    /// - Throws: `FusionError.unsuitable` for a plan that gives a fused neuron none or several of the parents' neurons.
    /// - Parameter addsLogits: whether the weights of the logits may sum to more than one.
    init(_ plan: FusionPlan, parents: ParentSet, addsLogits: Bool = false) throws {
        var members = parents.networks.indices.map { Graft.Member(parent: $0, kept: [:], scale: 1 / Double(parents.count)) }
        var orders: [Int: [Int]] = [:]
        for planned in plan.groups {
            guard planned.group.role == .hidden else {
                var scales = planned.couplings.map { $0.plan.rowSums.reduce(0, +) }
                // A file need not hold the classes; couplings of mass one each would then add the logits up.
                let total = scales.reduce(0, +)
                if !addsLogits, total > 0 { scales = scales.map { $0 / total } }
                if let known = planned.diagnostics[LogitWeights.self] { scales = known.scales }
                for (coupling, scale) in zip(planned.couplings, scales) { members[coupling.parent].scale = scale }
                continue
            }
            var origins = [(parent: Int, neuron: Int)?](repeating: nil, count: planned.neurons)
            for coupling in planned.couplings {
                for entry in coupling.plan.entries where entry.mass > 0 {
                    guard origins[entry.column] == nil else { throw Self.noSelection(planned.group, entry.column, "several neurons") }
                    origins[entry.column] = (coupling.parent, entry.row)
                }
            }
            let places = try origins.enumerated().map { column, origin in
                guard let origin else { throw Self.noSelection(planned.group, column, "no neuron") }
                return origin
            }
            let run = places.indices.sorted { (places[$0].parent, places[$0].neuron) < (places[$1].parent, places[$1].neuron) }
            for (place, next) in zip(run, run.dropFirst()) where places[place] == places[next] {
                throw Self.noSelection(planned.group, next, "a neuron that another fused neuron already has")
            }
            for place in run { members[places[place].parent].kept[planned.group.id, default: []].append(places[place].neuron) }
            if run != Array(places.indices) {
                var order = run
                for (position, place) in run.enumerated() { order[place] = position }
                orders[planned.group.id] = order
            }
        }
        graft = Graft(members: members)
        self.orders = orders
    }

    var scales: [Double] { graft.members.map(\.scale) }

    private static func noSelection(_ group: NeuronGroup, _ column: Int, _ what: String) -> FusionError {
        .unsuitable(
            reason:
                "the plan gives fused neuron \(column) of neuron group \(group.name) \(what): a transplant needs exactly one; use combine=average, or a plan of the methods transplant or reconstruct"
        )
    }

    /// A network in the order of the plan, out of one in runs.
    func ordered(_ network: Network) throws -> Network {
        orders.isEmpty ? network : try network.carried(along: orders.mapValues { .selection($0) })
    }
}
