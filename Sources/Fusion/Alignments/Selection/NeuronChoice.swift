import Dispatch
import Networks
import Tensors
import Transport

/// Chooses the neurons that live on, group by group.
struct NeuronChoice {
    let parents: ParentSet
    let settings: Settings

    struct Result {
        let kept: Graft
        let groups: [ReconstructionDiagnostics.Group]
        /// By group id, as in the diagnostics.
        let errors: [Int: [Double]]
        /// By group id: for each parent, parent neurons × kept ones, what a kept neuron alone leaves of the other's variation, 0 … 1.
        let costs: [Int: [Matrix]]
        let seconds: [Int: Double]

        func plan(of parents: ParentSet) -> FusionPlan { parents.plan(of: kept, errors: errors, costs: costs, seconds: seconds) }
    }

    func made(on inputs: ExpandedInputs, control: FusionControl) throws -> Result {
        let statistics = try GroupStatistics(parents: parents, inputs: inputs, control: control)
        let groups = parents.groups.selectable, budgeted = settings[Reconstruction.size] == .budget
        var chosen: [Int: PivotedSelection] = [:], seconds: [Int: Double] = [:]
        for (index, group) in groups.enumerated() {
            try control.check()
            control.progress?(.planning(group: group.name, index: index, of: groups.count))
            let start = DispatchTime.now().uptimeNanoseconds
            let available = parents.networks.reduce(0) { $0 + ($1.groups[group.id]?.neurons ?? 0) }
            let wanted = budgeted ? available : Self.wanted(settings[Reconstruction.width], of: group.neurons)
            guard wanted <= available else {
                throw FusionError.unsuitable(
                    reason:
                        "\(wanted) neurons are asked for in group \(group.name), but the parents have \(available) together: set width to at most \(HyperparameterValue.real(Double(available) / Double(group.neurons)))"
                )
            }
            chosen[group.id] = try selection(of: group, statistics, wanted: wanted)
            seconds[group.id] = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        }
        var widths = chosen.mapValues(\.order.count)
        if budgeted {
            let network = parents.referenceNetwork, isOfParameters = settings[Transplantation.budgetOf] == .parameters
            let whole = try NetworkCost(of: network)
            let limit = Int(settings[Transplantation.budget] * Double(isOfParameters ? whole.parameters : whole.multiplyAdds))
            widths = try WidthBudget(network: network, limit: limit, isOfParameters: isOfParameters, errors: chosen.mapValues(\.errors))
                .widths(control)
        }
        var kept = Graft.merged(
            parents.networks.indices.map { Graft.whole($0, of: parents) }, shares: parents.networks.map { _ in 1 / Double(parents.count) })
        var accounts: [ReconstructionDiagnostics.Group] = [], errors: [Int: [Double]] = [:], costs: [Int: [Matrix]] = [:]
        for group in groups {
            guard let selection = chosen[group.id], let width = widths[group.id] else { continue }
            let stay = selection.order.prefix(width).sorted()
            kept.keep(stay, of: group.id)
            errors[group.id] = Array(selection.errors.prefix(width + 1))
            if control.keepsCosts, let cost = try leftOver(by: stay, of: group, statistics) { costs[group.id] = cost }
            accounts.append(
                ReconstructionDiagnostics.Group(
                    name: group.name, kept: kept.members.map { $0.kept[group.id] ?? [] },
                    parentNeurons: parents.networks.map { $0.groups[group.id]?.neurons ?? 0 },
                    errors: errors[group.id] ?? [], idle: max(0, selection.idle - (selection.order.count - width))))
        }
        return Result(kept: kept, groups: accounts, errors: errors, costs: costs, seconds: seconds)
    }

    /// For each parent: neurons × kept neurons, the share 1 − r² of a neuron's variation, where it is read, that a kept one alone leaves over;
    /// nil where neurons own several columns, or nothing reads them. A dead neuron shares nothing with others.
    private func leftOver(by kept: [Int], of group: NeuronGroup, _ statistics: GroupStatistics) throws -> [Matrix]? {
        guard statistics.block(group.id) == 1, let gram = try statistics.gram(group.id) else { return nil }
        let count = gram.shape[0], entries = try gram.array(of: Double.self)
        var start = 0
        return parents.networks.map { network in
            let own = network.groups[group.id]?.neurons ?? 0
            var cost = Matrix(rows: own, columns: kept.count, repeating: 1)
            for row in 0..<own {
                let neuron = start + row, energy = entries[neuron * count + neuron]
                for (column, other) in kept.enumerated() {
                    let product = entries[neuron * count + other], both = energy * entries[other * count + other]
                    cost.values[row * kept.count + column] =
                        neuron == other ? 0 : both > 0 ? min(1, max(0, 1 - product * product / both)) : 1
                }
            }
            start += own
            return cost
        }
    }

    static func wanted(_ factor: Double, of neurons: Int) -> Int { max(1, Int((Double(neurons) * factor).rounded())) }

    private func selection(of group: NeuronGroup, _ statistics: GroupStatistics, wanted: Int) throws -> PivotedSelection {
        guard let gram = try statistics.gram(group.id) else {
            // Nothing with weights reads the group, so nothing tells its neurons apart but their own weights.
            let scores = try energies(group)
            let gram = try Tensor.identity(scores.count, dtype: .float64) * Tensor(scores)
            return try PivotedSelection(gram: gram, block: 1, wanted: wanted)
        }
        return try settings[Reconstruction.selection].selection(
            gram: gram, block: statistics.block(group.id), wanted: wanted, energies: energies(group))
    }

    /// Neuron transplantation's scores of all parents' neurons.
    private func energies(_ group: NeuronGroup) throws -> [Double] {
        let energy = WeightEnergy(power: .two, sides: .all, reduction: .mean)
        var scores: [Double] = []
        for parent in parents.networks.indices {
            scores += try energy.scores(of: group.id, in: Graft.whole(parent, of: parents).members[0], parents: parents)
        }
        return scores
    }
}
