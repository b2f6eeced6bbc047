import Fusion
import Networks
import Provenance
import Tensors

/// Inspects the neurons of a group: importance, incoming weights, top-activating samples, dead neurons.
package struct NeuronInspector: Sendable {
    package let importance: Importance
    /// nil where the recipe names no data; scores that need samples are refused then.
    package let inputs: DatasetInputs?
    /// Samples for scores, and for activations.
    package var scoredSamples = 200
    package var watchedSamples = 500
    /// Strongest samples kept for each neuron.
    package var kept = 8

    package init(_ importance: Importance, inputs: DatasetInputs?) {
        self.importance = importance
        self.inputs = inputs
    }

    /// - Throws: `RunError` where the group has no neurons of its own to score, or the importance lacks samples or labels.
    package func sheet(
        of network: Network, group name: String, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> NeuronSheet {
        let group = try network.groups.named(name)
        guard !group.producers.isEmpty else { return try weighed(group, of: network) }
        let control = FusionControl(isCancelled: isCancelled)
        var byClass: [[Double]] = [], scores: [Double]
        if importance.needsSamples {
            let found = try importance.scoresByClass(
                of: network, at: group.producers, inputs: inputs, samples: scoredSamples, control: control)
            byClass = Self.added(group.producers.compactMap { found[$0] })
            scores = group.neurons > 0 ? (0..<group.neurons).map { neuron in byClass.reduce(0) { $0 + $1[neuron] } } : []
        } else {
            scores = try Self.sum(try importance.scores(of: network, at: group.producers, control: control), group)
        }
        return NeuronSheet(
            scores: scores, byClass: byClass, fanIn: try Self.fanIn(of: network, group: group),
            activity: try activity(of: network, group: group, control: control), weights: try weights(of: network, group: group))
    }

    /// Neurons whose values no layer gives alone, such as those inside an attention head, or the heads themselves: by the weights that lead into them.
    private func weighed(_ group: NeuronGroup, of network: Network) throws -> NeuronSheet {
        guard !group.incoming.isEmpty || group.isHeadGroup else {
            throw RunError.unsuitable(reason: "\(group.name) consists of other layers' neurons: inspect those")
        }
        guard !importance.needsSamples else {
            throw RunError.unsuitable(
                reason:
                    "\(group.name) is inside an attention, where importance by \(importance.kind.rawValue) is not defined: press i for l1 or l2, which need weights only"
            )
        }
        let rows = try network.incomingWeights(of: group, withBias: true)
        let lengths = try rows.norm(axes: [1]).array(of: Double.self)
        let scores = importance.kind == .l1 ? try rows.absoluteNorm(axes: [1]).array(of: Double.self) : lengths
        return NeuronSheet(scores: scores, byClass: [], fanIn: lengths, activity: nil, weights: nil)
    }

    /// Norms of the weights and biases that lead into each neuron of a group.
    package static func fanIn(of network: Network, group: NeuronGroup) throws -> [Double] {
        guard !group.producers.isEmpty else { return [] }
        return try sum(try Importance(.l2).scores(of: network, at: group.producers), group)
    }

    private static func sum(_ scores: [String: [Double]], _ group: NeuronGroup) throws -> [Double] {
        var total = [Double](repeating: 0, count: group.neurons)
        for producer in group.producers {
            for (neuron, score) in (scores[producer] ?? []).enumerated() where total.indices.contains(neuron) { total[neuron] += score }
        }
        return total
    }

    private static func added(_ parts: [[[Double]]]) -> [[Double]] {
        guard var total = parts.first else { return [] }
        for part in parts.dropFirst() { total = zip(total, part).map { zip($0, $1).map(+) } }
        return total
    }

    // MARK: Activations

    private func activity(of network: Network, group: NeuronGroup, control: FusionControl) throws -> NeuronActivity? {
        guard let inputs, let node = group.activation ?? group.tap else { return nil }
        let count = min(watchedSamples, inputs.count)
        var lowest = [Float](repeating: .infinity, count: group.neurons), highest = lowest.map { -$0 }
        var top = [[NeuronActivity.Top]](repeating: [], count: group.neurons)
        for start in stride(from: 0, to: count, by: 50) {
            if control.isCancelled() { throw RunError.cancelled }
            let range = start..<min(start + 50, count)
            guard let output = try network.values(of: [node], given: [Architecture.input: try inputs.inputs(range)])[node] else {
                return nil
            }
            // A flatten lays a channel's positions out behind each other: they belong to the same neuron.
            let values = try output.detached().reshaped([range.count, -1]).array(of: Float.self)
            let positions = values.count / range.count / max(1, group.neurons)
            guard positions > 0 else { return nil }
            for (offset, sample) in range.enumerated() {
                for neuron in 0..<group.neurons {
                    let first = (offset * group.neurons + neuron) * positions
                    var low = Float.infinity, high = -Float.infinity
                    for value in values[first..<first + positions] { (low, high) = (min(low, value), max(high, value)) }
                    lowest[neuron] = min(lowest[neuron], low)
                    highest[neuron] = max(highest[neuron], high)
                    Self.keep(NeuronActivity.Top(sample: sample, value: high), in: &top[neuron], atMost: kept)
                }
            }
        }
        return NeuronActivity(dead: zip(lowest, highest).map { $0 == $1 }, top: top, samples: count)
    }

    private static func keep(_ one: NeuronActivity.Top, in list: inout [NeuronActivity.Top], atMost count: Int) {
        guard one.value.isFinite, list.count < count || one.value > (list.last?.value ?? -.infinity) else { return }
        let place = list.firstIndex { $0.value < one.value } ?? list.count
        list.insert(one, at: place)
        if list.count > count { list.removeLast() }
    }

    /// The samples as shades of grey, each from its own darkest to its own lightest.
    package func images(_ samples: [Int]) throws -> [SampleImage] {
        guard let inputs else { return [] }
        let (channels, rows, columns) = (inputs.dataset.sampleShape[0], inputs.dataset.sampleShape[1], inputs.dataset.sampleShape[2])
        return try samples.map { sample in
            let pixels = try inputs.inputs(sample..<sample + 1).array(of: Float.self)
            let grey = Self.averaged(pixels[...], channels: channels, size: rows * columns)
            let low = grey.min() ?? 0, span = (grey.max() ?? 0) - low
            return SampleImage(
                rows: rows, columns: columns, values: grey.map { span > 0 ? ($0 - low) / span : 0 },
                label: try inputs.labels(sample..<sample + 1)?.first)
        }
    }

    private static func averaged(_ values: ArraySlice<Float>, channels: Int, size: Int) -> [Float] {
        (0..<size).map { pixel in (0..<channels).reduce(0) { $0 + values[values.startIndex + $1 * size + pixel] } / Float(channels) }
    }

    // MARK: Incoming weights

    /// The incoming weights of a layer that reads the input, as images.
    private func weights(of network: Network, group: NeuronGroup) throws -> WeightImages? {
        guard let layer = network.trace.layers.first(where: { $0.id == group.producers.first }),
            let declared = layer.parameters.first(where: { $0.name == "weight" }), let weight = network.parameters[declared.fullName],
            let read = network.groups.layouts[declared.fullName]?[1]?.parts.first, network.groups[read.group]?.role == .input
        else { return nil }
        let values = try weight.array(of: Float.self), each = values.count / max(1, weight.shape[0])
        guard let (channels, rows, columns) = shape(of: weight, each: each, network: network) else { return nil }
        let images = (0..<weight.shape[0]).map {
            Self.averaged(values[$0 * each..<($0 + 1) * each], channels: channels, size: rows * columns)
        }
        return WeightImages(rows: rows, columns: columns, values: images)
    }

    /// How the weights of one neuron lie: a kernel, an image like the samples, or a square.
    private func shape(of weight: Tensor, each: Int, network: Network) -> (Int, Int, Int)? {
        if weight.rank == 4 { return (weight.shape[1], weight.shape[2], weight.shape[3]) }
        let known = inputs?.dataset.sampleShape ?? network.architecture.inputShape
        if known.count == 3, known.reduce(1, *) == each { return (known[0], known[1], known[2]) }
        let side = Int(Double(each).squareRoot().rounded())
        return side * side == each && side > 1 ? (1, side, side) : nil
    }
}
