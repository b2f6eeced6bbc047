import Transport

/// Agglomerative clustering (Ward, JASA 58, 1963): neurons start alone, and the two clusters whose merger adds least to the weighted squared
/// distances are merged until as many are left as are wanted. Nothing is drawn at random.
///
/// Distances of merged clusters follow from those before (Lance & Williams 1967); O(n²) memory, O(n²) to O(n³) time.
struct WardClustering: NeuronClustering {
    func clustering(of neurons: StackedNeurons, control: FusionControl) throws -> Clustering {
        let count = neurons.count
        guard neurons.fused <= count else { throw StackedNeurons.tooFew(neurons) }
        var weights = neurons.scores, alive = [Bool](repeating: true, count: count), cluster = Array(0..<count)
        var costs = [Double](repeating: 0, count: count * count)
        for i in 0..<count {
            for j in 0..<count where j != i {
                costs[i * count + j] = weights[i] * weights[j] / (weights[i] + weights[j]) * neurons.geometry.squaredDistance(i, j)
            }
        }
        // The cheapest partner of each cluster among those with a higher number.
        var partner = [Int](repeating: -1, count: count)
        func cheapest(_ i: Int) -> Int {
            var best = -1
            for j in (i + 1)..<max(count, i + 1) where alive[j] && (best < 0 || costs[i * count + j] < costs[i * count + best]) { best = j }
            return best
        }
        for i in 0..<count { partner[i] = cheapest(i) }
        for _ in 0..<(count - neurons.fused) {
            try control.check()
            var first = -1
            for i in 0..<count where alive[i] && partner[i] >= 0 {
                if first < 0 || costs[i * count + partner[i]] < costs[first * count + partner[first]] { first = i }
            }
            guard first >= 0 else { break }
            let second = partner[first]
            let (a, b, joint) = (weights[first], weights[second], costs[first * count + second])
            for other in 0..<count where alive[other] && other != first && other != second {
                let s = weights[other]
                let cost = ((a + s) * costs[first * count + other] + (b + s) * costs[second * count + other] - s * joint) / (a + b + s)
                costs[first * count + other] = cost
                costs[other * count + first] = cost
            }
            alive[second] = false
            weights[first] += b
            for neuron in 0..<count where cluster[neuron] == second { cluster[neuron] = first }
            for i in 0..<count where alive[i] {
                if i == first || partner[i] == first || partner[i] == second {
                    partner[i] = cheapest(i)
                } else if i < first, partner[i] < 0 || costs[i * count + first] < costs[i * count + partner[i]] {
                    partner[i] = first
                }
            }
        }
        let places = Dictionary(uniqueKeysWithValues: (0..<count).filter { alive[$0] }.enumerated().map { ($1, $0) })
        return Clustering(assignment: cluster.map { places[$0] ?? 0 }, of: neurons)
    }
}

extension StackedNeurons {
    static func tooFew(_ neurons: StackedNeurons) -> FusionError {
        .unsuitable(
            reason:
                "neuron group \(neurons.group.name) has \(neurons.count) neurons in all parents, which cannot make \(neurons.fused) groups; lower width"
        )
    }
}
