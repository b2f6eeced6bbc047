import Networks
import Tensors

/// The parents' joint answer, which a fused network is to give by itself.
///
/// q(x) = Σ_k p_kc softmax_c(z_k(x) / T), scaled to sum to one over the classes, p_kc being parent k's share of class c: parents that never
/// saw a class have no say in it, which is where the mean of logits goes wrong for parents trained on different data.
struct Teacher: Sendable {
    enum Rule: String, Sendable { case probabilities, logits }

    let parents: ParentSet
    /// [parents, classes]; the columns sum to one.
    let shares: [[Double]]
    let rule: Rule

    /// Probabilities below this count as this: their logarithms would eat the capacity of what learns them.
    private static let least = 1e-9

    /// - Parameter shares: each parent's share of every class, nil where unknown: then all alike. A class that no parent has belongs to all.
    init(parents: ParentSet, shares: [[Double]]?, rule: Rule = .probabilities) throws(FusionError) {
        let classes = parents.referenceNetwork.trace.outputWidth
        self.parents = parents
        self.rule = rule
        guard let shares else {
            self.shares = parents.networks.map { _ in [Double](repeating: 1 / Double(parents.count), count: classes) }
            return
        }
        guard shares.count == parents.count, shares.allSatisfy({ $0.count == classes && $0.allSatisfy { $0 >= 0 && $0.isFinite } }) else {
            throw .unsuitable(reason: "class shares should be \(parents.count) lists of \(classes) numbers, none negative; got \(shares.count) lists of \(shares.first?.count ?? 0)")
        }
        let totals = (0..<classes).map { label in shares.reduce(0) { $0 + $1[label] } }
        self.shares = shares.map { own in zip(own, totals).map { $1 > 0 ? $0 / $1 : 1 / Double(shares.count) } }
    }

    /// The parents' logits, [batch, classes] each, f64.
    func logits(_ x: Tensor) throws(FusionError) -> [Tensor] {
        var all: [Tensor] = []
        for (index, network) in parents.networks.enumerated() {
            let node = network.logitNode.id
            let values = try networks { () throws(NetworkError) in try network.values(of: [node], given: [Architecture.input: x]) }
            guard let value = values[node] else { throw .network(.graph(reason: "nothing has computed “\(node)”")) }
            let wide = try tensors { () throws(TensorError) in try value.reshaped([x.shape[0], -1]).converted(to: .float64) }
            guard try tensors({ () throws(TensorError) in try wide.allFinite() }) else { throw .nonFiniteActivations(group: node, parent: index) }
            all.append(wide)
        }
        return all
    }

    /// Σ_k p_kc z_kc.
    func weighted(_ logits: [Tensor]) throws(TensorError) -> Tensor {
        var sum = try logits[0] * Tensor(shares[0])
        for (value, share) in zip(logits, shares).dropFirst() { sum = try sum + value * Tensor(share) }
        return sum
    }

    /// q at a temperature.
    func probabilities(_ logits: [Tensor], temperature: Double) throws(TensorError) -> Tensor {
        if rule == .logits { return try (weighted(logits) / temperature).softmax(axis: 1) }
        var softened: [Tensor] = []
        for value in logits { softened.append(try (value / temperature).softmax(axis: 1)) }
        let sum = try weighted(softened)
        return try sum / sum.sum(axes: [1], keepingAxes: true)
    }

    /// What logits should be: T · log q, each row without its mean.
    func target(_ logits: [Tensor], temperature: Double) throws(TensorError) -> Tensor {
        let raw = rule == .logits ? try weighted(logits)
            : try probabilities(logits, temperature: temperature).clamped(from: Self.least, to: 1).logarithm() * temperature
        return try raw - raw.mean(axes: [1], keepingAxes: true)
    }
}
