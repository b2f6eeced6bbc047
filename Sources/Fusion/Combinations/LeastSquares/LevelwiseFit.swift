import Dispatch
import Networks
import Tensors
import Transport

/// The gradient variant of k-means fusion (Luenam et al. 2025): level after level, the parents' outputs are grouped, and gradient descent
/// makes the fused level, fed with what the fused levels before it give, reproduce the groups' weighted means.
///
/// The fused network starts as a copy of the reference. Inputs and targets of one level are held for all samples at once.
struct LevelwiseFit: FusionProcedure {
    let parents: ParentSet
    let settings: GradientSettings
    let grouping: KMeansGrouping
    let batches: SampleBatches
    let partitions: [LevelPartition]
    let seed: UInt64

    func plan(only group: String?, control: FusionControl) throws(FusionError) -> FusionPlan {
        let scores = try parentScores(control: control)
        var plan = FusionPlan()
        for index in partitions[parents.reference].levels.indices {
            let (planned, _) = try planned(index, scores, control: control)
            if let planned, plan[group: planned.group.id] == nil { plan.groups.append(planned) }
        }
        guard let group else { return plan }
        let wanted = try networks { () throws(NetworkError) in try parents.groups.named(group) }
        guard plan[group: wanted.id] != nil else {
            throw .unsuitable(
                reason:
                    "no level ends at neuron group \(group), so the gradient variant has no correspondence there; it has \(plan.groups.map(\.group.name).joined(separator: ", "))"
            )
        }
        return FusionPlan(groups: plan.groups.filter { $0.group.id == wanted.id })
    }

    func fuse(control: FusionControl) throws(FusionError) -> FusionOutcome {
        let scores = try parentScores(control: control)
        let levels = partitions[parents.reference].levels
        var plan = FusionPlan(), fused = parents.referenceNetwork
        var notes = [settings.sourceNote(batches.count, batches.source.name)]
        for (index, level) in levels.enumerated() {
            try control.check()
            control.progress?(.planning(group: level.end, index: index, of: levels.count))
            let (group, shares) = try planned(index, scores, control: control)
            if let group, plan[group: group.group.id] == nil {
                plan.groups.append(group)
                control.progress?(.planned(group))
            }
            guard !settings.fitsHeadOnly || index == levels.count - 1 else { continue }
            let inputs = try levelInputs(level, fused, control: control)
            var target = try targets(index, shares, control: control)
            if settings.alignsSkips, index < levels.count - 1 {
                target = try aligned(target, to: inputs, group: level.end, control: control)
            }
            let trainer = LevelTrainer(network: fused, level: level, fit: settings.fit(index, of: levels.count), seed: seed)
            let result = try trainer.fitted(inputs: inputs, objective: target, control: control) { epoch, training, validation in
                control.progress?(
                    .fitting(level: level.end, epoch: epoch, of: trainer.fit.epochs, training: training, validation: validation))
            }
            let parameters = fused.parameters.merging(result.parameters) { $1 }
            fused = try networks { () throws(NetworkError) in try parents.referenceNetwork.with(parameters: parameters) }
            notes.append(
                "level \(level.end): \(result.training.count) epochs, loss \(rounded(result.training.last ?? 0)), on held-out samples \(rounded(result.validation.last ?? 0))"
            )
        }
        return FusionOutcome(network: fused, plan: plan, notes: notes + plan.warnings)
    }

    /// Scores by parent and level.
    private func parentScores(control: FusionControl) throws(FusionError) -> [[[Double]]] {
        var all: [[[Double]]] = []
        for (parent, network) in parents.networks.enumerated() {
            let ends = partitions[parent].levels.map(\.end)
            let scores = try settings.importance.scores(
                of: network, at: ends, inputs: batches.source, samples: batches.count, control: control)
            all.append(
                ends.map { end in
                    let values = scores[end] ?? []
                    let total = values.reduce(0, +)
                    return settings.normalisesImportance && total > 0 ? values.map { $0 / total } : values
                })
        }
        return all
    }

