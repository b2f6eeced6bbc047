import Hyperparameters
import Networks
import Tensors
import Transport

/// Clusters the neurons of one group of all parents by what they give on the samples, weighted by importance (Luenam et al. 2025).
struct GroupClustering: Sendable {
    let parents: ParentSet
    let settings: GroupSettings
    let batches: SampleBatches
    /// The layers of the reference with weights, in the order of the network.
    let units: [RegressionUnit]
    let importance: Importance
    /// The rule of a group, by its settings.
    private let rule: @Sendable (Settings) -> any NeuronClustering
    private let head: Interpolation.Head
    /// Each parent's priors of every class, where they are known.
    private let classShares: [[Double]]?

    init(_ context: FusionContext, method: String, rule: @escaping @Sendable (Settings) -> any NeuronClustering) throws {
        parents = try context.parentSet()
        settings = try GroupSettings(context.settings, edits: context.edits, parents: parents)
        importance = Importance(context.settings)
        classShares = context.classShares
        self.rule = rule
        // Outputs that are no classes have none whose importance would weight them.
        head = parents.networks.allSatisfy(\.task.isSoftmax) ? context.settings[Interpolation.head] : .mean
        if head == .shares, classShares?.count != parents.count {
            throw FusionError.unsuitable(
                reason:
                    "head=shares needs each parent's class priors, which are unknown for these parents; set head=importance or head=mean"
            )
        }
        batches = try SampleBatches(
            context.samples(for: method), atMost: context.settings[Interpolation.samples], size: 100, method: "neuron interpolation")
        units = RegressionUnit.all(of: parents.referenceNetwork)
        guard !units.isEmpty else { throw FusionError.unsuitable(reason: "the networks have no linear or convolutional layer to fit") }
    }

    /// The number of fused neurons of a hidden group.
    func width(of group: NeuronGroup) -> Int {
        settings.edits[group.name].neurons ?? Int((Double(group.neurons) * settings.base[Interpolation.width]).rounded())
    }

    /// Importance by parent and unit, normalised where the settings say so.
    func scores(control: FusionControl) throws -> [[[Double]]] {
        try parents.networks.map { network in
            let own = RegressionUnit.all(of: network)
            let scores = try importance.scores(
                of: network, at: own.map(\.output), inputs: batches.source, samples: batches.count, control: control)
            return own.map { unit in
                let values = scores[unit.output] ?? []
                let total = values.reduce(0, +)
                return settings.base[Importance.normalised] && total > 0 ? values.map { $0 / total } : values
            }
        }
    }

    /// The couplings of a group, and what a user should know of them.
    ///
    /// - Parameters:
    ///   - geometry: of the neurons of all parents, one parent after another.
    ///   - scores: as ``scores(control:)`` gives them.
    func couplings(
        of group: NeuronGroup, geometry: NeuronGeometry, scores: [[[Double]]], fused: Int, control: FusionControl
    ) throws -> (couplings: [Coupling], note: String?) {
        let neurons = StackedNeurons(
            group: group, geometry: geometry, scores: stacked(group, scores), widths: parents.widths(of: group),
            reference: parents.reference, fused: fused,
            constraints: settings.edits[group.name].isEmpty
                ? [] : parents.networks.indices.map { settings.constraints(of: group, parent: $0) })
        let rule: any NeuronClustering = group.role == .hidden ? rule(settings[group]) : EqualPositions()
        let found = try rule.clustering(of: neurons, control: control).constrained(by: neurons)
        return (try found.couplings(keepsCosts: control.keepsCosts), found.note.map { "\(group.name): \($0)" })
    }

    /// The importance of a group's neurons, all parents stacked: that of its units added up; for the classes, the weights of the logits.
    private func stacked(_ group: NeuronGroup, _ scores: [[[Double]]]) -> [Double] {
        var stacked: [Double] = []
        for parent in scores {
            var sum: [Double] = []
            for (index, unit) in units.enumerated() where unit.group.id == group.id {
                sum = sum.isEmpty ? parent[index] : zip(sum, parent[index]).map { $0 + $1 }
            }
            stacked += sum
        }
        guard group.role == .classes else { return stacked }
        switch head {
        case .importance: return stacked
        case .mean: return [Double](repeating: 1, count: stacked.count)
        case .shares, .publishedShares:
            let shares = (classShares ?? []).flatMap { $0 }
            return shares.count == stacked.count ? shares.map { $0 + Importance.trace } : stacked
        }
    }

    // MARK: Geometry

    /// The same layer in every parent.
    func counterparts(of unit: RegressionUnit) -> [RegressionUnit?] {
        let place = position(unit, parents.referenceNetwork)
        return parents.networks.map { network in RegressionUnit.all(of: network).first { position($0, network) == place } }
    }

    private func position(_ unit: RegressionUnit, _ network: Network) -> Int {
        network.architecture.nodes.firstIndex { $0.id == unit.node.id } ?? -1
    }

    /// The values of a unit's neurons in a parent, [rows, neurons].
    func rows(_ values: Tensor, of unit: RegressionUnit, parent: Int, dtype: DType) throws -> Tensor {
        let rows = try RegressionUnit.rows(values, dtype: dtype)
        guard try rows.allFinite() else { throw FusionError.nonFiniteActivations(group: unit.group.name, parent: parent) }
        return rows
    }

    /// Inner products of the parents' own values at every layer that gives a group, by group id, in one pass over the samples.
    func geometries(of groups: [NeuronGroup], control: FusionControl) throws -> [Int: NeuronGeometry] {
        let sites = groups.map { group in (group.id, units.filter { $0.group.id == group.id }.map { counterparts(of: $0) }) }
        var sums: [Int: Tensor] = [:]
        try SampleBatches(batches, size: 20).forEach(control) { (x, _) in
            // Every parent runs once, whatever the number of layers.
            let values = try parents.networks.enumerated().map { parent, network in
                try network.values(of: Set(sites.flatMap(\.1).compactMap { $0[parent]?.output }), given: [Architecture.input: x])
            }
            for (group, layers) in sites {
                for units in layers {
                    var columns: [Tensor] = []
                    for (parent, unit) in units.enumerated() {
                        guard let unit, let value = values[parent][unit.output] else { continue }
                        columns.append(try rows(value, of: unit, parent: parent, dtype: .float64))
                    }
                    let rows = try Tensor.concatenated(columns, axis: 1), products = try rows.transposed(0, 1).matmul(rows)
                    sums[group] = if let before = sums[group] { try before + products } else { products }
                }
            }
        }
        guard !sums.isEmpty else { throw FusionError.noSamples(method: "neuron interpolation") }
        return try sums.mapValues {
            // Values in single precision, of networks that add up in another order.
            try NeuronGeometry(
                products: $0.array(of: Double.self), squaredLengths: $0.diagonal().array(of: Double.self), precision: 1e-12)
        }
    }
}

extension SampleBatches {
    /// The same samples in batches of another size.
    init(_ other: SampleBatches, size: Int) {
        self = other
        self.size = max(1, size)
    }
}
