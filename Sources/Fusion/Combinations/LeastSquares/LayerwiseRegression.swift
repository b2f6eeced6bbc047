import Networks
import Synchronization
import Tensors
import Transport

/// Linear neuron interpolation (Luenam et al. 2025): layer after layer, the neurons of all parents are clustered, and least squares makes
/// the fused layer, fed with its own fused inputs, give each cluster's importance-weighted mean.
///
/// Alignment and combination in one: neurons are compared by what of their values the layer's fused inputs can reproduce, so that the
/// regression of each layer feeds the clustering of the next. Given a plan, it only combines. Layers that share a neuron group (a residual
/// stream) share one clustering, found on the parents' own values at all of them.
final class LayerwiseRegression: Alignment, Combination {
    private let clustering: GroupClustering
    /// For the values of all networks between layers.
    private let cachedBytes: Int
    /// What the last plan of all groups was made with.
    private let planned = Mutex<FusedNetworkBuilder?>(nil)

    init(_ clustering: GroupClustering, cachedBytes: Int = 384 << 20) {
        self.clustering = clustering
        self.cachedBytes = cachedBytes
    }

    var parents: ParentSet { clustering.parents }
    var order: [NeuronGroup] { parents.groups.withoutHeadGroups }
    private var units: [RegressionUnit] { clustering.units }
    private var batches: SampleBatches { clustering.batches }

    func plan(only group: NeuronGroup?, control: FusionControl) throws -> FusionPlan {
        let builder = try run(through: group?.id, given: nil, control: control)
        if group == nil { planned.withLock { $0 = builder } }
        return builder.plan
    }

    var massesAreWeights: Bool { true }

    func couplings(of group: NeuronGroup, from stored: [StoredCoupling]) throws -> [Coupling] {
        try Clustering(stored).couplings(keepsCosts: false)
    }

    func fused(along plan: FusionPlan, of parents: ParentSet, control: FusionControl) throws -> FusionOutcome {
        let known = planned.withLock { builder in
            defer { builder = nil }
            return builder
        }
        let builder =
            if let known, known.plan.hasCouplings(of: plan) { known } else { try run(through: nil, given: plan, control: control) }
        return FusionOutcome(network: try builder.network(), plan: plan, notes: builder.notes)
    }

    private func run(through last: Int?, given plan: FusionPlan?, control: FusionControl) throws -> FusedNetworkBuilder {
        var builder = try FusedNetworkBuilder(parents: parents) { plan?[group: $0.id]?.neurons ?? clustering.width(of: $0) }
        let scores = try plan == nil ? clustering.scores(control: control) : []
        builder.notes.append(
            "targets from \(batches.count) samples of \(batches.source.name), importance by \(clustering.importance.kind.rawValue)")
        let share = cachedBytes / (parents.networks.count + 1)
        var caches = Caches(
            parents: parents.networks.map { ActivationCache($0, batches: batches, budget: share) },
            fused: ActivationCache(try builder.network(), batches: batches, budget: share))
        for (index, unit) in units.enumerated() {
            if let last, unit.group.id > last || builder.plan[group: last] != nil { break }
            try control.check()
            try builder.planByPosition(before: unit.group.id, given: plan)
            control.progress?(.planning(group: unit.group.name, index: index, of: units.count))
            // What is tied to the input keeps the input's order, and what is planned needs no fit to be carried.
            if unit.isTied, unit.group.keepsOrder || builder.plan[group: unit.group.id] != nil {
                try builder.carry(unit)
                continue
            }
            let clock = Stopwatch()
            let (system, regression) = try fit(unit, builder: builder, caches: &caches, control: control)
            if builder.plan[group: unit.group.id] == nil {
                let planned: GroupPlan
                if let given = plan?[group: unit.group.id] {
                    planned = given
                } else {
                    let (couplings, note) = try clustering.couplings(
                        of: unit.group, geometry: geometry(of: unit, regression, control: control), scores: scores,
                        fused: builder.fusedWidth(of: unit.group), control: control)
                    if let note { builder.notes.append(note) }
                    planned = GroupPlan(group: unit.group, couplings: couplings, seconds: clock.seconds)
                }
                builder.add(planned)
                control.progress?(.planned(planned))
            }
            if unit.isTied {
                try builder.carry(unit)
                continue
            }
            control.progress?(.combining(parameter: unit.weight, index: index, of: units.count))
            try builder.write(
                unit, system: system, regression: regression,
                batchNormalisation: clustering.settings[unit.group][Interpolation.batchNormalisation])
            builder.notes.append(note(unit, regression))
        }
        try builder.planByPosition(before: last.map { $0 + 1 } ?? .max, given: plan)
        return builder
    }

