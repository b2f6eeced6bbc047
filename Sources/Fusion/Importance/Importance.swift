import Networks
import Tensors

/// How much each neuron of a network matters: a score above zero for every neuron of the given nodes.
///
/// A neuron's score is the mean over samples of the sum over positions of |attribution|, plus 10⁻⁸ so that a dead neuron has a positive score
/// (Luenam et al. 2025, published program). Attributions are those of the logit of one class for each sample.
public struct Importance: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// All neurons equal.
        case uniform
        /// Σ|w| and √Σw² over a neuron's incoming weights and its bias; no samples are needed.
        case l1, l2
        /// The activation itself.
        case activation
        /// Activation × gradient.
        case gradient = "gradient-activation"
        /// Dhamdhere, Sundararajan & Yan 2019.
        case conductance
        /// Shrikumar, Greenside & Kundaje 2017, rescale rule.
        case deeplift
        /// The change of the logit when the neuron is set to zero, all positions at once.
        case ablation
    }

    /// The class whose logit is explained.
    package enum Target: Sendable, Hashable {
        case label, predicted
        case given(Int)
    }

    package var kind: Kind
    package var target: Target
    /// Steps of the path integral of conductance.
    package var steps: Int

    package init(_ kind: Kind, target: Target = .label, steps: Int = 10) {
        self.kind = kind
        self.target = target
        self.steps = max(1, steps)
    }

    /// Whether scores depend on samples.
    package var needsSamples: Bool { !(kind == .uniform || kind == .l1 || kind == .l2) }
    /// Whether scores depend on the samples' labels.
    package var needsLabels: Bool { needsSamples && kind != .activation && target == .label }

    static let trace = 1e-8

    /// The scores of the neurons at `nodes`: outputs of layers (before a nonlinearity), or of whole levels.
    ///
    /// - Parameter inputs: what attributions are computed on, `samples` of it at most; nil for kinds that need none.
    package func scores(
        of network: Network, at nodes: [String], inputs: (any InputSource)? = nil, samples: Int = .max,
        control: FusionControl = FusionControl()
    ) throws -> [String: [Double]] {
        switch kind {
        case .uniform:
            var scores: [String: [Double]] = [:]
            for id in nodes { scores[id] = [Double](repeating: 1, count: try network.neurons(at: id)) }
            return scores
        case .l1, .l2:
            var scores: [String: [Double]] = [:]
            for id in nodes { scores[id] = try weightNorms(of: network, at: id).map { $0 + Self.trace } }
            return scores
        default:
            let byClass = try scoresByClass(of: network, at: nodes, inputs: inputs, samples: samples, control: control)
            return byClass.mapValues { rows in
                (rows.first ?? []).indices.map { neuron in rows.reduce(Self.trace) { $0 + $1[neuron] } }
            }
        }
    }

    /// The parts of the scores that each class's samples give, [classes][neurons]; their sum over classes, plus 10⁻⁸, is the score.
    package func scoresByClass(
        of network: Network, at nodes: [String], inputs: (any InputSource)?, samples: Int = .max, control: FusionControl = FusionControl()
    ) throws -> [String: [[Double]]] {
        let method = "importance by \(kind.rawValue)"
        guard let inputs else { throw FusionError.noSamples(method: method) }
        guard network.outputShape.count == 1 else {
            throw FusionError.unsuitable(
                reason:
                    "\(method) explains one output per sample, but this network outputs maps of \(network.outputShape.map(String.init).joined(separator: "×")): set importance=l2, which needs weights only"
            )
        }
        guard !network.architecture.takesTokens || !(kind == .conductance || kind == .deeplift) else {
            throw FusionError.unsuitable(
                reason:
                    "\(method) follows inputs from a baseline to each sample, which token ids do not allow: set importance=gradient-activation, activation or l2"
            )
        }
        let batches = try SampleBatches(inputs, atMost: samples, size: Self.batch(for: network), method: method)
        let classes = network.trace.outputWidth
        let attribution = attribution(of: try network.laidOutForPasses())
        var sums: [String: Tensor] = [:]
        try control.divided(batches.ranges.count) { (index) in
            let range = batches.ranges[index], x = try batches.inputs(range)
            let chosen = try chosenClasses(network, x, batches, range, classes)
            let values = try attribution.attributions(at: nodes, x: x, classes: chosen)
            return try nodes.map { (id) in
                guard let value = values[id] else { return try Tensor.zeros([0]) }
                let neurons = try network.neurons(at: id)
                let perSample = try value.detached().magnitude().converted(to: .float64).reshaped([value.shape[0], neurons, -1]).sum(
                    axes: [2])
                let members = try Tensor.oneHot(chosen, classes: classes).converted(to: .float64)
                return try members.transposed(0, 1).matmul(perSample)
            }
        } use: { (index, parts) in
            for (id, part) in zip(nodes, parts) where part.count > 0 {
                let earlier = sums[id]
                sums[id] = if let earlier { try earlier + part } else { part }
            }
            control.progress?(.activations(done: batches.ranges[index].upperBound, of: batches.count))
        }
        var scores: [String: [[Double]]] = [:]
        for (id, sum) in sums {
            let flat = try (sum / Double(batches.count)).array(of: Double.self)
            guard flat.allSatisfy(\.isFinite) else { throw FusionError.nonFiniteScores(node: id, kind: kind.rawValue) }
            let neurons = sum.shape[1]
            scores[id] = (0..<classes).map { Array(flat[$0 * neurons..<($0 + 1) * neurons]) }
        }
        return scores
    }

    /// Samples per batch: small networks in few large steps, large ones within about 96 MB of activations.
    private static func batch(for network: Network) -> Int {
        let values = network.trace.layers.reduce(1) { $0 + $1.outputShape.reduce(1, *) }
        return min(400, max(8, 24_000_000 / values))
    }

    private func attribution(of network: Network) -> any Attribution {
        switch kind {
        case .conductance: Conductance(network: network, steps: steps)
        case .deeplift: DeepLift(network: network)
        case .ablation: Ablation(network: network)
        case .gradient: GradientActivation(network: network)
        case .activation, .uniform, .l1, .l2: PlainActivation(network: network)
        }
    }

    /// The class explained for each sample, [batch].
    private func chosenClasses(
        _ network: Network, _ x: Tensor, _ batches: SampleBatches, _ range: Range<Int>, _ classes: Int
    ) throws -> Tensor {
        switch target {
        // Where a sample has no one class, the largest output is explained.
        case .label where needsLabels && network.task.isSoftmax:
            let labels = try batches.labels(range, classes: classes, for: "importance by \(kind.rawValue) of the true class")
            return try Tensor(labels)
        case .label, .predicted:
            let logits = try network(x)
            return try logits.largestIndex(axis: 1)
        case .given(let label):
            guard (0..<classes).contains(label) else { throw FusionError.classOutside(label: label, classes: classes) }
            return try Tensor([Int](repeating: label, count: range.count))
        }
    }

    /// Norms of the incoming weights of the layer that gives the node's neurons.
    private func weightNorms(of network: Network, at id: String) throws -> [Double] {
        var current = id
        while let node = network.architecture.nodes.first(where: { $0.id == current }) {
            if let name = node.parameterName("weight"), let weight = network.parameters[name], weight.rank >= 2 {
                let bias = node.parameterName("bias").flatMap { network.parameters[$0] }
                var rows = try weight.converted(to: .float64).reshaped([weight.shape[0], -1])
                if let bias { rows = try Tensor.concatenated([rows, bias.converted(to: .float64).reshaped([-1, 1])], axis: 1) }
                return try (kind == .l1 ? rows.absoluteNorm(axes: [1]) : rows.norm(axes: [1])).array(of: Double.self)
            }
            guard let source = node.sources.first else { break }
            current = source
        }
        throw FusionError.unsuitable(reason: "the node \(id) has no incoming weights to score its neurons by; choose another importance")
    }
}

extension Network {
    /// The number of neurons (channels) at a node's output.
    func neurons(at id: String) throws -> Int {
        guard let layer = trace.layers.first(where: { $0.id == id }), layer.outputShape.indices.contains(layer.neuronAxis) else {
            throw FusionError.network(.graph(reason: "there is no node “\(id)”"))
        }
        return layer.outputShape[layer.neuronAxis]
    }
}
