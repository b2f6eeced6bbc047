/// How far two neurons are from each other.
package enum Metric: String, Sendable, Hashable, Codable, CaseIterable {
    /// Σ (x − y)²
    case squaredEuclidean
    /// √Σ (x − y)²
    case euclidean
    /// 1 − x·y / (‖x‖ ‖y‖), between 0 and 2. A zero vector is at distance 1 from everything but another zero vector, which is at 0.
    case cosine
    /// 1 − Pearson's correlation: cosine of the vectors less their own means. Constant vectors count as zero.
    case correlation
}
