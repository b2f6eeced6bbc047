import Dispatch
import Networks
import Tensors
import Transport

/// Linear neuron interpolation (Luenam et al. 2025): layer after layer, the neurons of all parents are grouped, and least squares makes
/// the fused layer, fed with its own fused inputs, give each group's importance-weighted mean.
///
/// Layers that share a neuron group (a residual stream) share one grouping, found on the parents' own values at all of them.
struct LayerwiseRegression: FusionProcedure {
    let parents: ParentSet
    let settings: InterpolationSettings
    let grouping: any NeuronGrouping
    let batches: SampleBatches
    private let units: [RegressionUnit]
    /// For the values of all networks between layers.
    var keptBytes = 384 << 20

    init(parents: ParentSet, settings: InterpolationSettings, grouping: any NeuronGrouping, inputs: any InputSource) throws(FusionError) {
        self.parents = parents
        self.settings = settings
        self.grouping = grouping
        batches = try SampleBatches(inputs, atMost: settings.samples, size: 100, method: "neuron interpolation")
        units = RegressionUnit.all(of: parents.referenceNetwork)
        guard !units.isEmpty else { throw .unsuitable(reason: "the networks have no linear or convolutional layer to fit") }
    }

    func plan(only group: String?, control: FusionControl) throws(FusionError) -> FusionPlan {
        var last: Int?
        if let group { last = try networks { () throws(NetworkError) in try parents.groups.named(group) }.id }
        return try run(through: last, control: control).plan
    }

    func fuse(control: FusionControl) throws(FusionError) -> FusionOutcome {
        let draft = try run(through: nil, control: control)
        let network = try draft.network()
        return FusionOutcome(network: network, plan: draft.plan, notes: draft.notes + draft.plan.warnings)
    }

