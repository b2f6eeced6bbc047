import Networks
import Transport

/// Parents one after another: each is aligned with the average of those before it, beginning with the reference.
///
/// All couplings lead to the reference's neuron order, so that the result is one average along them.
struct SequentialTransport: PlanExecuting {
    /// Carries out the finished plan.
    let whole: AlignThenCombine
    /// The alignment of a parent, the first of a pair, with the average so far.
    let alignment: @Sendable (_ pair: ParentSet, _ number: Int) throws -> any Alignment

    var parents: ParentSet { whole.parents }

    func plan(only name: String?, control: FusionControl) throws -> FusionPlan {
        if let name { _ = try parents.groups.named(name) }
        let order = parents.groups.planningOrder
        var couplings: [Int: [Int: Coupling]] = [:], seconds: [Int: Double] = [:]
        for group in order { couplings[group.id] = [parents.reference: .identity(parent: parents.reference, neurons: group.neurons)] }
        var current = parents.referenceNetwork, mass = whole.weights[parents.reference]
        for number in parents.networks.indices where number != parents.reference {
            let pair = try ParentSet([parents.networks[number], current], reference: 1)
            let weight = whole.weights[number], total = mass + weight
            let shares = total > 0 ? [weight / total, mass / total] : [0, 1]
            let step = AlignThenCombine(
                parents: pair, alignment: try alignment(pair, number), combination: WeightedAverage(weights: shares), weights: shares)
            let plan = try step.plan(only: nil, control: control)
            for planned in plan.groups {
                couplings[planned.group.id]?[number] = planned.couplings.first { $0.parent == 0 }?.renumbered(number)
                seconds[planned.group.id, default: 0] += planned.seconds
            }
            let fused = try step.fuse(along: plan, control: control).network
            current = try fused.loosened(to: pair.referenceNetwork.trace.ties)
            mass = total
        }
        return FusionPlan(
            groups: order.filter { name == nil || $0.name == name }.map { group in
                GroupPlan(
                    group: group, couplings: parents.networks.indices.compactMap { couplings[group.id]?[$0] },
                    seconds: seconds[group.id] ?? 0)
            })
    }

    func fuse(control: FusionControl) throws -> FusionOutcome {
        try whole.fuse(along: plan(only: nil, control: control), control: control)
    }

    func fuse(along plan: FusionPlan, control: FusionControl) throws -> FusionOutcome {
        try whole.fuse(along: plan, control: control)
    }

    func plan(from stored: StoredPlan) throws -> FusionPlan { try whole.plan(from: stored) }

    /// The averages so far depend on the weights.
    func onlyCombines(_ keys: Set<String>) -> Bool { keys.isEmpty }
}
