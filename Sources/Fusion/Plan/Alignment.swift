import Networks
import Transport

/// The first half of a method: which neurons of each parent correspond to which fused neuron.
///
/// An alignment that walks the neuron groups one by one conforms to ``GroupwiseAlignment``; one that decides about all groups together
/// conforms to this protocol directly.
public protocol Alignment: Sendable {
    var parents: ParentSet { get }
    /// The groups that may be aligned, in the order of planning.
    var order: [NeuronGroup] { get }

    /// The couplings of every neuron group that the method aligns.
    ///
    /// - Parameter group: the only group that is wanted. The plan may hold others that it depends on, and holds no group that the method
    ///   leaves as it is.
    func plan(only group: NeuronGroup?, control: FusionControl) throws -> FusionPlan

    /// The couplings of one group, one per parent, that stored ones stand for: with their maps of weights.
    func couplings(of group: NeuronGroup, from stored: [StoredCoupling]) throws -> [Coupling]

    /// Whether couplings depend on the parents' weights in the fusion (`blend`, `weights`).
    var dependsOnWeights: Bool { get }
    /// Whether the masses of the couplings weight the parents in the fused network, as those of a clustering do.
    var massesAreWeights: Bool { get }
    /// Whether a stored plan must have the group's couplings.
    func isRequired(_ group: NeuronGroup) -> Bool
}

extension Alignment {
    public var dependsOnWeights: Bool { false }
    public var massesAreWeights: Bool { false }
    public func isRequired(_ group: NeuronGroup) -> Bool { true }

    public func couplings(of group: NeuronGroup, from stored: [StoredCoupling]) throws -> [Coupling] {
        try stored.enumerated().map { parent, stored in
            try stored.coupling(parent: parent, maps: PlanScaling.columns.maps(of: stored.plan))
        }
    }
}

/// An alignment that gives the couplings group by group, in the order in which the network computes them.
public protocol GroupwiseAlignment: Alignment {
    /// Whether a group's couplings depend on those of earlier groups; false by default.
    var needsEarlierGroups: Bool { get }
    /// The number of passes over the groups; from the second on a group's couplings may depend on those of all others. 1 by default.
    var passes: Int { get }

    /// Called once with the groups that are wanted, before the first of them: what can be computed for all of them at once.
    func prepare(_ groups: [NeuronGroup], control: FusionControl) throws

    /// The couplings of one group, one per parent in their order, given those of earlier groups.
    func couplings(of group: NeuronGroup, given plan: FusionPlan, control: FusionControl) throws -> [Coupling]
}

extension GroupwiseAlignment {
    /// All groups but the input's, attention heads before the neurons inside them.
    public var order: [NeuronGroup] { parents.groups.planningOrder }
    public var needsEarlierGroups: Bool { false }
    public var passes: Int { 1 }
    public func prepare(_ groups: [NeuronGroup], control: FusionControl) throws {}

    public func plan(only group: NeuronGroup?, control: FusionControl) throws -> FusionPlan {
        let wanted = wanted(for: group)
        var plan = FusionPlan(groups: passes == 1 ? known(among: wanted, control.planned) : [])
        try prepare(Array(wanted.dropFirst(plan.groups.count)), control: control)
        for (index, group) in wanted.enumerated().dropFirst(plan.groups.count) {
            let planned = try planned(group, given: plan, turn: (index, wanted.count), control: control)
            plan.groups.append(planned)
            control.progress?(.planned(planned))
        }
        for _ in 1..<max(1, passes) {
            var isSettled = true
            for (index, group) in wanted.enumerated() {
                let earlier = plan.groups[index]
                let planned = try planned(group, given: plan, turn: (index, wanted.count), control: control)
                plan.groups[index] = planned
                if zip(planned.couplings, earlier.couplings).contains(where: { $0.plan != $1.plan }) {
                    isSettled = false
                    control.progress?(.planned(planned))
                }
            }
            if isSettled { break }
        }
        return plan
    }

    /// The groups to walk for one of them, or for all.
    private func wanted(for group: NeuronGroup?) -> [NeuronGroup] {
        guard let group else { return order }
        guard needsEarlierGroups else {
            let holder = parents.groups.holder(of: group.id)?.headGroup.id
            return order.filter { $0.id == group.id || $0.id == holder }
        }
        guard passes == 1, let last = order.firstIndex(where: { $0.id == group.id }) else { return order }
        return Array(order[...last])
    }

    /// The groups with which the wanted ones begin, where they were planned before.
    private func known(among wanted: [NeuronGroup], _ earlier: FusionPlan) -> [GroupPlan] {
        var known: [GroupPlan] = []
        for group in wanted {
            guard let planned = earlier[group: group.id], planned.group.name == group.name else { break }
            known.append(planned)
        }
        return known
    }

    private func planned(
        _ group: NeuronGroup, given plan: FusionPlan, turn: (index: Int, count: Int), control: FusionControl
    ) throws -> GroupPlan {
        try control.check()
        control.progress?(.planning(group: group.name, index: turn.index, of: turn.count))
        let clock = Stopwatch()
        return GroupPlan(group: group, couplings: try couplings(of: group, given: plan, control: control), seconds: clock.seconds)
    }
}
