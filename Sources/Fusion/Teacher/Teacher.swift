import Foundation
import Networks
import Tensors

/// The parents' ensemble, which a fused network is fitted to.
///
/// q(x) = Σ_k p_kc softmax_c(z_k(x) / T), normalised over the classes, p_kc being parent k's prior of class c or a power of it: parents that never saw a
/// class have no weight in it, which is where the mean of logits fails for parents trained on different data.
///
/// Where the outputs are not the logits of one class (``PredictionTask/isSoftmax``), the teacher is the mean of the parents' outputs.
struct Teacher: Sendable {
    enum Rule: String, HyperparameterChoice {
        case probabilities, logits
        /// Raw outputs; used instead of the other two where the outputs have no softmax.
        case outputs

        var title: String {
            switch self {
            case .probabilities: "probabilities, weighted by class priors"
            case .logits: "logits, weighted equally"
            case .outputs: "mean output"
            }
        }
    }

    let parents: ParentSet
    /// The weights of the parents, class by class: their priors to a power; [parents, classes], the columns sum to one.
    let shares: [[Double]]
    /// The same to the power of one: each parent's share of what all parents met of a class.
    private(set) var priors: [[Double]]
    let rule: Rule
    /// The parents' logits of earlier calls.
    private let known: TeacherCache

    /// Probabilities are clamped to at least this: smaller logarithms would dominate the regression.
    private static let least = 1e-9

    /// - Parameter shares: each parent's prior of every class, nil where unknown: then equal, as for a class that no parent has.
    init(parents: ParentSet, shares: [[Double]]?, rule: Rule = .probabilities) throws {
        try self.init(parents: parents, shares: shares, rule: rule, known: TeacherCache())
    }

    private init(parents: ParentSet, shares: [[Double]]?, rule: Rule, known: TeacherCache) throws {
        let classes = parents.referenceNetwork.trace.outputWidth
        self.parents = parents
        self.rule = parents.referenceNetwork.task.isSoftmax ? rule : .outputs
        self.known = known
        guard let shares else {
            self.shares = parents.networks.map { _ in [Double](repeating: 1 / Double(parents.count), count: classes) }
            priors = self.shares
            return
        }
        guard shares.count == parents.count, shares.allSatisfy({ $0.count == classes && $0.allSatisfy { $0 >= 0 && $0.isFinite } }) else {
            throw FusionError.unsuitable(
                reason:
                    "class priors should be \(parents.count) lists of \(classes) numbers, none negative; got \(shares.count) lists of \(shares.first?.count ?? 0)"
            )
        }
        let totals = (0..<classes).map { label in shares.reduce(0) { $0 + $1[label] } }
        self.shares = shares.map { own in zip(own, totals).map { $1 > 0 ? $0 / $1 : 1 / Double(shares.count) } }
        priors = self.shares
    }

    /// The same parents, weighted by these priors to a power.
    func weighing(_ shares: [[Double]], strength: Double = 1) throws -> Teacher {
        // Scaled first: counts of images to a power are not the power of priors.
        let scaled = try Teacher(parents: parents, shares: shares, rule: rule, known: known)
        guard strength != 1 else { return scaled }
        var powered = try Teacher(
            parents: parents, shares: scaled.shares.map { $0.map { pow($0, strength) } }, rule: rule, known: known)
        powered.priors = scaled.priors
        return powered
    }

    /// The same teacher with a memory of its own.
    func forgetful() throws -> Teacher { try Teacher(parents: parents, shares: shares, rule: rule) }

    /// Class shares estimated from unlabelled samples: a parent's logits hold the logarithm of how often it met each class (Menon et al., ICLR
    /// 2021), so that its share is the softmax over parents of its mean logit of the class, less its mean of all.
    func estimatedShares(on inputs: ExpandedInputs, control: FusionControl) throws -> [[Double]] {
        var sums: Tensor?
        try forEachSampleBatch(of: inputs, control) { (_, answers) in
            let before = sums
            let own = try Tensor.concatenated(
                answers.map { (logits) in
                    try (logits - logits.mean(axes: [1], keepingAxes: true)).sum(axes: [0], keepingAxes: true)
                })
            sums = if let before { try before + own } else { own }
        }
        guard let sums else { throw FusionError.noSamples(method: "class shares") }
        let flat = try (sums / Double(inputs.samples)).softmax(axis: 0).array(of: Double.self)
        return stride(from: 0, to: flat.count, by: sums.shape[1]).map { Array(flat[$0..<$0 + sums.shape[1]]) }
    }

