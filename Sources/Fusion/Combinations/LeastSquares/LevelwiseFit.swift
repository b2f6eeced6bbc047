import Hyperparameters
import Networks
import Synchronization
import Tensors
import Transport

/// The gradient variant of k-means fusion (Luenam et al. 2025): level after level, the parents' outputs are grouped, and gradient descent
/// makes the fused level, fed with what the fused levels before it give, reproduce the groups' weighted means.
///
/// The fused network starts as a copy of the reference. Inputs and targets of one level are held for all samples at once.
final class LevelwiseFit: Alignment, Combination {
    let parents: ParentSet
    let settings: Settings
    let importance: Importance
    let head: LevelHead
    let fits: [LevelFit]?
    let clustering: KMeansClustering
    let batches: SampleBatches
    let partitions: [LevelPartition]
    let edits: PlanEdits
    let seed: UInt64
    /// The last plan of all groups, with what each level's fused neurons are.
    private let known = Mutex<(plan: FusionPlan, shares: [Shares])?>(nil)

    init(
        parents: ParentSet, context: FusionContext, head: LevelHead, fits: [LevelFit]?, clustering: KMeansClustering,
        batches: SampleBatches,
        partitions: [LevelPartition]
    ) {
        self.parents = parents
        settings = context.settings
        importance = Importance(context.settings)
        self.head = head
        self.fits = fits
        self.clustering = clustering
        self.batches = batches
        self.partitions = partitions
        edits = context.edits
        seed = context.seed
    }

    private var levels: [LevelPartition.Level] { partitions[parents.reference].levels }

    var order: [NeuronGroup] {
        let ends = Set(levels.compactMap { parents.referenceNetwork.group(at: $0.end)?.id })
        return parents.groups.all.filter { ends.contains($0.id) }
    }

    var massesAreWeights: Bool { true }

    func couplings(of group: NeuronGroup, from stored: [StoredCoupling]) throws -> [Coupling] {
        try Clustering(stored).couplings(keepsCosts: false)
    }

    func plan(only group: NeuronGroup?, control: FusionControl) throws -> FusionPlan {
        let scores = try parentScores(control: control)
        var plan = FusionPlan(), shares: [Shares] = []
        for (index, level) in levels.enumerated() {
            if let group, parents.referenceNetwork.group(at: level.end)?.id != group.id { continue }
            try control.check()
            control.progress?(.planning(group: level.end, index: index, of: levels.count))
            let (planned, own) = try planned(index, scores, control: control)
            shares.append(own)
            guard let planned, plan[group: planned.group.id] == nil else { continue }
            plan.groups.append(planned)
            control.progress?(.planned(planned))
        }
        if group == nil {
            let found = (plan, shares)
            known.withLock { $0 = found }
        }
        return plan
    }

    /// What each level's fused neurons are: as the last plan found them, or as given couplings say.
    private func shares(along plan: FusionPlan, control: FusionControl) throws -> [Shares] {
        if let known = known.withLock({ $0 }), known.plan.hasCouplings(of: plan) { return known.shares }
        let scores = try parentScores(control: control)
        var taken: Set<Int> = []
        return try levels.indices.map { index in
            let isHead = index == levels.count - 1
            guard let group = parents.referenceNetwork.group(at: levels[index].end), let planned = plan[group: group.id],
                taken.insert(group.id).inserted
            else { return try self.planned(index, scores, control: control).1 }
            let given = Clustering(planned.couplings.map(StoredCoupling.init))
            let total = scores.reduce(0) { $0 + $1[index].reduce(0, +) }
            return Shares(
                mixing: given.shares,
                weights: isHead ? head.weights(scores.map { $0[index] }) : given.masses.columnSums.map { $0 * total })
        }
    }

