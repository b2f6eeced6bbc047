import Networks
import Tensors
import Transport

/// The neurons of each group that best reconstruct all parents' neurons linearly.
struct ReconstructionSelection: Alignment {
    let parents: ParentSet
    private let groupSettings: GroupSettings
    private let pass: SharedPass
    /// How much each parent's neurons count, out of a pass of the parents; nil for all alike.
    private let weights: @Sendable (ParentPass, FusionControl) throws -> [Double]?
    /// Gathers what the weights need and the neurons' statistics.
    private let gathered: @Sendable (FusionControl) throws -> ParentPass
    private var settings: Settings { groupSettings.base }

    init(
        parents: ParentSet, settings: GroupSettings, pass: SharedPass, gathered: @escaping @Sendable (FusionControl) throws -> ParentPass,
        weights: @escaping @Sendable (ParentPass, FusionControl) throws -> [Double]?
    ) throws {
        try parents.requireTransplantable(for: Reconstruction.method.title)
        self.parents = parents
        groupSettings = settings
        self.pass = pass
        self.gathered = gathered
        self.weights = weights
    }

    var order: [NeuronGroup] { parents.groups.selectionOrder }

    func couplings(of group: NeuronGroup, from stored: [StoredCoupling]) throws -> [Coupling] {
        stored.enumerated().map { Coupling(selected: $1, parent: $0, role: group.role) }
    }

    /// One pass over the inputs selects for all groups, whichever is wanted.
    func plan(only wanted: NeuronGroup?, control: FusionControl) throws -> FusionPlan {
        var pass = try pass.takenStatistics() ?? gathered(control)
        if pass.statistics == nil { pass = try gathered(control) }
        guard let statistics = pass.statistics else { throw FusionError.noSamples(method: Reconstruction.method.title) }
        let weights = try weights(pass, control)
        let groups = parents.groups.selectable, budgeted = settings[Reconstruction.size] == .budget
        var chosen: [Int: PivotedSelection] = [:], seconds: [Int: Double] = [:]
        for (index, group) in groups.enumerated() {
            try control.check()
            control.progress?(.planning(group: group.name, index: index, of: groups.count))
            let clock = Stopwatch()
            let available = parents.networks.reduce(0) { $0 + ($1.groups[group.id]?.neurons ?? 0) }
            let wanted = budgeted ? available : width(of: group)
            guard wanted <= available else {
                throw FusionError.unsuitable(
                    reason:
                        "\(wanted) neurons were requested in group \(group.name), but the parents have \(available) together: set width to at most \(HyperparameterValue.real(Double(available) / Double(group.neurons)))"
                )
            }
            if statistics.has(group.id) { chosen[group.id] = try selection(of: group, statistics, wanted: wanted, weights) }
            seconds[group.id] = clock.seconds
        }
        if let processes = control.processes { chosen = try PivotedSelection.gathered(chosen, processes) }
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
        var selections: [Int: DiagnosticsSet] = [:], costs: [Int: [Matrix]] = [:]
        for group in groups {
            guard let selection = chosen[group.id], let width = widths[group.id] else { continue }
            let pinned = pinnedPositions(of: group)
            let stay = (pinned + selection.order.filter { !pinned.contains($0) }).prefix(width).sorted()
            kept.keep(stay, of: group.id)
            if control.keepsCosts, let cost = try residuals(of: group, against: stay, statistics) { costs[group.id] = cost }
            let neurons = parents.widths(of: group), errors = Array(selection.errors.prefix(width + 1))
            let own = kept.members.map { $0.kept[group.id] ?? [] }
            selections[group.id] = DiagnosticsSet()
            selections[group.id]?[SelectionDiagnostics.self] = SelectionDiagnostics(
                group: group.name, parentNeurons: neurons, kept: own.map(\.count), cuts: [], errors: errors)
            selections[group.id]?[ReconstructionDiagnostics.Group.self] = ReconstructionDiagnostics.Group(
                name: group.name, kept: own, parentNeurons: neurons, errors: errors,
                idle: max(0, selection.idle - (selection.order.count - width)), weights: weights)
        }
        let plan = try parents.plan(
            of: kept, edits: groupSettings.edits, diagnostics: { selections[$0.id] ?? DiagnosticsSet() }, costs: costs, seconds: seconds)
        for planned in plan.groups { control.progress?(.planned(planned)) }
        return wanted.map { wanted in FusionPlan(groups: plan.groups.filter { $0.group.id == wanted.id }) } ?? plan
    }

    private func width(of group: NeuronGroup) -> Int {
        groupSettings.edits[group.name].neurons ?? max(1, Int((Double(group.neurons) * settings[Reconstruction.width]).rounded()))
    }

    /// Pinned neurons, as positions among all parents' neurons: they are selected first.
    private func pinnedPositions(of group: NeuronGroup) -> [Int] {
        let widths = parents.widths(of: group)
        return groupSettings.edits[group.name].pinned.sorted().compactMap { pin in
            widths.indices.contains(pin.parent) && pin.from < widths[pin.parent] ? widths[..<pin.parent].reduce(0, +) + pin.from : nil
        }
    }

    /// For each parent: neurons × selected neurons, the residual 1 − R² of predicting a neuron from a selected one alone; nil where neurons
    /// own several columns, or nothing reads them. A dead neuron predicts no other.
    private func residuals(of group: NeuronGroup, against kept: [Int], _ statistics: GroupStatistics) throws -> [Matrix]? {
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

    /// - Parameter weights: how much each parent's neurons count; nil for all alike.
    private func selection(
        of group: NeuronGroup, _ statistics: GroupStatistics, wanted: Int, _ weights: [Double]?
    ) throws -> PivotedSelection {
        guard let gram = try statistics.gram(group.id) else {
            // Nothing with weights reads the group, so nothing tells its neurons apart but their own weights.
            let scores = try energies(group)
            let gram = try Tensor.identity(scores.count, dtype: .float64) * Tensor(scores)
            return try PivotedSelection(gram: gram, block: 1, wanted: wanted)
        }
        let block = statistics.block(group.id)
        let columns = weights.map { zip($0, parents.widths(of: group)).flatMap { [Double](repeating: $0, count: $1 * block) } }
        return try groupSettings[group][Reconstruction.selection].selection(
            gram: gram, block: block, wanted: wanted, isSingle: statistics.isSingle(group.id), weights: columns,
            energies: energies(group))
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

extension PivotedSelection {
    /// The selections of all processes, by group.
    fileprivate static func gathered(_ own: [Int: PivotedSelection], _ processes: ProcessGroup) throws -> [Int: PivotedSelection] {
        var tensors: [Tensor] = []
        for (group, selection) in own.sorted(by: { $0.key < $1.key }) {
            tensors += [try Tensor([group, selection.idle]), try Tensor(selection.order), try Tensor(selection.errors)]
        }
        var all: [Int: PivotedSelection] = [:]
        for found in try processes.gathered(tensors) {
            var rest = found[...]
            while !rest.isEmpty {
                let head = try rest.next().array(of: Int.self)
                all[head[0]] = try PivotedSelection(order: rest.next().array(), errors: rest.next().array(), idle: head[1])
            }
        }
        return all
    }
}
