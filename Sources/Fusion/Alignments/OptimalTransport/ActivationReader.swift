import Networks
import Tensors
import Transport

/// Reads a network's neuron groups on a batch of inputs.
struct ActivationReader {
    let network: Network
    private let choices: GroupSettings
    /// Where each group is read, by id.
    private let places: [Int: [ReadingPlace]]

    init(network: Network, groups: Set<Int>, choices: GroupSettings) {
        self.network = network
        self.choices = choices
        var places: [Int: [ReadingPlace]] = [:]
        for group in network.groups.all where groups.contains(group.id) {
            places[group.id] = network.readingPlaces(of: group, stream: choices.base[OTFusion.streamReading])
        }
        self.places = places
    }

    /// For each group its activations at each place where it is read, [batch, neurons, positions].
    func values(for x: Tensor) throws -> [Int: [Tensor]] {
        let taps = Set(places.values.joined().map(\.node))
        let outputs = try withoutRecording { try network.forward(x, taps: taps).taps }
        var values: [Int: [Tensor]] = [:]
        for (id, places) in places {
            guard let group = network.groups[id] else { continue }
            let settings = choices[group]
            for place in places {
                guard var output = outputs[place.node] else { continue }
                if settings[OTFusion.stage] == .after, group.role != .classes, let id = place.activation,
                    let layer = network.architecture.nodes.first(where: { $0.id == id })?.layer as? Activation
                {
                    output = try layer.apply(to: output)
                }
                let part =
                    try output.shape[1] == group.neurons * place.block
                    ? output : output.narrowed(axis: 1, from: place.offset, count: group.neurons * place.block)
                let flat = try part.reshaped([output.shape[0], group.neurons, -1])
                // Each sample's whole layer to unit norm, as published.
                let shaped =
                    settings[OTFusion.scaling] == .normalise ? try flat / (flat.norm(axes: [1, 2], keepingAxes: true) + 1e-9) : flat
                values[id, default: []].append(shaped)
            }
        }
        return values
    }

    /// Neurons as points whose features are samples and positions.
    static func points(_ values: Tensor, group: String, parent: Int) throws -> PointSet {
        let features = values.shape[0] * values.shape[2]
        let numbers = try values.transposed(0, 1).reshaped([values.shape[1], features]).array(of: Float.self)
        do { return try PointSet(count: values.shape[1], features: features, values: numbers) } catch {
            throw FusionError.nonFiniteActivations(group: group, parent: parent)
        }
    }
}