    func fused(along plan: FusionPlan, of parents: ParentSet, control: FusionControl) throws -> FusionOutcome {
        let shares = try shares(along: plan, control: control)
        var fused = parents.referenceNetwork
        var notes = ["levels fitted on \(batches.count) samples of \(batches.source.name), importance by \(importance.kind.rawValue)"]
        for (index, level) in levels.enumerated() where !settings[GradientFusion.headOnly] || index == levels.count - 1 {
            try control.check()
            let inputs = try levelInputs(level, fused, control: control)
            var target = try targets(index, shares[index], control: control)
            if settings[GradientFusion.align], index < levels.count - 1 {
                target = try aligned(target, to: inputs, group: level.end, control: control)
            }
            let fit = fits?[index] ?? settings.levelFit(isHead: index == levels.count - 1)
            let trainer = LevelTrainer(network: fused, level: level, fit: fit, seed: seed)
            let result = try trainer.fitted(inputs: inputs, objective: target, control: control) { epoch, training, validation in
                control.progress?(
                    .fitting(level: level.end, epoch: epoch, of: trainer.fit.epochs, training: training, validation: validation))
            }
            fused = try parents.referenceNetwork.with(parameters: fused.parameters.merging(result.parameters) { $1 })
            notes.append(
                "level \(level.end): \(result.training.count) epochs, loss \(rounded(result.training.last ?? 0)), on held-out samples \(rounded(result.validation.last ?? 0))"
            )
        }
        return FusionOutcome(network: fused, plan: plan, notes: notes)
    }

    /// Scores by parent and level.
    private func parentScores(control: FusionControl) throws -> [[[Double]]] {
        var all: [[[Double]]] = []
        for (parent, network) in parents.networks.enumerated() {
            let ends = partitions[parent].levels.map(\.end)
            let scores = try importance.scores(
                of: network, at: ends, inputs: batches.source, samples: batches.count, control: control)
            all.append(
                ends.map { end in
                    let values = scores[end] ?? []
                    let total = values.reduce(0, +)
                    return settings[Importance.normalised] && total > 0 ? values.map { $0 / total } : values
                })
        }
        return all
    }

    // MARK: Clustering

    /// The group at a level's end with its couplings, and each fused neuron's mixture and weight.
    private func planned(_ index: Int, _ scores: [[[Double]]], control: FusionControl) throws -> (GroupPlan?, Shares) {
        let clock = Stopwatch()
        let level = partitions[parents.reference].levels[index]
        let isHead = index == partitions[parents.reference].levels.count - 1
        let neurons = try stacked(index, scores, isHead: isHead, control: control)
        let found =
            isHead
            ? try EqualPositions().clustering(of: neurons, control: control) : try clustering.clustering(of: neurons, control: control)
        let shares = Shares(
            mixing: found.shares, weights: isHead ? head.weights(scores.map { $0[index] }) : found.masses.columnSums)
        guard parents.referenceNetwork.group(at: level.end) != nil else { return (nil, shares) }
        return (
            GroupPlan(group: neurons.group, couplings: try found.couplings(keepsCosts: control.keepsCosts), seconds: clock.seconds),
            shares
        )
    }

    struct Shares {
        let mixing: Matrix
        let weights: [Double]?
    }

    private func stacked(_ index: Int, _ scores: [[[Double]]], isHead: Bool, control: FusionControl) throws -> StackedNeurons {
        let level = partitions[parents.reference].levels[index]
        let fused = try parents.referenceNetwork.neurons(at: level.end)
        var widths: [Int] = []
        for (parent, network) in parents.networks.enumerated() {
            widths.append(try network.neurons(at: partitions[parent].levels[index].end))
        }
        guard let group = parents.referenceNetwork.group(at: level.end) ?? parents.groups.hidden.first ?? parents.groups.classes else {
            throw FusionError.unsuitable(reason: "the networks have no neuron groups")
        }
        let stacked = isHead ? head.shares(scores.map { $0[index] }) : scores.flatMap { $0[index] }
        let geometry = isHead ? NeuronGeometry.none : try geometry(index, control: control)
        return StackedNeurons(group: group, geometry: geometry, scores: stacked, widths: widths, reference: parents.reference, fused: fused)
    }

    /// Inner products of the parents' own outputs of a level.
    private func geometry(_ index: Int, control: FusionControl) throws -> NeuronGeometry {
        var sum: Tensor?
        try batches.forEach(control) { (x, _) in
            var columns: [Tensor] = []
            for value in try parentOutputs(index, x) {
                let rows = try RegressionUnit.rows(value)
                columns.append(
                    settings[GradientFusion.rows]
                        ? try rows / (rows.norm(axes: [1], keepingAxes: true) + 1e-12) : rows)
            }
            let before = sum
            let all = try Tensor.concatenated(columns, axis: 1)
            let products = try all.transposed(0, 1).matmul(all)
            sum = if let before { try before + products } else { products }
        }
        guard let sum else { throw FusionError.noSamples(method: "k-means fusion") }
        return try NeuronGeometry(products: try sum.array(of: Double.self), squaredLengths: try sum.diagonal().array(of: Double.self))
    }