    /// The geometry of a unit's neurons as the fit sees them; of a group that several layers give, the parents' own.
    private func geometry(of unit: RegressionUnit, _ regression: Regression, control: FusionControl) throws -> NeuronGeometry {
        guard units.filter({ $0.group.id == unit.group.id }).count > 1 else { return regression.geometry }
        guard let shared = try clustering.geometries(of: [unit.group], control: control)[unit.group.id] else {
            throw FusionError.noSamples(method: "neuron interpolation")
        }
        return shared
    }

    // MARK: Fitting

    /// The networks' values, advanced layer by layer.
    private struct Caches {
        var parents: [ActivationCache]
        var fused: ActivationCache
    }

    /// One pass over the samples: what the unit sees in the fused network, and what its neurons give in each parent.
    private func fit(
        _ unit: RegressionUnit, builder: FusedNetworkBuilder, caches: inout Caches, control: FusionControl
    ) throws -> (NormalEquations, Regression) {
        let fused = try builder.network()
        let positions = unit.positions(in: fused), inputs = unit.inputs(in: fused) + (unit.hasIntercept ? 1 : 0)
        let own = clustering.counterparts(of: unit), solver = clustering.settings[unit.group].regressionSolver
        caches.fused.network = fused
        try caches.fused.advance(to: unit.source, control: control)
        for (index, unit) in own.enumerated() { if let unit { try caches.parents[index].advance(to: unit.output, control: control) } }
        let dtype: DType = solver.needsDoublePrecision || fused.dtype == .float64 ? .float64 : .float32
        var system = NormalEquations(
            inputs: inputs, targets: own.reduce(0) { $0 + ($1?.group.neurons ?? 0) }, expectedRows: batches.count * positions,
            prior: clustering.settings[unit.group].shrinksTowardsWeights
                ? try builder.prior(of: unit, counterparts: own, dtype: dtype) : nil)
        let weight = try fused.parameter(unit.weight)
        let tile = SampleBatches(batches, size: Self.tile(positions: positions, inputs: inputs))
        try tile.forEach(control) { (x, range) in
            let design = try unit.design(caches.fused.values(at: unit.source, of: range, inputs: x), weight: weight, dtype: dtype)
            var answers: [Tensor] = []
            for (parent, unit) in own.enumerated() {
                guard let unit else { continue }
                answers.append(
                    try clustering.rows(
                        caches.parents[parent].values(at: unit.output, of: range, inputs: x), of: unit, parent: parent, dtype: dtype))
            }
            try system.add(design, try Tensor.concatenated(answers, axis: 1))
        }
        return (system, try system.solved(by: solver))
    }

    /// Samples at once, so that the rows of a batch take about 32 MB.
    private static func tile(positions: Int, inputs: Int) -> Int { max(1, min(100, 4_000_000 / max(1, positions * inputs))) }

    private func note(_ unit: RegressionUnit, _ regression: Regression) -> String {
        let shape = "\(unit.node.id): rank \(regression.rank) of \(regression.inputs) inputs on \(regression.rows) rows"
        let ridge = regression.ridge > 0 ? ", ridge \(rounded(regression.ridge))" : ""
        let open =
            regression.keepsPrior
            ? "what they leave open is the mean of the parents' matched weights" : "so the least-norm weights were taken"
        let few = regression.rows < regression.inputs ? "; fewer rows than inputs, \(open)" : ""
        return shape + ridge + few
    }
}

extension FusionPlan {
    /// Whether another plan has the same groups with the same masses.
    func hasCouplings(of other: FusionPlan) -> Bool {
        groups.count == other.groups.count
            && zip(groups, other.groups).allSatisfy { one, other in
                one.group.id == other.group.id && one.couplings.map(\.plan) == other.couplings.map(\.plan)
            }
    }
}