    /// The parents' logits on a batch of inputs, [batch, classes] each, f64: computed once and then cached.
    ///
    /// - Parameter x: the inputs of the batch, where they are at hand.
    func logits(ofBatch batch: Int, of inputs: ExpandedInputs, x: Tensor? = nil) throws -> [Tensor] {
        if let answers = known.logits(batch, of: inputs) { return answers }
        let answers = if let x { try logits(x) } else { try logits(inputs.inputs(ofBatch: batch)) }
        known.store(answers, batch, of: inputs)
        return answers
    }

    /// Remembers what the parents' last layers gave on a batch of inputs, so that nobody need ask again.
    func remember(_ values: [Tensor], _ batch: Int, of inputs: ExpandedInputs) throws {
        known.store(try values.enumerated().map { try wide($1, of: $0) }, batch, of: inputs)
    }

    /// Logits as [batch, classes], f64, checked.
    private func wide(_ value: Tensor, of parent: Int) throws -> Tensor {
        let wide = try value.reshaped([value.shape[0], -1]).converted(to: .float64)
        guard try wide.allFinite() else {
            throw FusionError.nonFiniteActivations(group: parents.networks[parent].logitNode.id, parent: parent)
        }
        return wide
    }

    /// The parents' logits on the samples themselves, batch by batch.
    func forEachSampleBatch(
        of inputs: ExpandedInputs, _ control: FusionControl, _ body: (Int, [Tensor]) throws -> Void
    ) throws {
        for batch in 0..<inputs.sampleBatches {
            try control.check()
            try body(batch, logits(ofBatch: batch, of: inputs))
        }
    }

    /// The parents' logits, [batch, classes] each, f64.
    func logits(_ x: Tensor) throws -> [Tensor] {
        var all: [Tensor] = []
        for (index, network) in parents.networks.enumerated() {
            let node = network.logitNode.id
            let values = try network.values(of: [node], given: [Architecture.input: x])
            guard let value = values[node] else { throw FusionError.network(.graph(reason: "nothing has computed “\(node)”")) }
            all.append(try wide(value, of: index))
        }
        return all
    }

    /// Σ_k p_kc z_kc.
    func weighted(_ logits: [Tensor]) throws -> Tensor {
        var sum = try logits[0] * Tensor(shares[0])
        for (value, share) in zip(logits, shares).dropFirst() { sum = try sum + value * Tensor(share) }
        return sum
    }

    /// How a network's outputs are compared with this teacher.
    func link(temperature: Double) -> AnswerLink { rule == .outputs ? .identity : .softmax(temperature: temperature) }

    /// The target of a network's outputs: q at the link's temperature, or the mean of outputs.
    func wanted(_ logits: [Tensor], _ link: AnswerLink) throws -> Tensor {
        guard case .softmax(let temperature) = link else { return try weighted(logits) }
        return try probabilities(logits, temperature: temperature)
    }

    /// q at a temperature.
    func probabilities(_ logits: [Tensor], temperature: Double) throws -> Tensor {
        if rule == .logits { return try (weighted(logits) / temperature).softmax(axis: 1) }
        var softened: [Tensor] = []
        for value in logits { softened.append(try (value / temperature).softmax(axis: 1)) }
        let sum = try weighted(softened)
        return try sum / sum.sum(axes: [1], keepingAxes: true)
    }

    /// The target of logits: T · log q, each row without its mean.
    func target(_ logits: [Tensor], temperature: Double) throws -> Tensor {
        if rule == .outputs { return try weighted(logits) }
        let raw =
            rule == .logits
            ? try weighted(logits)
            : try probabilities(logits, temperature: temperature).clamped(from: Self.least, to: 1).logarithm() * temperature
        return try raw - raw.mean(axes: [1], keepingAxes: true)
    }
}
