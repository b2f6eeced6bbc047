import Dispatch
import Networks
import Tensors
import Transport

/// Linear neuron interpolation (Luenam et al. 2025): layer after layer, the neurons of all parents are grouped, and least squares makes
/// the fused layer, fed with its own fused inputs, give each group's importance-weighted mean.
///
/// Layers that share a neuron group (a residual stream) share one clustering, found on the parents' own values at all of them.
struct LayerwiseRegression: FusionProcedure {
    let parents: ParentSet
    let settings: Settings
    let clustering: any NeuronClustering
    let batches: SampleBatches
    private let importance: Importance
    private let solver: RegressionSolver
    private let head: Interpolation.Head
    /// Each parent's priors of every class, where they are known.
    private let classShares: [[Double]]?
    private let units: [RegressionUnit]
    /// For the values of all networks between layers.
    var keptBytes = 384 << 20

    init(_ context: FusionContext, parents: ParentSet, clustering: any NeuronClustering, inputs: any InputSource) throws {
        self.parents = parents
        self.clustering = clustering
        settings = context.settings
        importance = Importance(settings)
        solver = settings.regressionSolver
        classShares = context.classShares
        // Outputs that are no classes have none whose importance would weight them.
        head = parents.networks.allSatisfy(\.task.isSoftmax) ? settings[Interpolation.head] : .mean
        if head == .shares, classShares?.count != parents.count {
            throw FusionError.unsuitable(
                reason:
                    "head=shares needs each parent's share of every class, which is not known of these parents; set head=importance or head=mean"
            )
        }
        batches = try SampleBatches(inputs, atMost: settings[Interpolation.samples], size: 100, method: "neuron interpolation")
        units = RegressionUnit.all(of: parents.referenceNetwork)
        guard !units.isEmpty else { throw FusionError.unsuitable(reason: "the networks have no linear or convolutional layer to fit") }
    }

    func plan(only group: String?, control: FusionControl) throws -> FusionPlan {
        var last: Int?
        if let group { last = (try parents.groups.named(group)).id }
        return try run(through: last, control: control).plan
    }

    func fuse(control: FusionControl) throws -> FusionOutcome {
        let draft = try run(through: nil, control: control)
        let network = try draft.network()
        return FusionOutcome(network: network, plan: draft.plan, notes: draft.notes + draft.plan.warnings)
    }

    private func run(through last: Int?, control: FusionControl) throws -> FusedNetworkBuilder {
        var draft = try FusedNetworkBuilder(parents: parents, width: settings[Interpolation.width])
        let scores = try parentScores(control: control)
        draft.notes.append("targets from \(batches.count) samples of \(batches.source.name), importance by \(importance.kind.rawValue)")
        let share = keptBytes / (parents.networks.count + 1)
        var walks = Walks(
            parents: parents.networks.map { ActivationCache($0, batches: batches, budget: share) },
            fused: ActivationCache(try draft.network(), batches: batches, budget: share))
        for (index, unit) in units.enumerated() {
            if let last, unit.group.id > last || draft.plan[group: last] != nil { break }
            try control.check()
            try draft.planByPosition(before: unit.group.id)
            control.progress?(.planning(group: unit.group.name, index: index, of: units.count))
            // What is tied to the input keeps the input's order, and what is planned needs no fit to be carried.
            if unit.isTied, unit.group.role == .input || draft.plan[group: unit.group.id] != nil {
                try draft.carry(unit)
                continue
            }
            let start = DispatchTime.now().uptimeNanoseconds
            let (system, regression) = try fit(unit, draft: draft, walks: &walks, control: control)
            if draft.plan[group: unit.group.id] == nil {
                let grouped = try group(unit, regression, scores: scores, draft: draft, control: control)
                try draft.add(grouped.clustering, of: grouped.neurons, keepsCosts: control.keepsCosts, seconds: seconds(since: start))
                if let planned = draft.plan[group: unit.group.id] { control.progress?(.planned(planned)) }
            }
            if unit.isTied {
                try draft.carry(unit)
                continue
            }
            control.progress?(.combining(parameter: unit.weight, index: index, of: units.count))
            try draft.write(unit, system: system, regression: regression, batchNormalisation: settings[Interpolation.batchNormalisation])
            draft.notes.append(note(unit, regression))
        }
        try draft.planByPosition(before: last.map { $0 + 1 } ?? .max)
        return draft
    }

