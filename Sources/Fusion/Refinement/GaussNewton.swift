import Networks
import Tensors

/// Label-free distillation of second order: a few Gauss–Newton steps on τ² Σ KL(q ‖ softmax(f/τ)) over all parameters, or over some.
///
/// Each step solves (JᵀMJ + l I) d = Jᵀ τ (q − s) − l (θ − θ₀), s = softmax(f/τ), M = diag(s) − s sᵀ + 0.02 I, by conjugate gradients that only ever
/// multiply by J and Jᵀ (Martens 2010; Schraudolph 2002), and halves d until the loss falls. l is 10⁻³ of the mean diagonal that JᵀMJ has at
/// uncertain answers.
struct GaussNewton {
    let teacher: Teacher
    let inputs: ExpandedInputs
    var temperature = 2.0
    var steps = 3
    var iterations = 30
    var damping = 1e-3

    /// What keeps M from being flat where the answers are certain.
    private static let floor = 0.02
    /// What diag(s) − s sᵀ has on its diagonal at uncertain answers.
    private static let typicalCurvature = 0.05
    private static let halvings = 12
    /// Batches of inputs that go through the network at once: products of few rows are slow, graphs of many large.
    private static let joined = 5
    /// Recorded graphs that are kept between products, in bytes; beyond it they are made again for each.
    private static let memory = 1 << 30

    struct Account: Sendable, Codable {
        /// The mean of τ² KL over the inputs, before the first step and after each.
        var losses: [Double]
        /// The length of each step that lowered the loss, in full steps.
        var lengths: [Double]
        /// l of each of these steps.
        var damping: [Double] = []
    }

    private struct Chunk {
        let x: Tensor
        /// [batch, classes]
        let wanted: Tensor
    }

    func refined(_ network: Network, names: [String]? = nil, control: FusionControl) throws(FusionError) -> (network: Network, account: Account) {
        let names = names ?? network.trainedNames
        let chunks = try chunks(control)
        let start = try tensors { () throws(TensorError) in try ParameterVector(network, names: names) }
        var here = start, account = Account(losses: [], lengths: [])
        let rows = chunks.reduce(0) { $0 + $1.x.shape[0] }
        var loss = try self.loss(network, here, chunks, control)
        account.losses.append(loss / Double(rows))
        let keepsGraphs = Self.graphBytes(network, rows: rows) <= Self.memory
        var strength: Double?
        for step in 0..<steps {
            let linear = Linearised(network: network, at: here, chunks: chunks, temperature: temperature, floor: Self.floor, control: control)
            if keepsGraphs { try linear.keepGraphs() }
            let (gradient, energy) = try linear.gradientAndEnergy(measuresEnergy: strength == nil, seed: inputs.seed)
            let l = strength ?? max(damping * Self.typicalCurvature * energy / Double(max(1, here.count)), 1e-12)
            strength = l
            let (from, at) = (start, here)
            let right = try tensors { () throws(TensorError) in try gradient - (at.values - from.values) * l }
            let direction = try conjugateGradients(linear, right, damping: l)
            let proximal = try tensors { () throws(TensorError) in try l / 2 * (at.values - from.values).squared().sum().item() }
            var length = 1.0, next: (point: ParameterVector, loss: Double)?
            for _ in 0..<Self.halvings {
                let scale = length
                let point = try tensors { () throws(TensorError) in try at.moved(to: at.values + direction * scale) }
                let there = try self.loss(network, point, chunks, control)
                let pull = try tensors { () throws(TensorError) in try l / 2 * (point.values - from.values).squared().sum().item() }
                if there.isFinite, there + pull < loss + proximal { next = (point, there); break }
                length /= 2
            }
            guard let next else { break }
            here = next.point
            loss = next.loss
            account.losses.append(loss / Double(rows))
            account.lengths.append(length)
            account.damping.append(l)
            control.progress?(.fitting(
                level: "all layers", epoch: step + 1, of: steps, training: loss / Double(rows), validation: loss / Double(rows)))
        }
        let parameters = try tensors { () throws(TensorError) in try here.parameters() }
        return (try networks { () throws(NetworkError) in try network.with(parameters: network.parameters.merging(parameters) { $1 }) }, account)
    }

    private func chunks(_ control: FusionControl) throws(FusionError) -> [Chunk] {
        var chunks: [Chunk] = [], waiting: [Chunk] = []
        func join() throws(FusionError) {
            guard !waiting.isEmpty else { return }
            let parts = waiting
            chunks.append(try tensors { () throws(TensorError) in
                Chunk(x: try Tensor.concatenated(parts.map(\.x)), wanted: try Tensor.concatenated(parts.map(\.wanted)))
            })
            waiting = []
        }
        try inputs.forEach(control) { (x, _) throws(FusionError) in
            let logits = try teacher.logits(x)
            waiting.append(Chunk(x: x, wanted: try tensors { () throws(TensorError) in
                try teacher.probabilities(logits, temperature: temperature).converted(to: x.dtype())
            }))
            if waiting.count == Self.joined { try join() }
        }
        try join()
        return chunks
    }

