import Datasets

/// Neurons as weighted points of which only inner products are known; see ``NeuronGeometry``.
struct WeightedCloud {
    let geometry: NeuronGeometry
    let scores: [Double]
    /// Whether costs are of squared distances.
    let isSquared: Bool
    private var count: Int { scores.count }

    init(_ neurons: StackedNeurons, isSquared: Bool) {
        geometry = neurons.geometry
        scores = neurons.scores
        self.isSquared = isSquared
    }

    /// The distance from each neuron's values to the fit of one of them.
    private func squaredDistances(to centre: Int) -> [Double] {
        (0..<count).map { geometry.residuals[$0] + geometry.squaredDistance($0, centre) }
    }

    /// `first`, then each time the neuron farthest from its nearest chosen one; the lowest number of equals.
    func farthestFirst(from first: Int, count wanted: Int) -> [Int] {
        var chosen = [first]
        var least = squaredDistances(to: first)
        while chosen.count < wanted {
            let next = least.indices.dropFirst().reduce(0) { least[$1] > least[$0] ? $1 : $0 }
            chosen.append(next)
            for (neuron, distance) in squaredDistances(to: next).enumerated() { least[neuron] = min(least[neuron], distance) }
        }
        return chosen
    }

    /// Centres drawn in proportion to score × squared distance from those before.
    func plusPlus(count wanted: Int, _ random: inout SeededGenerator) -> [Int] {
        var chosen: [Int] = [], least = [Double](repeating: 1, count: count)
        while chosen.count < wanted {
            let weights = zip(scores, least).map { $0 * $1 }
            var left = random.real() * weights.reduce(0, +)
            // Points that coincide with chosen ones have no weight left: then any neuron not chosen yet.
            var next = (0..<count).first { !chosen.contains($0) } ?? 0
            for (neuron, weight) in weights.enumerated() where weight > 0 {
                next = neuron
                left -= weight
                if left < 0 { break }
            }
            let distances = (0..<count).map { geometry.squaredDistance($0, next) }
            for neuron in 0..<count { least[neuron] = chosen.isEmpty ? distances[neuron] : min(least[neuron], distances[neuron]) }
            chosen.append(next)
        }
        return chosen
    }

    /// The nearest of some neurons for each neuron; the first of equals.
    func nearest(to centres: [Int]) -> [Int] {
        (0..<count).map { neuron in
            var best = 0, least = Double.infinity
            for (cluster, centre) in centres.enumerated() {
                let distance = geometry.squaredDistance(neuron, centre)
                if distance < least { (best, least) = (cluster, distance) }
            }
            return best
        }
    }

    /// For each neuron the nearest weighted mean of the clusters and its distance. A cluster without members is left out, and the later
    /// ones move up, as published.
    func nearest(toMeansOf assignment: [Int], clusters: Int) -> (assignment: [Int], distances: [Double]) {
        var weights = [Double](repeating: 0, count: clusters), members = [Int](repeating: 0, count: clusters)
        for (neuron, cluster) in assignment.enumerated() {
            weights[cluster] += scores[neuron]
            members[cluster] += 1
        }
        var place = [Int](repeating: -1, count: clusters), kept = 0
        for cluster in 0..<clusters where members[cluster] > 0 {
            place[cluster] = kept
            kept += 1
        }
        let target = assignment.map { place[$0] }
        let share = assignment.indices.map { scores[$0] / weights[assignment[$0]] }
        // ⟨P a_m, mean_c⟩ for all m and c in one pass over the products.
        var inner = [Double](repeating: 0, count: count * kept)
        let count = count
        geometry.products.withUnsafeBufferPointer { products in
            inner.withUnsafeMutableBufferPointer { inner in
                target.withUnsafeBufferPointer { target in
                    share.withUnsafeBufferPointer { share in
                        for neuron in 0..<count {
                            let row = neuron * count, out = neuron * kept
                            for other in 0..<count { inner[out + target[other]] += share[other] * products[row + other] }
                        }
                    }
                }
            }
        }
        var lengths = [Double](repeating: 0, count: kept)
        for neuron in 0..<count { lengths[target[neuron]] += share[neuron] * inner[neuron * kept + target[neuron]] }
        var nearest = [Int](repeating: 0, count: count), distances = [Double](repeating: 0, count: count)
        for neuron in 0..<count {
            let own = geometry.products[neuron * count + neuron]
            var best = 0, least = Double.infinity
            inner.withUnsafeBufferPointer { inner in
                lengths.withUnsafeBufferPointer { lengths in
                    for cluster in 0..<kept {
                        let distance = max(0, own - 2 * inner[neuron * kept + cluster] + lengths[cluster])
                        if distance < least { (best, least) = (cluster, distance) }
                    }
                }
            }
            nearest[neuron] = best
            distances[neuron] = (geometry.residuals[neuron] + least).squareRoot()
        }
        return (nearest, distances)
    }

    func weighted(_ distances: [Double]) -> [Double] { zip(scores, distances).map { isSquared ? $0 * $1 * $1 : $0 * $1 } }
    func cost(_ distances: [Double]) -> Double { weighted(distances).reduce(0, +) }
}