    private func run(through last: Int?, control: FusionControl) throws(FusionError) -> FusedDraft {
        var draft = try FusedDraft(parents: parents, width: settings.width)
        let scores = try parentScores(control: control)
        draft.notes.append(settings.samplesNote(batches.count, batches.source.name))
        let share = keptBytes / (parents.networks.count + 1)
        var walks = Walks(
            parents: parents.networks.map { KeptValues($0, batches: batches, budget: share) },
            fused: KeptValues(try draft.network(), batches: batches, budget: share))
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
                try draft.add(grouped.grouping, of: grouped.neurons, keepsCosts: control.keepsCosts, seconds: seconds(since: start))
                if let planned = draft.plan[group: unit.group.id] { control.progress?(.planned(planned)) }
            }
            if unit.isTied {
                try draft.carry(unit)
                continue
            }
            control.progress?(.combining(parameter: unit.weight, index: index, of: units.count))
            try draft.write(unit, system: system, regression: regression, batchNormalisation: settings.batchNormalisation)
            draft.notes.append(note(unit, regression))
        }
        try draft.planByPosition(before: last.map { $0 + 1 } ?? .max)
        return draft
    }

    private func seconds(since start: UInt64) -> Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }

    // MARK: Importance

    /// Scores by parent and unit, normalised where the settings say so.
    private func parentScores(control: FusionControl) throws(FusionError) -> [[[Double]]] {
        var all: [[[Double]]] = []
        for network in parents.networks {
            let own = RegressionUnit.all(of: network)
            let scores = try settings.importance.scores(
                of: network, at: own.map(\.output), inputs: batches.source, samples: batches.count, control: control)
            all.append(
                own.map { unit in
                    let values = scores[unit.output] ?? []
                    let total = values.reduce(0, +)
                    return settings.normalisesImportance && total > 0 ? values.map { $0 / total } : values
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
        var parents: [KeptValues]
        var fused: KeptValues
    }

    /// One pass over the samples: what the unit sees in the fused network, and what its neurons give in each parent.
    private func fit(
        _ unit: RegressionUnit, draft: FusedDraft, walks: inout Walks, control: FusionControl
    ) throws(FusionError) -> (DesignSystem, Regression) {
        let fused = try draft.network()
        let positions = unit.positions(in: fused), inputs = unit.inputs(in: fused) + (unit.hasIntercept ? 1 : 0)
        let own = counterparts(of: unit)
        walks.fused.network = fused
        try walks.fused.advance(to: unit.source, control: control)
        for (index, unit) in own.enumerated() { if let unit { try walks.parents[index].advance(to: unit.output, control: control) } }
        let dtype: DType = settings.solver.needsDoublePrecision || fused.dtype == .float64 ? .float64 : .float32
        var system = DesignSystem(
            inputs: inputs, targets: own.reduce(0) { $0 + ($1?.group.neurons ?? 0) }, expectedRows: batches.count * positions)
        let weight = try networks { () throws(NetworkError) in try fused.parameter(unit.weight) }
        let tile = SampleBatches(batches, size: Self.tile(positions: positions, inputs: inputs))
        try tile.forEach(control) { (x, range) throws(FusionError) in
            let design = try unit.design(walks.fused.values(at: unit.source, of: range, inputs: x), weight: weight, dtype: dtype)
            var answers: [Tensor] = []
            for (parent, unit) in own.enumerated() {
                guard let unit else { continue }
                answers.append(
                    try rows(walks.parents[parent].values(at: unit.output, of: range, inputs: x), of: unit, parent: parent, dtype: dtype))
            }
            try system.add(design, tensors { () throws(TensorError) in try Tensor.concatenated(answers, axis: 1) })
        }
        return (system, try system.solved(by: settings.solver))
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
    private func rows(_ values: Tensor, of unit: RegressionUnit, parent: Int, dtype: DType) throws(FusionError) -> Tensor {
        let rows = try RegressionUnit.rows(values, dtype: dtype)
        guard try tensors({ () throws(TensorError) in try rows.allFinite() }) else {
            throw .nonFiniteActivations(group: unit.group.name, parent: parent)
        }
        return rows
    }

    /// Samples at once, so that the rows of a batch take about 32 MB.
    private static func tile(positions: Int, inputs: Int) -> Int { max(1, min(100, 4_000_000 / max(1, positions * inputs))) }

    // MARK: Grouping

    private func group(
        _ unit: RegressionUnit, _ regression: Regression, scores: [[[Double]]], draft: FusedDraft, control: FusionControl
    ) throws(FusionError) -> (grouping: Grouping, neurons: StackedNeurons) {
        let group = unit.group
        let sharing = units.filter { $0.group.id == group.id }
        let geometry = sharing.count == 1 ? regression.geometry : try sharedGeometry(sharing, control: control)
        var stacked = stackedScores(group, scores)
        if group.role == .classes { stacked = settings.headScores(stacked, classes: group.neurons) }
        let neurons = StackedNeurons(
            group: group, geometry: geometry, scores: stacked, widths: draft.widths(of: group), reference: parents.reference,
            fused: draft.fusedWidth(of: group))
        let rule: any NeuronGrouping = group.role == .hidden ? grouping : EqualPositions()
        return (try rule.grouping(of: neurons, control: control), neurons)
    }

    /// Inner products of the parents' own values at every layer that shares the group.
    private func sharedGeometry(_ sharing: [RegressionUnit], control: FusionControl) throws(FusionError) -> NeuronGeometry {
        let own = sharing.map { counterparts(of: $0) }
        var sum: Tensor?
        let tile = SampleBatches(batches, size: 20)
        try tile.forEach(control) { (x, _) throws(FusionError) in
            // Every parent runs once, whatever the number of layers.
            var values: [[String: Tensor]] = []
            for (parent, network) in parents.networks.enumerated() {
                values.append(
                    try networks { () throws(NetworkError) in
                        try network.values(of: Set(own.compactMap { $0[parent]?.output }), given: [Architecture.input: x])
                    })
            }
            for units in own {
                var columns: [Tensor] = []
                for (parent, unit) in units.enumerated() {
                    guard let unit, let value = values[parent][unit.output] else { continue }
                    columns.append(try rows(value, of: unit, parent: parent, dtype: .float64))
                }
                let before = sum
                sum = try tensors { () throws(TensorError) in
                    let rows = try Tensor.concatenated(columns, axis: 1), products = try rows.transposed(0, 1).matmul(rows)
                    return if let before { try before + products } else { products }
                }
            }
        }
        guard let sum else { throw .noSamples(method: "neuron interpolation") }
        return try tensors { () throws(TensorError) in
            NeuronGeometry(products: try sum.array(of: Double.self), squaredLengths: try sum.diagonal().array(of: Double.self))
        }
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
