import Networks
import Tensors

/// REPAIR for layers without batch normalisation (Jordan et al. 2023, section 4): every hidden layer's outputs are scaled and shifted,
/// within its own weights and biases, until each neuron has the mean and standard deviation that its parents have on average.
///
/// Layers are set right in order, each behind those already repaired. A layer without a bias is scaled only.
struct Rescaling {
    let parents: ParentSet
    let batches: SampleBatches

    /// Mean and standard deviation of each neuron of a layer, [neurons].
    private struct Spread {
        let mean: Tensor
        let deviation: Tensor
    }

    func applied(to outcome: FusionOutcome, control: FusionControl) throws -> FusionOutcome {
        var network = outcome.network, rescaled = 0, still = 0, unshifted = 0
        for node in Self.layers(of: network) {
            guard let place = network.architecture.nodes.firstIndex(where: { $0.id == node.id }),
                let weightName = node.parameterName("weight"), let layout = parents.groups.outputs[node.id],
                let group = layout.parts.first?.group, let planned = outcome.plan[group: group]
            else { continue }
            let goal = try goal(at: place, planned, weights: outcome.weights, control: control)
            let found = try spread(of: network, at: node.id, control: control)
            var parameters = network.parameters
            let weight = try network.parameter(weightName)
            let bias = node.parameterName("bias").flatMap { parameters[$0] }
            // A neuron that never moves cannot be made to.
            let moves = try found.deviation.isGreater(than: 1e-12)
            let ones = try Tensor.ones(found.deviation.shape, dtype: .float64)
            let ratio = try (goal.deviation / found.deviation).selected(where: moves, otherwise: ones)
            let (scale, dead) = (ratio, found.deviation.shape[0] - Int(try moves.converted(to: .float64).sum().item()))
            let type = try weight.dtype()
            let columns = [scale.shape[0]] + [Int](repeating: 1, count: weight.rank - 1)
            parameters[weightName] = try (weight.converted(to: .float64) * scale.reshaped(columns)).converted(to: type)
            if let bias, let name = node.parameterName("bias") {
                parameters[name] = try ((bias.converted(to: .float64) - found.mean) * scale + goal.mean).converted(to: type)
            } else {
                unshifted += 1
            }
            let changed = parameters, before = network
            network = try before.with(parameters: changed)
            rescaled += 1
            still += dead
        }
        var note =
            "REPAIR: mean and variance of \(rescaled) layers set to the parents' on \(batches.count) unlabelled samples of \(batches.source.name)"
        if unshifted > 0 { note += "; \(unshifted) of them have no bias and were only scaled" }
        if still > 0 { note += "; \(still) constant neurons were not changed" }
        if !network.tiedLayers.isEmpty { note += "; tied layers (\(network.tiedLayers.joined(separator: ", "))) were not changed" }
        return outcome.with(network: network, note: note)
    }

    /// Linear and convolutional layers whose outputs are a hidden group, neuron by neuron, and are not normalised right behind.
    static func layers(of network: Network) -> [Architecture.Node] {
        // Tied layers cannot be scaled one by one.
        let normalised = Set(network.normalizationLayers.flatMap(\.sources) + network.tiedLayers)
        return network.architecture.nodes.filter { node in
            guard !normalised.contains(node.id),
                network.groups.all.contains(where: { $0.role == .hidden && $0.producers.contains(node.id) })
            else { return false }
            return node.layer is Linear || node.layer is Convolution
        }
    }

    /// What each fused neuron should have: the parents' statistics, weighed as the fusion weighs parents, or by the masses of the
    /// coupling where it does not.
    private func goal(at place: Int, _ planned: GroupPlan, weights: [Double]?, control: FusionControl) throws -> Spread {
        let neurons = planned.neurons
        var mean = [Double](repeating: 0, count: neurons), deviation = mean, total = mean
        for coupling in planned.couplings {
            let weight = weights.map { coupling.parent < $0.count ? $0[coupling.parent] : 0 } ?? 1
            guard weight > 0, parents.networks.indices.contains(coupling.parent) else { continue }
            let network = parents.networks[coupling.parent]
            let own = try spread(of: network, at: network.architecture.nodes[place].id, control: control)
            let (means, deviations) = try (try own.mean.array(of: Double.self), try own.deviation.array(of: Double.self))
            var columns = [Double](repeating: 0, count: neurons)
            if weights != nil { coupling.plan.forEachEntry { _, column, mass in columns[column] += mass } }
            coupling.plan.forEachEntry { row, column, mass in
                let share = weights == nil ? mass : columns[column] > 0 ? weight * mass / columns[column] : 0
                mean[column] += share * means[row]
                deviation[column] += share * deviations[row]
                total[column] += share
            }
        }
        let shares = total.map { $0 > 0 ? 1 / $0 : 0 }
        let (means, deviations) = (zip(mean, shares).map(*), zip(deviation, shares).map(*))
        return try Spread(mean: try Tensor(means), deviation: try Tensor(deviations))
    }

    /// Measured over all samples, batch by batch.
    private func spread(of network: Network, at node: String, control: FusionControl) throws -> Spread {
        var moments = ChannelMoments()
        try batches.forEach(control) { (x, _) in
            let values = try network.values(of: [node], given: [Architecture.input: x])
            guard let value = values[node] else { throw FusionError.network(.graph(reason: "nothing has computed “\(node)”")) }
            try _ = try moments.add(value)
        }
        let variance = moments.deviation.map { $0 / Double(max(1, moments.count)) }
        return try Spread(mean: try Tensor(moments.mean), deviation: try Tensor(variance.map { $0.squareRoot() }))
    }
}
