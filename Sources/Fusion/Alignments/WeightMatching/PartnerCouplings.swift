import Networks
import Transport

/// The couplings that partners stand for: every fused neuron is the mean of one neuron of each parent that has a partner for it, in proportion to their scores.
///
/// Nothing here takes memory of neurons².
struct PartnerCouplings {
    let neurons: Int
    /// By parent: the score of each of its neurons.
    let scores: [[Double]]
    /// By parent: its neuron for each fused one, nil where it has none.
    let partners: [[Int?]]

    func couplings(results: [Int: Clustering.Result], keepsCosts: Bool) -> [Coupling] {
        var sums = [CompensatedSum](repeating: CompensatedSum(), count: neurons), total = 0.0
        var pairs: [[(neuron: Int, place: Int)]] = []
        for (own, scores) in zip(partners, scores) {
            let found = own.enumerated().compactMap { place, neuron in neuron.map { (neuron: $0, place: place) } }
                .filter { scores[$0.neuron] > 0 }.sorted { $0.neuron < $1.neuron }
            for pair in found {
                sums[pair.place].add(scores[pair.neuron])
                total += scores[pair.neuron]
            }
            pairs.append(found)
        }
        return pairs.enumerated().map { parent, pairs in
            var sources = [Int?](repeating: nil, count: neurons), factors = [Double](repeating: 0, count: neurons)
            for (neuron, place) in pairs {
                sources[place] = neuron
                factors[place] = scores[parent][neuron] / sums[place].value
            }
            let plan = TransportPlan(
                rows: scores[parent].count, columns: neurons,
                entries: pairs.map { .init(row: $0.neuron, column: $0.place, mass: scores[parent][$0.neuron] / total) })
            return Coupling(parent: parent, plan: plan, of: results[parent], keepsCost: keepsCosts, map: .scaled(sources, factors))
        }
    }
}
