import Networks
import Transport

/// Parents one after another: each is aligned with the average of those before it, beginning with the reference.
///
/// All couplings lead to the reference's neuron order, so that the result is one average along them.
struct SequentialAlignment: Alignment {
    /// The alignment of all parents, which reads stored couplings.
    let whole: any Alignment
    /// One per parent; they sum to 1.
    let weights: [Double]
    /// The alignment of a parent, the first of a pair, with the average so far.
    let pairwise: @Sendable (_ pair: ParentSet, _ parent: Int) throws -> any Alignment
    /// The average of a pair along its plan.
    let average: @Sendable (_ pair: ParentSet, _ weights: [Double], FusionPlan, FusionControl) throws -> Network

    var parents: ParentSet { whole.parents }
    var order: [NeuronGroup] { whole.order }
    /// The averages so far depend on the weights.
    var dependsOnWeights: Bool { true }

    func couplings(of group: NeuronGroup, from stored: [StoredCoupling]) throws -> [Coupling] {
        try whole.couplings(of: group, from: stored)
    }

    func plan(only wanted: NeuronGroup?, control: FusionControl) throws -> FusionPlan {
        var couplings: [Int: [Int: Coupling]] = [:], seconds: [Int: Double] = [:]
        for group in order { couplings[group.id] = [parents.reference: .identity(parent: parents.reference, neurons: group.neurons)] }
        var current = parents.referenceNetwork, mass = weights[parents.reference]
        for parent in parents.networks.indices where parent != parents.reference {
            let pair = try ParentSet([parents.networks[parent], current], reference: 1)
            let weight = weights[parent], total = mass + weight
            let plan = try pairwise(pair, parent).plan(only: nil, control: control)
            for planned in plan.groups {
                couplings[planned.group.id]?[parent] = planned.couplings.first { $0.parent == 0 }?.renumbered(parent)
                seconds[planned.group.id, default: 0] += planned.seconds
            }
            let fused = try average(pair, total > 0 ? [weight / total, mass / total] : [0, 1], plan, control)
            current = try fused.loosened(to: pair.referenceNetwork.trace.ties)
            mass = total
        }
        return FusionPlan(
            groups: order.filter { wanted == nil || $0.id == wanted?.id }.map { group in
                GroupPlan(
                    group: group, couplings: parents.networks.indices.compactMap { couplings[group.id]?[$0] },
                    seconds: seconds[group.id] ?? 0)
            })
    }
}