    // MARK: Grouping

    /// The group at a level's end with its couplings, and each fused neuron's mixture and weight.
    private func planned(_ index: Int, _ scores: [[[Double]]], control: FusionControl) throws(FusionError) -> (GroupPlan?, Shares) {
        let start = DispatchTime.now().uptimeNanoseconds
        let level = partitions[parents.reference].levels[index]
        let isHead = index == partitions[parents.reference].levels.count - 1
        let neurons = try stacked(index, scores, isHead: isHead, control: control)
        let found =
            isHead ? try EqualPositions().grouping(of: neurons, control: control) : try grouping.grouping(of: neurons, control: control)
        let shares = Shares(
            mixing: found.shares, weights: isHead ? settings.headWeights(scores.map { $0[index] }) : found.masses.columnSums)
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        guard parents.referenceNetwork.group(at: level.end) != nil else { return (nil, shares) }
        return (
            GroupPlan(group: neurons.group, couplings: try found.couplings(of: neurons, keepsCosts: control.keepsCosts), seconds: seconds),
            shares
        )
    }

    struct Shares {
        let mixing: Matrix
        let weights: [Double]?
    }

    private func stacked(_ index: Int, _ scores: [[[Double]]], isHead: Bool, control: FusionControl) throws(FusionError) -> StackedNeurons {
        let level = partitions[parents.reference].levels[index]
        let fused = try parents.referenceNetwork.neurons(at: level.end)
        var widths: [Int] = []
        for (parent, network) in parents.networks.enumerated() {
            widths.append(try network.neurons(at: partitions[parent].levels[index].end))
        }
        guard let group = parents.referenceNetwork.group(at: level.end) ?? parents.groups.hidden.first ?? parents.groups.classes else {
            throw .unsuitable(reason: "the networks have no neuron groups")
        }
        let stacked = isHead ? settings.headShares(scores.map { $0[index] }) : scores.flatMap { $0[index] }
        let geometry = isHead ? NeuronGeometry(products: [], squaredLengths: []) : try geometry(index, control: control)
        return StackedNeurons(group: group, geometry: geometry, scores: stacked, widths: widths, reference: parents.reference, fused: fused)
    }

    /// Inner products of the parents' own outputs of a level.
    private func geometry(_ index: Int, control: FusionControl) throws(FusionError) -> NeuronGeometry {
        var sum: Tensor?
        try batches.forEach(control) { (x, _) throws(FusionError) in
            var columns: [Tensor] = []
            for value in try parentOutputs(index, x) {
                let rows = try RegressionUnit.rows(value)
                columns.append(
                    settings.normalisesRows
                        ? try tensors { () throws(TensorError) in try rows / (rows.norm(axes: [1], keepingAxes: true) + 1e-12) } : rows)
            }
            let before = sum
            sum = try tensors { () throws(TensorError) in
                let all = try Tensor.concatenated(columns, axis: 1)
                let products = try all.transposed(0, 1).matmul(all)
                return if let before { try before + products } else { products }
            }
        }
        guard let sum else { throw .noSamples(method: "k-means fusion") }
        return try tensors { () throws(TensorError) in
            NeuronGeometry(products: try sum.array(of: Double.self), squaredLengths: try sum.diagonal().array(of: Double.self))
        }
    }

    /// Every parent's output of a level.
    private func parentOutputs(_ index: Int, _ x: Tensor) throws(FusionError) -> [Tensor] {
        var outputs: [Tensor] = []
        for (parent, network) in parents.networks.enumerated() {
            let end = partitions[parent].levels[index].end
            let values = try networks { () throws(NetworkError) in try network.values(of: [end], given: [Architecture.input: x]) }
            guard let value = values[end] else { throw .network(.graph(reason: "nothing has computed “\(end)”")) }
            guard try tensors({ () throws(TensorError) in try value.allFinite() }) else {
                throw .nonFiniteActivations(group: end, parent: parent)
            }
            outputs.append(value)
        }
        return outputs
    }

