import Networks
import Tensors

/// Label-free distillation of second order: a few Gauss–Newton steps on τ² Σ KL(q ‖ softmax(f/τ)) over all parameters, or over some.
///
/// Each step solves (JᵀMJ + l I) d = Jᵀ τ (q − s) − l (θ − θ₀), s = softmax(f/τ), M = diag(s) − s sᵀ + 0.02 I, by conjugate gradients that only ever
/// multiply by J and Jᵀ (Martens 2010; Schraudolph 2002), and halves d until the loss falls. l is 10⁻³ of the mean diagonal that JᵀMJ has at
/// uncertain outputs. For raw outputs the same with the link of ``AnswerLink/identity``.
struct GaussNewton {
    let teacher: Teacher
    let inputs: ExpandedInputs
    var temperature = 2.0
    var steps = 3
    var iterations = 30
    var damping = 1e-3
    /// The graph of inputs that go through the network at once, in bytes.
    var graphAtOnce = 192 << 20
    /// Bytes of recorded graphs that are kept between products; the others are computed again for each.
    var keptGraphs = 192 << 20
    /// Bytes of inputs that are kept; the others are computed again each time.
    var keptInputs = 64 << 20

    /// Added to M, which vanishes where the outputs are certain.
    private static let floor = 0.02
    private static let halvings = 12
    /// Batches of inputs that go through the network at once, where that is little: products of few rows are slow, graphs of many large.
    private static let joined = 5

    struct Diagnostics: Sendable, Codable {
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

        var bytes: Int { 4 * (x.count + wanted.count) }
    }

    private var link: AnswerLink { teacher.link(temperature: temperature) }

    func refined(
        _ network: Network, names: [String]? = nil, control: FusionControl
    ) throws -> (network: Network, diagnostics: Diagnostics) {
        let names = names ?? network.trainedNames
        let chunks = chunks(rowsAtOnce: max(1, graphAtOnce / max(1, Self.graphBytes(network))))
        let start = try ParameterVector(network, names: names)
        var here = start, diagnostics = Diagnostics(losses: [], lengths: [])
        let rows = inputs.count
        var loss = try self.loss(network, here, chunks, control)
        diagnostics.losses.append(loss / Double(rows))
        var strength: Double?
        for step in 0..<steps {
            let linear = Linearised(
                network: network, at: here, chunks: chunks, keeping: keptGraphs / max(1, Self.graphBytes(network)), link: link,
                floor: Self.floor, control: control)
            let (gradient, energy) = try linear.gradientAndEnergy(measuresEnergy: strength == nil, seed: inputs.seed)
            let l = strength ?? max(damping * link.typicalCurvature * energy / Double(max(1, here.count)), 1e-12)
            strength = l
            let (from, at) = (start, here)
            let right = try gradient - (at.values - from.values) * l
            let direction = try conjugateGradients(linear, right, damping: l)
            let proximal = try l / 2 * (at.values - from.values).squared().sum().item()
            var length = 1.0, next: (point: ParameterVector, loss: Double)?
            for _ in 0..<Self.halvings {
                let scale = length
                let point = try at.moved(to: at.values + direction * scale)
                let there = try self.loss(network, point, chunks, control)
                let pull = try l / 2 * (point.values - from.values).squared().sum().item()
                if there.isFinite, there + pull < loss + proximal { next = (point, there); break }
                length /= 2
            }
            guard let next else { break }
            here = next.point
            loss = next.loss
            diagnostics.losses.append(loss / Double(rows))
            diagnostics.lengths.append(length)
            diagnostics.damping.append(l)
            control.progress?(
                .fitting(
                    level: "all layers", epoch: step + 1, of: steps, training: loss / Double(rows), validation: loss / Double(rows)))
        }
        let parameters = try here.parameters()
        return (
            try network.with(parameters: network.parameters.merging(parameters) { $1 }), diagnostics
        )
    }

    /// The inputs with their answers: several batches at once where these are small, parts of a batch where they are large.
    private func chunks(rowsAtOnce: Int) -> ReplayedBatches<Chunk> {
        let inputs = inputs, teacher = teacher, link = link
        func answered(_ x: Tensor, by logits: [Tensor]) throws -> Chunk {
            Chunk(
                x: x,
                wanted: try teacher.wanted(logits, link).converted(to: x.dtype()))
        }
        let joined = min(Self.joined, rowsAtOnce / inputs.batch)
        guard joined == 0 else {
            return ReplayedBatches(count: (inputs.batches + joined - 1) / joined, budget: keptInputs, bytes: \.bytes) {
                (index) in
                var parts: [Chunk] = []
                for batch in index * joined..<min(inputs.batches, (index + 1) * joined) {
                    let x = try inputs.inputs(ofBatch: batch)
                    parts.append(try answered(x, by: teacher.logits(ofBatch: batch, of: inputs, x: x)))
                }
                let all = parts
                return try Chunk(x: try Tensor.concatenated(all.map(\.x)), wanted: try Tensor.concatenated(all.map(\.wanted)))
            }
        }
        var parts: [(batch: Int, from: Int, count: Int)] = []
        for batch in 0..<inputs.batches {
            let count = inputs.range(of: batch).count
            for from in stride(from: 0, to: count, by: rowsAtOnce) { parts.append((batch, from, min(rowsAtOnce, count - from))) }
        }
        let all = parts
        return ReplayedBatches(count: all.count, budget: keptInputs, bytes: \.bytes) { (index) in
            let (part, batch) = (all[index], try inputs.inputs(ofBatch: all[index].batch))
            let x = try batch.narrowed(axis: 0, from: part.from, count: part.count).copied()
            return try answered(x, by: teacher.logits(x))
        }
    }

