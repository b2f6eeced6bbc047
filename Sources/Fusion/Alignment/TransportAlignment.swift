import Networks
import Tensors
import Transport

/// Couplings by optimal transport from each parent to the reference parent (Singh & Jaggi 2020, Algorithm 1).
///
/// For a group with n neurons in a parent and m in the reference: a cost n × m between neurons, by activations or by incoming
/// weights whose inputs were already carried along; a plan with the masses of both; and the plan scaled so that each reference
/// neuron is a convex mixture of the parent's.
public struct TransportAlignment: Alignment {
    let parents: ParentSet
    let settings: OTFusion.Settings
    /// Costs by activations; nil when neurons are compared by weights.
    let activations: ActivationCosts?
    /// Importance of the neurons, where that is their mass.
    var scores: GroupScores?

    public var needsEarlierGroups: Bool { settings.source == .weights }

    /// One pass over the samples serves every group.
    public func prepare(_ groups: [NeuronGroup], control: FusionControl) throws(FusionError) {
        try activations?.compute(groups.filter { !keepsOrder($0) }, control: control)
    }

    private func keepsOrder(_ group: NeuronGroup) -> Bool { group.role == .classes && settings.lastLayer == .keep }

    public func couplings(of group: NeuronGroup, given plan: FusionPlan, control: FusionControl) throws(FusionError) -> [Coupling] {
        var couplings: [Coupling] = []
        for parent in 0..<parents.count {
            try control.check()
            let neurons = neurons(of: group, parent)
            if parent == parents.reference || keepsOrder(group) {
                couplings.append(.identity(parent: parent, neurons: neurons))
            } else {
                couplings.append(try coupling(of: group, parent: parent, given: plan, control: control))
            }
        }
        return couplings
    }

    private func neurons(of group: NeuronGroup, _ parent: Int) -> Int {
        parents.networks[parent].groups.all.first { $0.id == group.id }?.neurons ?? 0
    }

    private func coupling(of group: NeuronGroup, parent: Int, given plan: FusionPlan, control: FusionControl) throws(FusionError) -> Coupling {
        let raw = if let activations { try activations.cost(of: group, parent: parent, control: control) } else {
            try WeightFeatures(parents: parents, settings: settings).cost(of: group, parent: parent, given: plan)
        }
        let source = try masses(of: group, parent: parent, control: control), target = try masses(of: group, parent: parents.reference, control: control)
        do {
            var cost = try settings.costNormalisation.apply(to: raw)
            if let range = settings.clip { cost = cost.clipped(to: range) }
            let problem = try TransportProblem(cost: cost, source: source, target: target)
            let solverControl = SolverControl(isCancelled: control.isCancelled)
            let result = try settings.solver.outcome(of: problem, control: solverControl).requireConverged()
            return Coupling(
                parent: parent, plan: result.plan, source: source, target: target, transport: result,
                cost: control.keepsCosts ? cost : nil,
                map: try map(of: result.plan, settings.mapScaling),
                readingMap: settings.mapScaling == .split ? try map(of: result.plan, .columns) : nil)
        } catch let error as FusionError {
            throw error
        } catch let error as TransportError {
            if case .cancelled = error { throw .cancelled }
            throw .transport(group: group.name, parent: parent, error)
        } catch {
            // Both kinds of error that the block throws were named above.
            throw .transport(group: group.name, parent: parent, .cancelled)
        }
    }

    /// The masses of a parent's neurons: alike, by importance, or by the norm of their own incoming weights, with 10⁻⁹ added as published so that
    /// a dead neuron keeps a trace of mass. Classes are always alike. Masses sum to 1; for the unbalanced solver they are not
    /// normalised, as published: 1 for each neuron, or the norm itself.
    private func masses(of group: NeuronGroup, parent: Int, control: FusionControl) throws(FusionError) -> [Double] {
        let neurons = neurons(of: group, parent)
        let isUnbalanced = settings.solverKind == .unbalanced
        if settings.marginals == .uniform || group.role == .classes { return Masses.uniform(neurons, total: isUnbalanced ? Double(neurons) : 1) }
        if let scores {
            let own = try scores.scores(of: group.id, parent: parent, control: control)
            let total = own.reduce(0, +)
            return isUnbalanced ? own : own.map { $0 / total }
        }
        let rows = try WeightFeatures(parents: parents, settings: settings).ownRows(of: group, parent: parent, withBias: false)
        let norms = try tensors { () throws(TensorError) in
            try (settings.marginals == .l1 ? rows.absoluteNorm(axes: [1]) : rows.norm(axes: [1])).array(of: Double.self).map { $0 + 1e-9 }
        }
        let total = norms.reduce(0, +)
        return isUnbalanced ? norms : norms.map { $0 / total }
    }

    /// The plan as a map of weights, [parent neurons, fused neurons].
    private func map(of plan: TransportPlan, _ scaling: OTFusion.MapScaling) throws(FusionError) -> GroupMap {
        if scaling == .columns, let sources = plan.columnSources { return .selection(sources) }
        var map = plan.dense()
        // 10⁻⁷ is the published program's guard against division by zero; it is part of the figures that the two variants reproduce.
        switch scaling {
        case .columns:
            let sums = map.columnSums
            for i in 0..<map.rows { for j in 0..<map.columns where sums[j] > 0 { map[i, j] /= sums[j] } }
        case .split:
            let sums = map.rowSums
            for i in 0..<map.rows { for j in 0..<map.columns where sums[i] > 0 { map[i, j] /= sums[i] } }
        case .rows:
            let sums = map.rowSums
            for i in 0..<map.rows { for j in 0..<map.columns { map[i, j] /= sums[i] + 1e-7 } }
        case .constant:
            let factor = 1 / (1 / Double(map.rows) + 1e-7)
            for index in map.values.indices { map.values[index] *= factor }
        }
        return try tensors { () throws(TensorError) in
            try .mixture(Tensor(map.values.map(Float.init), shape: [map.rows, map.columns]))
        }
    }
}

extension TransportPlan {
    /// For each column, its only row, where the plan is a permutation: the map of weights is then a reordering.
    var columnSources: [Int]? {
        guard let targets = permutation, rows == columns else { return nil }
        var sources = [Int](repeating: 0, count: columns)
        for (row, column) in targets.enumerated() { sources[column] = row }
        return sources
    }
}
