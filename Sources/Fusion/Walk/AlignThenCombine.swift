import Dispatch
import Networks
import Tensors

/// Walks the neuron groups in the order of the network, asking the alignment for couplings, then writes every parameter with the
/// combination.
struct AlignThenCombine: FusionProcedure {
    let parents: ParentSet
    let alignment: any Alignment
    let combination: any Combination
    let weights: [Double]

    func plan(only group: String?, control: FusionControl) throws(FusionError) -> FusionPlan {
        var wanted = parents.groups.all.filter { $0.role != .input }
        if let group {
            let last = try networks { () throws(NetworkError) in try parents.groups.named(group) }
            wanted = alignment.needsEarlierGroups ? wanted.filter { $0.id <= last.id } : [last]
        }
        try alignment.prepare(wanted, control: control)
        var plan = FusionPlan()
        for (index, group) in wanted.enumerated() {
            try control.check()
            control.progress?(.planning(group: group.name, index: index, of: wanted.count))
            let start = DispatchTime.now().uptimeNanoseconds
            let couplings = try alignment.couplings(of: group, given: plan, control: control)
            let planned = GroupPlan(group: group, couplings: couplings, seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)
            plan.groups.append(planned)
            control.progress?(.planned(planned))
        }
        return plan
    }

    func fuse(control: FusionControl) throws(FusionError) -> FusionOutcome {
        let plan = try plan(only: nil, control: control)
        let names = parents.referenceNetwork.parameterNames
        var fused: [String: Tensor] = [:]
        for (index, name) in names.enumerated() {
            try control.check()
            control.progress?(.combining(parameter: name, index: index, of: names.count))
            fused[name] = try combination.fused(name, parents: parents, plan: plan)
        }
        let network = try networks { () throws(NetworkError) in try parents.referenceNetwork.with(parameters: fused) }
        return FusionOutcome(network: network, plan: plan, weights: weights, notes: plan.warnings)
    }
}

extension FusionPlan {
    /// What the certificates say that a person should know.
    var warnings: [String] {
        var ambiguous: [String] = []
        for planned in groups {
            for coupling in planned.couplings where coupling.transport?.certificate.uniqueness == .multiple {
                ambiguous.append("\(planned.group.name) of parent \(FusionError.letter(coupling.parent))")
            }
        }
        return ambiguous.isEmpty ? [] : ["the plan is not the only optimum for \(ambiguous.joined(separator: ", ")): equal costs were broken in index order"]
    }
}