    private func loss(_ network: Network, _ point: ParameterVector, _ chunks: [Chunk], _ control: FusionControl) throws(FusionError) -> Double {
        let parameters = try tensors { () throws(TensorError) in try point.parameters() }
        var sum = 0.0
        for chunk in chunks {
            try control.check()
            let logits = try network.logits(chunk.x, parameters)
            sum += try tensors { () throws(TensorError) in
                let logs = try (logits / temperature).logSoftmax(axis: 1)
                let entropy = try chunk.wanted * chunk.wanted.clamped(from: 1e-12, to: 1).logarithm()
                return try (entropy - chunk.wanted * logs).converted(to: .float64).sum().item() * temperature * temperature
            }
        }
        return sum
    }

    private func conjugateGradients(_ linear: Linearised, _ right: Tensor, damping l: Double) throws(FusionError) -> Tensor {
        var solution = try tensors { () throws(TensorError) in try right * 0 }
        var residual = right, direction = right
        var energy = try Self.dot(residual, residual)
        let enough = energy * 1e-20
        for _ in 0..<iterations where energy > enough {
            let product = try linear.curvature(direction), along = direction
            let image = try tensors { () throws(TensorError) in try product + along * l }
            let curvature = try Self.dot(along, image)
            guard curvature > 0, curvature.isFinite else { break }
            let length = energy / curvature, before = (solution, residual)
            (solution, residual) = try tensors { () throws(TensorError) in (try before.0 + along * length, try before.1 - image * length) }
            let next = try Self.dot(residual, residual), rest = residual, ratio = next / energy
            direction = try tensors { () throws(TensorError) in try rest + along * ratio }
            energy = next
        }
        return solution
    }

    private static func dot(_ a: Tensor, _ b: Tensor) throws(FusionError) -> Double {
        try tensors { () throws(TensorError) in try a.converted(to: .float64).reshaped([1, -1]).matmul(b.converted(to: .float64).reshaped([-1, 1])).item() }
    }

    /// What the recorded graphs of all inputs take: every layer's output, three times over.
    private static func graphBytes(_ network: Network, rows: Int) -> Int {
        let values = network.trace.layers.reduce(0) { $0 + $1.outputShape.reduce(1, *) }
        let (bytes, overflow) = (values * 12).multipliedReportingOverflow(by: rows)
        return overflow ? .max : bytes
    }

    /// The network's answers as linear in its parameters around a point.
    private final class Linearised {
        private struct Graph {
            let variables: [Tensor]
            let logits: Tensor
            /// s, and the u of Jᵀu, in which gradients are linear.
            let answers: Tensor
            let probe: Tensor
            let pulled: [Tensor?]
        }

        private let network: Network
        private let point: ParameterVector
        private let chunks: [Chunk]
        private let temperature: Double
        private let floor: Double
        private let control: FusionControl
        private var kept: [Graph]?

        init(network: Network, at point: ParameterVector, chunks: [Chunk], temperature: Double, floor: Double, control: FusionControl) {
            self.network = network
            self.point = point
            self.chunks = chunks
            self.temperature = temperature
            self.floor = floor
            self.control = control
        }

        func keepGraphs() throws(FusionError) {
            var all: [Graph] = []
            for chunk in chunks { all.append(try graph(chunk)) }
            kept = all
        }

        private func graph(_ chunk: Chunk) throws(FusionError) -> Graph {
            let variables = try tensors { () throws(TensorError) in try point.variables() }
            let logits = try network.logits(chunk.x, Dictionary(uniqueKeysWithValues: zip(point.names, variables)))
            return try tensors { () throws(TensorError) in
                let probe = try (logits.detached() * 0).asVariable()
                let pulled = try (logits * probe).sum().optionalGradients(of: variables, keepingGraph: true, recording: true)
                return Graph(variables: variables, logits: logits, answers: try (logits.detached() / temperature).softmax(axis: 1), probe: probe, pulled: pulled)
            }
        }

        private func forEach(_ body: (Chunk, Graph) throws(FusionError) -> Void) throws(FusionError) {
            for (index, chunk) in chunks.enumerated() {
                try control.check()
                if let kept { try body(chunk, kept[index]) } else { try body(chunk, graph(chunk)) }
            }
        }

        /// Jᵀ w of one batch.
        private func pull(_ graph: Graph, _ w: Tensor) throws(TensorError) -> Tensor {
            let gradients = try (graph.logits * w).sum().optionalGradients(of: graph.variables, keepingGraph: true)
            return try point.flattened(gradients)
        }

