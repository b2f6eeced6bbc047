import Dispatch
import Networks
import Tensors
import Transport

/// Walks the neuron groups in the order of the network, asking the alignment for couplings, then writes every parameter with the
/// combination.
struct AlignThenCombine: PlanExecuting {
    let parents: ParentSet
    let alignment: any Alignment
    let combination: any Combination
    let weights: [Double]
    /// How stored plans become maps of weights.
    let mapScaling: @Sendable (NeuronGroup) -> OTFusion.MapScaling
    /// What was noticed before the walk.
    let notes: [String]

    init(
        parents: ParentSet, alignment: any Alignment, combination: any Combination, weights: [Double],
        mapScaling: @escaping @Sendable (NeuronGroup) -> OTFusion.MapScaling = { _ in .columns }, notes: [String] = []
    ) {
        self.parents = parents
        self.alignment = alignment
        self.combination = combination
        self.weights = weights
        self.mapScaling = mapScaling
        self.notes = notes
    }

    // MARK: Plan

    func plan(only name: String?, control: FusionControl) throws -> FusionPlan {
        var wanted = parents.groups.planningOrder
        if let name {
            let group = try parents.groups.named(name)
            if alignment.needsEarlierGroups {
                if alignment.passes == 1, let last = wanted.firstIndex(where: { $0.id == group.id }) { wanted = Array(wanted[...last]) }
            } else {
                let holder = parents.groups.holder(of: group.id)?.headGroup.id
                wanted = wanted.filter { $0.id == group.id || $0.id == holder }
            }
        }
        try alignment.prepare(wanted, control: control)
        var plan = FusionPlan()
        for (index, group) in wanted.enumerated() {
            control.progress?(.planning(group: group.name, index: index, of: wanted.count))
            let planned = try planned(group, given: plan, control: control)
            plan.groups.append(planned)
            control.progress?(.planned(planned))
        }
        for _ in 1..<max(1, alignment.passes) {
            var isSettled = true
            for (index, group) in wanted.enumerated() {
                control.progress?(.planning(group: group.name, index: index, of: wanted.count))
                let earlier = plan.groups[index]
                let planned = try planned(group, given: plan, control: control)
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

    private func planned(_ group: NeuronGroup, given plan: FusionPlan, control: FusionControl) throws -> GroupPlan {
        try control.check()
        let start = DispatchTime.now().uptimeNanoseconds
        let couplings = try alignment.couplings(of: group, given: plan, control: control)
        return GroupPlan(group: group, couplings: couplings, seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)
    }

    // MARK: Fuse

    func fuse(control: FusionControl) throws -> FusionOutcome {
        try fuse(along: try plan(only: nil, control: control), control: control)
    }

    func fuse(along plan: FusionPlan, control: FusionControl) throws -> FusionOutcome {
        let model = parents.referenceNetwork
        let names = model.parameterNames
        var fused: [String: Tensor] = [:]
        for (index, name) in names.enumerated() {
            try control.check()
            control.progress?(.combining(parameter: name, index: index, of: names.count))
            fused[name] = try combination.fused(name, parents: parents, plan: plan)
        }
        let widths = Dictionary(plan.groups.map { ($0.group.id, $0.neurons) }, uniquingKeysWith: { one, _ in one })
        let architecture = try model.architecture(widths: widths), parameters = fused
        let network = try Network(architecture, parameters: parameters)
        return FusionOutcome(network: network, plan: plan, weights: weights, notes: notes + plan.warnings)
    }

    // MARK: Stored plans

    func plan(from stored: StoredPlan) throws -> FusionPlan {
        let groups = parents.groups
        for name in stored.groups { _ = try groups.named(name) }
        var plan = FusionPlan()
        for group in groups.planningOrder {
            var couplings: [Coupling] = []
            for parent in parents.networks.indices {
                couplings.append(try coupling(stored[group.name, parent], of: group, parent: parent))
            }
            plan.groups.append(GroupPlan(group: group, couplings: couplings, seconds: 0))
        }
        return plan
    }

    private func coupling(_ stored: StoredCoupling?, of group: NeuronGroup, parent: Int) throws -> Coupling {
        let own = parents.networks[parent].groups[group.id]?.neurons ?? 0
        guard let stored else {
            // What a file leaves out is the reference itself, and classes that keep their order.
            guard parent == parents.reference || group.role == .classes, own == group.neurons else {
                throw FusionError.unsuitable(
                    reason:
                        "the stored plan has no coupling of neuron group \(group.name) for parent \(FusionError.letter(parent)): store a plan of all groups and parents"
                )
            }
            return .identity(parent: parent, neurons: own)
        }
        guard stored.plan.rows == own else {
            throw FusionError.unsuitable(
                reason:
                    "the stored plan of neuron group \(group.name) moves \(stored.plan.rows) neurons, but parent \(FusionError.letter(parent)) has \(own): it was made for other parents"
            )
        }
        let fused = stored.plan.columns
        guard group.role != .classes || fused == group.neurons else {
            throw FusionError.unsuitable(reason: "the stored plan gives \(fused) classes, but there are \(group.neurons)")
        }
        let scaling: OTFusion.MapScaling = group.isHeadGroup ? .columns : mapScaling(group)
        let (giving, reading) = try scaling.maps(of: stored.plan)
        let result = stored.certificate.map {
            TransportResult(plan: stored.plan, objective: 0, transportCost: 0, sourcePotential: [], targetPotential: [], certificate: $0)
        }
        return Coupling(
            parent: parent, plan: stored.plan, source: stored.source, target: stored.target, transport: result, map: giving,
            readingMap: reading)
    }

    func onlyCombines(_ keys: Set<String>) -> Bool {
        !alignment.dependsOnWeights && keys.isSubset(of: [Blending.blend.key, Blending.weightList.key])
    }
}

extension FusionPlan {
    /// What the certificates and the couplings say that a person should know.
    var warnings: [String] {
        var ambiguous: [String] = []
        for planned in groups {
            for coupling in planned.couplings where coupling.transport?.certificate.uniqueness == .multiple {
                ambiguous.append("\(planned.group.name) of parent \(FusionError.letter(coupling.parent))")
            }
        }
        let notes = groups.flatMap { $0.couplings.flatMap(\.notes) }
        return notes
            + (ambiguous.isEmpty
                ? []
                : ["the plan is not the only optimum for \(ambiguous.joined(separator: ", ")): equal costs were broken in index order"])
    }
}