    private func seconds(since start: UInt64) -> Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }

    // MARK: Importance

    /// Scores by parent and unit, normalised where the settings say so.
    private func parentScores(control: FusionControl) throws -> [[[Double]]] {
        var all: [[[Double]]] = []
        for network in parents.networks {
            let own = RegressionUnit.all(of: network)
            let scores = try importance.scores(
                of: network, at: own.map(\.output), inputs: batches.source, samples: batches.count, control: control)
            all.append(
                own.map { unit in
                    let values = scores[unit.output] ?? []
                    let total = values.reduce(0, +)
                    return settings[Importance.normalised] && total > 0 ? values.map { $0 / total } : values
                })
        }
        return all
    }

    /// Scores of a group's neurons, all parents stacked: those of its units added up.
    private func stackedScores(_ group: NeuronGroup, _ scores: [[[Double]]]) -> [Double] {
        var stacked: [Double] = []
        for parent in scores {
            var sum: [Double] = []
            for (index, unit) in units.enumerated() where unit.group.id == group.id {
                sum = sum.isEmpty ? parent[index] : zip(sum, parent[index]).map { $0 + $1 }
            }
            stacked += sum
        }
        return stacked
    }

    // MARK: Fitting

    /// The networks on their way through their layers.
    private struct Walks {
        var parents: [ActivationCache]
        var fused: ActivationCache
    }

    /// One pass over the samples: what the unit sees in the fused network, and what its neurons give in each parent.
    private func fit(
        _ unit: RegressionUnit, draft: FusedNetworkBuilder, walks: inout Walks, control: FusionControl
    ) throws -> (NormalEquations, Regression) {
        let fused = try draft.network()
        let positions = unit.positions(in: fused), inputs = unit.inputs(in: fused) + (unit.hasIntercept ? 1 : 0)
        let own = counterparts(of: unit)
        walks.fused.network = fused
        try walks.fused.advance(to: unit.source, control: control)
        for (index, unit) in own.enumerated() { if let unit { try walks.parents[index].advance(to: unit.output, control: control) } }
        let dtype: DType = solver.needsDoublePrecision || fused.dtype == .float64 ? .float64 : .float32
        var system = NormalEquations(
            inputs: inputs, targets: own.reduce(0) { $0 + ($1?.group.neurons ?? 0) }, expectedRows: batches.count * positions)
        let weight = try fused.parameter(unit.weight)
        let tile = SampleBatches(batches, size: Self.tile(positions: positions, inputs: inputs))
        try tile.forEach(control) { (x, range) in
            let design = try unit.design(walks.fused.values(at: unit.source, of: range, inputs: x), weight: weight, dtype: dtype)
            var answers: [Tensor] = []
            for (parent, unit) in own.enumerated() {
                guard let unit else { continue }
                answers.append(
                    try rows(walks.parents[parent].values(at: unit.output, of: range, inputs: x), of: unit, parent: parent, dtype: dtype))
            }
            try system.add(design, try Tensor.concatenated(answers, axis: 1))
        }
        return (system, try system.solved(by: solver))
    }

    /// The same layer in every parent.
    private func counterparts(of unit: RegressionUnit) -> [RegressionUnit?] {
        let place = position(unit, parents.referenceNetwork)
        return parents.networks.map { network in RegressionUnit.all(of: network).first { position($0, network) == place } }
    }

    private func position(_ unit: RegressionUnit, _ network: Network) -> Int {
        network.architecture.nodes.firstIndex { $0.id == unit.node.id } ?? -1
    }

    /// The values of a unit's neurons in a parent, [rows, neurons].
    private func rows(_ values: Tensor, of unit: RegressionUnit, parent: Int, dtype: DType) throws -> Tensor {
        let rows = try RegressionUnit.rows(values, dtype: dtype)
        guard try rows.allFinite() else {
            throw FusionError.nonFiniteActivations(group: unit.group.name, parent: parent)
        }
        return rows
    }

    /// Samples at once, so that the rows of a batch take about 32 MB.
    private static func tile(positions: Int, inputs: Int) -> Int { max(1, min(100, 4_000_000 / max(1, positions * inputs))) }

    // MARK: Clustering

    private func group(
        _ unit: RegressionUnit, _ regression: Regression, scores: [[[Double]]], draft: FusedNetworkBuilder, control: FusionControl
    ) throws -> (clustering: Clustering, neurons: StackedNeurons) {
        let group = unit.group
        let sharing = units.filter { $0.group.id == group.id }
        let geometry = sharing.count == 1 ? regression.geometry : try sharedGeometry(sharing, control: control)
        var stacked = stackedScores(group, scores)
        if group.role == .classes { stacked = logitWeights(stacked) }
        let neurons = StackedNeurons(
            group: group, geometry: geometry, scores: stacked, widths: draft.widths(of: group), reference: parents.reference,
            fused: draft.fusedWidth(of: group))
        let rule: any NeuronClustering = group.role == .hidden ? clustering : EqualPositions()
        return (try rule.clustering(of: neurons, control: control), neurons)
    }

    /// The weights of the parents' logits, stacked.
    private func logitWeights(_ scores: [Double]) -> [Double] {
        switch head {
        case .importance: return scores
        case .mean: return [Double](repeating: 1, count: scores.count)
        case .shares, .publishedShares:
            let shares = (classShares ?? []).flatMap { $0 }
            return shares.count == scores.count ? shares.map { $0 + Importance.trace } : scores
        }
    }

    /// Inner products of the parents' own values at every layer that shares the group.
    private func sharedGeometry(_ sharing: [RegressionUnit], control: FusionControl) throws -> NeuronGeometry {
        let own = sharing.map { counterparts(of: $0) }
        var sum: Tensor?
        let tile = SampleBatches(batches, size: 20)
        try tile.forEach(control) { (x, _) in
            // Every parent runs once, whatever the number of layers.
            var values: [[String: Tensor]] = []
            for (parent, network) in parents.networks.enumerated() {
                values.append(
                    try network.values(of: Set(own.compactMap { $0[parent]?.output }), given: [Architecture.input: x]))
            }
            for units in own {
                var columns: [Tensor] = []
                for (parent, unit) in units.enumerated() {
                    guard let unit, let value = values[parent][unit.output] else { continue }
                    columns.append(try rows(value, of: unit, parent: parent, dtype: .float64))
                }
                let before = sum
                let rows = try Tensor.concatenated(columns, axis: 1), products = try rows.transposed(0, 1).matmul(rows)
                sum = if let before { try before + products } else { products }
            }
        }
        guard let sum else { throw FusionError.noSamples(method: "neuron interpolation") }
        return try NeuronGeometry(products: try sum.array(of: Double.self), squaredLengths: try sum.diagonal().array(of: Double.self))
    }

    private func note(_ unit: RegressionUnit, _ regression: Regression) -> String {
        let shape = "\(unit.node.id): rank \(regression.rank) of \(regression.inputs) inputs on \(regression.rows) rows"
        let ridge = regression.ridge > 0 ? ", ridge \(rounded(regression.ridge))" : ""
        let few = regression.rows < regression.inputs ? "; fewer rows than inputs, so the least-norm weights were taken" : ""
        return shape + ridge + few
    }
}

extension SampleBatches {
    /// The same samples in batches of another size.
    init(_ other: SampleBatches, size: Int) {
        self = other
        self.size = max(1, size)
    }
}