    // MARK: Inputs and targets

    private func levelInputs(_ level: LevelPartition.Level, _ fused: Network, control: FusionControl) throws(FusionError) -> Tensor {
        var parts: [Tensor] = []
        try batches.forEach(control) { (x, _) throws(FusionError) in
            if level.start == Architecture.input { return parts.append(x) }
            let values = try networks { () throws(NetworkError) in try fused.values(of: [level.start], given: [Architecture.input: x]) }
            if let value = values[level.start] { parts.append(value) }
        }
        return try tensors { () throws(TensorError) in try Tensor.concatenated(parts) }
    }

    /// What a level is to give for every sample.
    func targets(_ index: Int, _ shares: Shares, control: FusionControl) throws(FusionError) -> LevelObjective {
        let isHead = index == partitions[parents.reference].levels.count - 1
        let scale = isHead && settings.dividesHead ? 1 / Double(parents.count) : 1
        let mixing = try tensors { () throws(TensorError) in
            try Tensor(shares.mixing.values, shape: [shares.mixing.rows, shares.mixing.columns]).transposed(0, 1) * scale
        }
        var parts: [Tensor] = []
        try batches.forEach(control) { (x, _) throws(FusionError) in
            var outputs = try parentOutputs(index, x)
            if isHead { outputs = try settings.headOutputs(outputs, shares: shares.mixing) }
            parts.append(
                try tensors { () throws(TensorError) in
                    let shape = outputs[0].shape
                    var flat: [Tensor] = []
                    for output in outputs {
                        flat.append(try output.converted(to: .float64).reshaped([output.shape[0], output.shape[1], -1]))
                    }
                    let mixed = try mixing.matmul(Tensor.concatenated(flat, axis: 1))
                    return try mixed.reshaped([shape[0], shares.mixing.columns] + shape.dropFirst(2)).converted(to: outputs[0].dtype())
                })
        }
        let target = try tensors { () throws(TensorError) in try Tensor.concatenated(parts) }
        let weights = try shares.weights.flatMap { (weights) throws(FusionError) -> Tensor? in
            guard settings.weighsLoss else { return nil }
            return try tensors { () throws(TensorError) in try Tensor(weights.map(Float.init)) }
        }
        return LevelObjective(target: target, weights: weights, rule: isHead ? settings.headRule : .squared)
    }

    /// Targets in the order of the level's input neurons, where both have one shape, so that residual paths fit.
    private func aligned(
        _ objective: LevelObjective, to inputs: Tensor, group: String, control: FusionControl
    ) throws(FusionError) -> LevelObjective {
        guard inputs.shape == objective.target.shape else { return objective }
        let weights =
            try tensors { () throws(TensorError) in try objective.weights?.array(of: Double.self) }
            ?? [Double](repeating: 1, count: inputs.shape[1])
        let (x, t) = (try RegressionUnit.rows(inputs), try RegressionUnit.rows(objective.target))
        let (products, first, second) = try tensors { () throws(TensorError) in
            (
                try x.transposed(0, 1).matmul(t).array(of: Double.self), try x.squared().sum(axes: [0]).array(of: Double.self),
                try t.squared().sum(axes: [0]).array(of: Double.self)
            )
        }
        let count = first.count
        let cost = Matrix(rows: count, columns: count) { i, c in
            max(0, first[i] + second[c] - 2 * products[i * count + c]).squareRoot() * weights[c]
        }
        let order: [Int]
        do {
            order = try AssignmentSolver().solve(cost: cost, control: SolverControl(isCancelled: control.isCancelled)).columns.compactMap {
                $0
            }
        } catch {
            throw .transport(group: group, parent: parents.reference, error)
        }
        return try tensors { () throws(TensorError) in
            let places = try Tensor(order)
            return LevelObjective(
                target: try objective.target.gathered(axis: 1, places),
                weights: try objective.weights.map { (weights) throws(TensorError) in try weights.gathered(axis: 0, places) },
                rule: objective.rule)
        }
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
