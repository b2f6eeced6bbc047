import Datasets
import Networks
import Tensors

/// The base network plus a combination of the parents' task vectors, τ_k = θ_k − θ_base, all aligned: task arithmetic (Ilharco et al., ICLR 2023),
/// TIES (Yadav et al., NeurIPS 2023) or DARE (Yu et al., ICML 2024).
///
/// The base is one of the parents: the network that the others were fine-tuned from. Running statistics are the weighted mean of the fine-tuned
/// parents': differences of variances are no task vectors.
struct TaskVectors: ParameterwiseCombination {
    enum Rule: Sendable, Equatable {
        /// Σ w_k τ_k.
        case sum
        /// Of each task vector the largest `density` of every tensor; of each weight the sign with the larger sum; the mean of the vectors that have it.
        case ties(density: Double)
        /// Σ w_k of task vectors of which every weight is dropped with probability 1 − density and the others divided by the density.
        case dare(density: Double, seed: UInt64)
    }

    let rule: Rule
    let base: Int
    /// λ, by which the combined task vector is multiplied.
    let scale: Double
    /// One for each parent, 0 for the base; they sum to 1.
    private let shares: [Double]
    private let statistics: Set<String>

    /// - Parameter weights: one for each parent; that of the base is ignored.
    /// - Throws: `FusionError.unsuitable` where nothing but the base is left, or TIES has one task vector only.
    init(_ rule: Rule, base: Int, scale: Double, weights: [Double], parents: ParentSet) throws {
        var shares = weights
        shares[base] = 0
        let total = shares.reduce(0, +)
        guard parents.count > 1, total > 0 else {
            throw FusionError.unsuitable(
                reason: "task vectors need a base and a network fine-tuned from it: give both as parents, and combine-base= names the base")
        }
        if case .ties = rule, shares.count(where: { $0 > 0 }) < 2 {
            throw FusionError.unsuitable(
                reason:
                    "combine=ties resolves the signs of two or more task vectors, but only one parent is not the base: give the base and two or more networks fine-tuned from it"
            )
        }
        (self.rule, self.base, self.scale) = (rule, base, scale)
        self.shares = shares.map { $0 / total }
        statistics = parents.statistics
    }

    func fused(_ name: String, of parents: ParentSet, along plan: FusionPlan) throws -> Tensor {
        let reference = try parents.referenceNetwork.parameter(name), type = try reference.dtype()
        guard type.isFloatingPoint else { return reference }
        let tuned = shares.indices.filter { shares[$0] > 0 }
        guard !statistics.contains(name) else {
            return try sum(tuned.map { (try plan.aligned(name, of: $0, in: parents), shares[$0]) }).converted(to: type)
        }
        let origin = try plan.aligned(name, of: base, in: parents)
        let vectors = try tuned.map { parent in
            let vector = try plan.aligned(name, of: parent, in: parents) - origin
            return (try thinned(vector, name, parent), shares[parent])
        }
        let combined = if case .ties = rule { try elected(vectors) } else { try sum(vectors) }
        return try (origin + combined * scale).converted(to: type)
    }

    private func sum(_ vectors: [(Tensor, Double)]) throws -> Tensor {
        var total = try vectors[0].0 * vectors[0].1
        for (vector, share) in vectors.dropFirst() { total = try total + vector * share }
        return total
    }

    /// What is kept of one task vector.
    private func thinned(_ vector: Tensor, _ name: String, _ parent: Int) throws -> Tensor {
        switch rule {
        case .sum: return vector
        case .ties(let density):
            let kept = max(1, Int((density * Double(vector.count)).rounded()))
            guard kept < vector.count else { return vector }
            let sizes = try vector.magnitude().reshaped([-1])
            let least = try sizes.sorted(axis: 0, descending: true).values.narrowed(axis: 0, from: kept - 1, count: 1).item()
            return try vector * vector.magnitude().isAtLeast(least).converted(to: .float64)
        case .dare(let density, let seed):
            let mixed = SeededGenerator(seed: seed, purpose: "dare \(parent) \(name)").first
            let draws = try Tensor.uniform(vector.shape, from: 0, to: 1, generator: Generator(seed: mixed), dtype: .float64)
            return try vector * (-draws).isGreater(than: -density).converted(to: .float64) / density
        }
    }

    /// The weighted mean of the vectors whose sign is that of their weighted sum, element by element.
    private func elected(_ vectors: [(Tensor, Double)]) throws -> Tensor {
        let total = try sum(vectors)
        let positive = try total.isGreater(than: 0).converted(to: .float64),
            negative = try (-total).isGreater(than: 0).converted(to: .float64)
        var numerator: Tensor?, denominator: Tensor?
        for (vector, share) in vectors {
            let agrees =
                try vector.isGreater(than: 0).converted(to: .float64) * positive + (-vector).isGreater(than: 0).converted(to: .float64)
                * negative
            let (part, weight) = (try vector * agrees * share, try agrees * share)
            numerator = try numerator.map { try $0 + part } ?? part
            denominator = try denominator.map { try $0 + weight } ?? weight
        }
        guard let numerator, let denominator else { return total }
        // Where no vector has the sign, nothing was kept.
        return try numerator / (denominator + denominator.equals(denominator * 0).converted(to: .float64))
    }
}

extension SeededGenerator {
    /// Its first number, to seed another generator.
    fileprivate var first: UInt64 {
        var copy = self
        return copy.next()
    }
}