    /// Every parent's output of a level.
    private func parentOutputs(_ index: Int, _ x: Tensor) throws -> [Tensor] {
        var outputs: [Tensor] = []
        for (parent, network) in parents.networks.enumerated() {
            let end = partitions[parent].levels[index].end
            let values = try network.values(of: [end], given: [Architecture.input: x])
            guard let value = values[end] else { throw FusionError.network(.graph(reason: "nothing has computed “\(end)”")) }
            guard try value.allFinite() else {
                throw FusionError.nonFiniteActivations(group: end, parent: parent)
            }
            outputs.append(value)
        }
        return outputs
    }

    // MARK: Inputs and targets

    private func levelInputs(_ level: LevelPartition.Level, _ fused: Network, control: FusionControl) throws -> Tensor {
        var parts: [Tensor] = []
        try batches.forEach(control) { (x, _) in
            if level.start == Architecture.input { return parts.append(x) }
            let values = try fused.values(of: [level.start], given: [Architecture.input: x])
            if let value = values[level.start] { parts.append(value) }
        }
        return try Tensor.concatenated(parts)
    }

    /// What a level is to give for every sample.
    func targets(_ index: Int, _ shares: Shares, control: FusionControl) throws -> LevelObjective {
        let isHead = index == partitions[parents.reference].levels.count - 1
        let scale = isHead ? head.scale(parents: parents.count) : 1
        let mixing = try Tensor(shares.mixing.values, shape: [shares.mixing.rows, shares.mixing.columns]).transposed(0, 1) * scale
        var parts: [Tensor] = []
        try batches.forEach(control) { (x, _) in
            var outputs = try parentOutputs(index, x)
            if isHead { outputs = try head.outputs(outputs) }
            let shape = outputs[0].shape
            let flat = try outputs.map { try $0.converted(to: .float64).reshaped([$0.shape[0], $0.shape[1], -1]) }
            let mixed = try mixing.matmul(Tensor.concatenated(flat, axis: 1))
            parts.append(try mixed.reshaped([shape[0], shares.mixing.columns] + shape.dropFirst(2)).converted(to: outputs[0].dtype()))
        }
        let target = try Tensor.concatenated(parts)
        let weights = try shares.weights.flatMap { (weights) throws -> Tensor? in
            guard settings[GradientFusion.weighted] else { return nil }
            return try Tensor(weights.map(Float.init))
        }
        return LevelObjective(target: target, weights: weights, rule: isHead ? head.loss : .squared)
    }

    /// Targets in the order of the level's input neurons, where both have one shape, so that residual paths fit.
    private func aligned(
        _ objective: LevelObjective, to inputs: Tensor, group: String, control: FusionControl
    ) throws -> LevelObjective {
        guard inputs.shape == objective.target.shape else { return objective }
        let weights =
            try objective.weights?.array(of: Double.self)
            ?? [Double](repeating: 1, count: inputs.shape[1])
        let (x, t) = (try RegressionUnit.rows(inputs), try RegressionUnit.rows(objective.target))
        let (products, first, second) = try (
            try x.transposed(0, 1).matmul(t).array(of: Double.self), try x.squared().sum(axes: [0]).array(of: Double.self),
            try t.squared().sum(axes: [0]).array(of: Double.self)
        )
        let count = first.count
        let cost = Matrix(rows: count, columns: count) { i, c in
            max(0, first[i] + second[c] - 2 * products[i * count + c]).squareRoot() * weights[c]
        }
        let order = try transport(group, parent: parents.reference) {
            try AssignmentSolver().solve(cost: cost, control: SolverControl(isCancelled: control.isCancelled)).columns.compactMap { $0 }
        }
        let places = try Tensor(order)
        return LevelObjective(
            target: try objective.target.gathered(axis: 1, places),
            weights: try objective.weights.map { try $0.gathered(axis: 0, places) },
            rule: objective.rule)
    }
}

extension Network {
    /// The neuron group whose values a node gives: that of the layer that produces it, or of the sum it adds up.
    func group(at id: String) -> NeuronGroup? {
        var current = id
        while let node = architecture.nodes.first(where: { $0.id == current }) {
            if let group = groups.all.first(where: { $0.producers.contains(current) }) { return group }
            guard let source = node.sources.first else { return nil }
            current = source
        }
        return nil
    }
}
