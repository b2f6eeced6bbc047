import Dispatch
import Networks
import Tensors
import Transport

/// Finds, for every parent and hidden group, a partner for each of the reference's neurons.
protocol PartnerSearch: Sendable {
    /// Told once of all groups that will be asked for.
    func prepare(
        _ groups: [NeuronGroup], scores: (NeuronGroup, Int) throws -> [Double], control: FusionControl) throws

    /// For each of the reference's neurons the parent's, nil where it has none; with what was proven and paid.
    func partners(
        of group: NeuronGroup, parent: Int, scores: (own: [Double], reference: [Double]), control: FusionControl
    ) throws -> (partners: [Int?], certificate: Certificate?, cost: Matrix?, objective: Double)
}

/// Every parent's neurons brought into the reference's order, then partners mixed in proportion to their importance.
struct PermuteThenMix: FusionProcedure {
    let parents: ParentSet
    let partners: any PartnerSearch
    let scores: GroupScores
    let normalisesImportance: Bool

    func plan(only group: String?, control: FusionControl) throws -> FusionPlan {
        var wanted = parents.groups.all.filter { $0.role != .input && !$0.isHeadGroup }
        try partners.prepare(
            wanted.filter { $0.role == .hidden },
            scores: { (group, parent) in
                try masses(of: group, parent, control: control)
            }, control: control)
        if let group {
            let one = try parents.groups.named(group)
            wanted = [one]
        }
        var plan = FusionPlan()
        for (index, group) in wanted.enumerated() {
            try control.check()
            control.progress?(.planning(group: group.name, index: index, of: wanted.count))
            let start = DispatchTime.now().uptimeNanoseconds
            let (neurons, clustering) = try clustering(of: group, control: control)
            let planned = GroupPlan(
                group: group, couplings: try clustering.couplings(of: neurons, keepsCosts: control.keepsCosts),
                seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)
            plan.groups.append(planned)
            control.progress?(.planned(planned))
        }
        return plan
    }

    func fuse(control: FusionControl) throws -> FusionOutcome {
        let plan = try plan(only: nil, control: control)
        let names = parents.referenceNetwork.parameterNames
        var fused: [String: Tensor] = [:]
        for (index, name) in names.enumerated() {
            try control.check()
            control.progress?(.combining(parameter: name, index: index, of: names.count))
            fused[name] = try ShareAverage().fused(name, parents: parents, plan: plan)
        }
        let network = try parents.referenceNetwork.with(parameters: fused)
        return FusionOutcome(network: network, plan: plan, notes: plan.warnings)
    }

    private func masses(of group: NeuronGroup, _ parent: Int, control: FusionControl) throws -> [Double] {
        let own = try scores.scores(of: group.id, parent: parent, control: control)
        let total = own.reduce(0, +)
        return normalisesImportance && total > 0 ? own.map { $0 / total } : own
    }

    private func clustering(of group: NeuronGroup, control: FusionControl) throws -> (StackedNeurons, Clustering) {
        let widths = parents.networks.map { network in network.groups.all.first { $0.id == group.id }?.neurons ?? 0 }
        var stacked: [[Double]] = []
        for parent in 0..<parents.count { stacked.append(try masses(of: group, parent, control: control)) }
        let neurons = StackedNeurons(
            group: group, geometry: NeuronGeometry(products: [], squaredLengths: []), scores: stacked.flatMap { $0 }, widths: widths,
            reference: parents.reference, fused: group.neurons)
        guard group.role == .hidden else { return (neurons, try EqualPositions().clustering(of: neurons, control: control)) }
        var masses = Matrix(rows: neurons.count, columns: group.neurons)
        var results: [Int: (certificate: Certificate, cost: Matrix, objective: Double)] = [:]
        for parent in 0..<parents.count {
            let offset = neurons.offset(of: parent)
            guard parent != parents.reference else {
                for neuron in 0..<group.neurons { masses[offset + neuron, neuron] = neurons.scores[offset + neuron] }
                continue
            }
            let found = try partners.partners(
                of: group, parent: parent, scores: (stacked[parent], stacked[parents.reference]), control: control)
            for (place, neuron) in found.partners.enumerated() {
                if let neuron { masses[offset + neuron, place] = neurons.scores[offset + neuron] }
            }
            if let certificate = found.certificate, let cost = found.cost { results[parent] = (certificate, cost, found.objective) }
        }
        var clustering = Clustering(masses: masses)
        clustering.results = results
        return (neurons, clustering)
    }
}