    private func loss(
        _ network: Network, _ point: ParameterVector, _ chunks: ReplayedBatches<Chunk>, _ control: FusionControl
    ) throws -> Double {
        let parameters = try point.parameters()
        var sum = 0.0
        try chunks.forEach(control) { (_, chunk) in
            let logits = try network.logits(chunk.x, parameters)
            sum += try link.elements(logits, chunk.wanted).converted(to: .float64).sum().item() * link.scale
        }
        return sum
    }

    private func conjugateGradients(_ linear: Linearised, _ right: Tensor, damping l: Double) throws -> Tensor {
        var solution = try right * 0
        var residual = right, direction = right
        var energy = try Self.dot(residual, residual)
        let enough = energy * 1e-20
        for _ in 0..<iterations where energy > enough {
            let product = try linear.curvature(direction), along = direction
            let image = try product + along * l
            let curvature = try Self.dot(along, image)
            guard curvature > 0, curvature.isFinite else { break }
            let length = energy / curvature, before = (solution, residual)
            (solution, residual) = try (try before.0 + along * length, try before.1 - image * length)
            let next = try Self.dot(residual, residual), rest = residual, ratio = next / energy
            direction = try rest + along * ratio
            energy = next
        }
        return solution
    }

    private static func dot(_ a: Tensor, _ b: Tensor) throws -> Double {
        try a.converted(to: .float64).reshaped([1, -1]).matmul(b.converted(to: .float64).reshaped([-1, 1])).item()
    }

    /// What the recorded graph of one input takes: every layer's output, three times over.
    private static func graphBytes(_ network: Network) -> Int {
        let values = network.trace.layers.reduce(0) { $0 + $1.outputShape.reduce(1, *) }
        let (bytes, overflow) = values.multipliedReportingOverflow(by: 12)
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
        private let chunks: ReplayedBatches<Chunk>
        private let link: AnswerLink
        private let floor: Double
        private let control: FusionControl
        /// The graphs of the first chunks, and for how many inputs more there is room.
        private var kept: [Graph] = []
        private var room: Int

        /// - Parameter room: of how many inputs the graphs are kept.
        init(
            network: Network, at point: ParameterVector, chunks: ReplayedBatches<Chunk>, keeping room: Int, link: AnswerLink, floor: Double,
            control: FusionControl
        ) {
            self.network = network
            self.point = point
            self.chunks = chunks
            self.room = room
            self.link = link
            self.floor = floor
            self.control = control
        }

        private func graph(_ chunk: Chunk) throws -> Graph {
            let variables = try point.variables()
            let logits = try network.logits(
                chunk.x, Dictionary(uniqueKeysWithValues: zip(point.names, variables)), mode: .twiceDifferentiable)
            let probe = try (logits.detached() * 0).asVariable()
            let pulled = try (logits * probe).sum().optionalGradients(of: variables, keepingGraph: true, recording: true)
            return Graph(
                variables: variables, logits: logits, answers: try link.answers(logits.detached()), probe: probe, pulled: pulled)
        }

        private func forEach(_ body: (Chunk, Graph) throws -> Void) throws {
            try chunks.forEach(control) { (index, chunk) in
                if index < kept.count { return try body(chunk, kept[index]) }
                let made = try graph(chunk)
                if index == kept.count, chunk.x.shape[0] <= room {
                    kept.append(made)
                    room -= chunk.x.shape[0]
                }
                try body(chunk, made)
            }
        }

        /// Jᵀ w of one batch.
        private func pull(_ graph: Graph, _ w: Tensor) throws -> Tensor {
            let gradients = try (graph.logits * w).sum().optionalGradients(of: graph.variables, keepingGraph: true)
            return try point.flattened(gradients)
        }

        /// Jᵀ τ (q − s), and ‖J‖² in the Frobenius norm, by a random projection, where the caller wants it.
        func gradientAndEnergy(measuresEnergy: Bool, seed: UInt64) throws -> (Tensor, Double) {
            var total: Tensor?, energy = 0.0
            let generator = try Generator(seed: seed)
            try forEach { (chunk, graph) in
                let before = total
                let own = try pull(graph, link.slope(chunk.wanted, answers: graph.answers))
                total = if let before { try before + own } else { own }
                guard measuresEnergy else { return }
                let signs = try Tensor.normal(graph.logits.shape, generator: generator, dtype: graph.logits.dtype())
                energy += try pull(graph, signs).converted(to: .float64).squared().sum().item()
            }
            guard let total else { throw FusionError.noSamples(method: "refinement") }
            return (total, energy)
        }

        /// JᵀMJ v.
        func curvature(_ v: Tensor) throws -> Tensor {
            let parts = try point.split(v)
            var total: Tensor?
            try forEach { (_, graph) in
                // Jᵀu is linear in u, so the gradient of ⟨Jᵀu, v⟩ by u is J v.
                var product: Tensor?
                for (pulled, part) in zip(graph.pulled, parts) {
                    guard let pulled else { continue }
                    let own = try (pulled * part).sum()
                    product = if let sum = product { try sum + own } else { own }
                }
                guard let product, let pushed = try product.optionalGradients(of: [graph.probe], keepingGraph: true)[0] else {
                    total = try v * 0
                    return
                }
                let own = try pull(graph, link.curved(pushed, answers: graph.answers, floor: floor))
                total = if let before = total { try before + own } else { own }
            }
            guard let total else { throw FusionError.noSamples(method: "refinement") }
            return total
        }
    }
}
