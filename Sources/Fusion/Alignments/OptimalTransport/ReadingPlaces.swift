import Networks

/// A run of a node's neuron axis where a group's activations are read.
struct ReadingPlace: Sendable, Equatable {
    let node: String
    /// The first entry, and the consecutive entries of one neuron.
    let offset: Int
    let block: Int
    /// The node that applies the nonlinearity to these values, where one follows.
    let activation: String?
}

extension Network {
    /// Where the activations of a group are read: at each linear layer or convolution that computes it, after the normalisation that
    /// follows it; for a residual stream as `reading` says.
    ///
    /// Where every layer has its own map (`loosened`), a layer that goes straight into a sum is read at the sum, unless another layer's
    /// output that comes first in the sum is: so the published program compares a block's last convolution by the block's sum, and the
    /// shortcut's convolution by its own output.
    func readingPlaces(of group: NeuronGroup, stream reading: OTFusion.StreamReading) -> [ReadingPlace] {
        var places: [ReadingPlace] = []
        for node in architecture.nodes where node.layer is Linear || node.layer is Convolution {
            guard let weight = node.parameterName("weight") else { continue }
            for axis in group.incoming where axis.parameter == weight {
                places.append(place(after: node.id, axis.offset, axis.block))
            }
        }
        // One layer alone: its nonlinearity may stand behind a pool.
        if places.count == 1, group.tap != nil, let only = places.first, sum(fedBy: only.node) == nil {
            return [ReadingPlace(node: only.node, offset: only.offset, block: only.block, activation: group.activation)]
        }
        guard trace.ties.contains(.sums) else {
            return places.map { place in
                guard let sum = sum(fedBy: place.node), branches(of: sum).first == place.node else { return place }
                return ReadingPlace(node: sum.id, offset: place.offset, block: place.block, activation: activation(after: sum.id))
            }
        }
        let sums = architecture.nodes.filter {
            $0.layer is Add && groups.outputs[$0.id] == AxisLayout(group: group.id, neurons: group.neurons)
        }
        guard let lastSum = sums.last else { return places }
        switch reading {
        case .every: return places
        case .last: return places.suffix(1)
        case .sum: return [ReadingPlace(node: lastSum.id, offset: 0, block: 1, activation: activation(after: lastSum.id))]
        }
    }

    /// The layers whose outputs go straight into a sum, but for a normalisation, in the order of its inputs: what stands before the sum.
    func branches(of sum: Architecture.Node) -> [String] {
        sum.sources.filter { source in
            var current = source
            while let node = node(current), node.layer is BatchNormalization, let before = node.sources.first { current = before }
            return node(current).map { $0.layer is Linear || $0.layer is Convolution } ?? false
        }
    }

    private func place(after id: String, _ offset: Int, _ block: Int) -> ReadingPlace {
        let norm = architecture.nodes.first { $0.layer is BatchNormalization && $0.sources == [id] }
        let node = norm?.id ?? id
        return ReadingPlace(node: node, offset: offset, block: block, activation: activation(after: node))
    }

    private func activation(after id: String) -> String? {
        architecture.nodes.first { $0.layer.isActivation && $0.sources == [id] }?.id
    }

    private func sum(fedBy id: String) -> Architecture.Node? {
        architecture.nodes.first { $0.layer is Add && $0.sources.contains(id) }
    }

    private func node(_ id: String) -> Architecture.Node? { architecture.nodes.first { $0.id == id } }
}