        /// Jᵀ τ (q − s), and ‖J‖² in the Frobenius norm, by a random projection, where it is asked for.
        func gradientAndEnergy(measuresEnergy: Bool, seed: UInt64) throws(FusionError) -> (Tensor, Double) {
            var total: Tensor?, energy = 0.0
            let generator = try tensors { () throws(TensorError) in try Generator(seed: seed) }
            try forEach { (chunk, graph) throws(FusionError) in
                let before = total
                total = try tensors { () throws(TensorError) in
                    let own = try pull(graph, (chunk.wanted - graph.answers) * temperature)
                    return if let before { try before + own } else { own }
                }
                guard measuresEnergy else { return }
                energy += try tensors { () throws(TensorError) in
                    let signs = try Tensor.normal(graph.logits.shape, generator: generator, dtype: graph.logits.dtype())
                    return try pull(graph, signs).converted(to: .float64).squared().sum().item()
                }
            }
            guard let total else { throw .noSamples(method: "refinement") }
            return (total, energy)
        }

        /// JᵀMJ v.
        func curvature(_ v: Tensor) throws(FusionError) -> Tensor {
            let parts = try tensors { () throws(TensorError) in try point.split(v) }
            var total: Tensor?
            try forEach { (_, graph) throws(FusionError) in
                let before = total
                total = try tensors { () throws(TensorError) in
                    // Jᵀu is linear in u, so the gradient of ⟨Jᵀu, v⟩ by u is J v.
                    var product: Tensor?
                    for (pulled, part) in zip(graph.pulled, parts) {
                        guard let pulled else { continue }
                        let own = try (pulled * part).sum()
                        product = if let sum = product { try sum + own } else { own }
                    }
                    guard let product, let pushed = try product.optionalGradients(of: [graph.probe], keepingGraph: true)[0] else { return try v * 0 }
                    let s = graph.answers
                    let curved = try s * pushed - s * (s * pushed).sum(axes: [1], keepingAxes: true) + pushed * floor
                    let own = try pull(graph, curved)
                    return if let before { try before + own } else { own }
                }
            }
            guard let total else { throw .noSamples(method: "refinement") }
            return total
        }
    }
}

/// Some of a network's parameters as one long vector.
struct ParameterVector {
    let names: [String]
    private let shapes: [[Int]]
    let values: Tensor

    var count: Int { values.count }

    init(_ network: Network, names: [String]) throws(TensorError) {
        self.names = names
        var flat: [Tensor] = [], shapes: [[Int]] = []
        for name in names {
            guard let value = network.parameters[name] else { continue }
            flat.append(try value.detached().reshaped([-1]))
            shapes.append(value.shape)
        }
        self.shapes = shapes
        values = try Tensor.concatenated(flat)
    }

    private init(names: [String], shapes: [[Int]], values: Tensor) {
        self.names = names
        self.shapes = shapes
        self.values = values
    }

    func moved(to values: Tensor) -> ParameterVector { ParameterVector(names: names, shapes: shapes, values: values) }

    /// A vector of the same kind in the parameters' shapes.
    func split(_ vector: Tensor) throws(TensorError) -> [Tensor] {
        var parts: [Tensor] = [], start = 0
        for shape in shapes {
            let count = shape.reduce(1, *)
            parts.append(try vector.narrowed(axis: 0, from: start, count: count).reshaped(shape))
            start += count
        }
        return parts
    }

    func flattened(_ parts: [Tensor?]) throws(TensorError) -> Tensor {
        var flat: [Tensor] = []
        for (part, shape) in zip(parts, shapes) {
            let nothing = part == nil ? try Tensor.zeros([shape.reduce(1, *)], dtype: values.dtype()) : nil
            if let known = try part?.reshaped([-1]) ?? nothing { flat.append(known) }
        }
        return try Tensor.concatenated(flat)
    }

    func parameters() throws(TensorError) -> [String: Tensor] {
        var named: [String: Tensor] = [:]
        for (name, part) in zip(names, try split(values)) { named[name] = try part.contiguous() }
        return named
    }

    func variables() throws(TensorError) -> [Tensor] {
        var all: [Tensor] = []
        for part in try split(values) { all.append(try part.copied().asVariable()) }
        return all
    }
}

extension Network {
    /// The logits of a batch, [batch, classes], with some parameters replaced.
    func logits(_ x: Tensor, _ replaced: [String: Tensor]) throws(FusionError) -> Tensor {
        let node = logitNode.id
        let found = try networks { () throws(NetworkError) in try values(of: [node], given: [Architecture.input: x], parameters: replaced) }
        guard let value = found[node] else { throw .network(.graph(reason: "nothing has computed “\(node)”")) }
        return try tensors { () throws(TensorError) in try value.reshaped([x.shape[0], -1]) }
    }
}
