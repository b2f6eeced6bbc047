import Transport

/// Real neurons, chosen one after another such that a linear mixture of those chosen gives all neurons of all parents back as well as can
/// be: each time the one that explains most of Σ s ‖what is left of a‖² (greedy column subset selection; Farahat et al., KAIS 2015).
///
/// O(n² m) for m of n neurons.
struct SelectionClustering: NeuronClustering {
    func clustering(of neurons: StackedNeurons, control: FusionControl) throws -> Clustering {
        let count = neurons.count
        guard neurons.fused <= count else { throw StackedNeurons.tooFew(neurons) }
        var left = neurons.geometry.products
        let largest = (0..<count).reduce(0) { max($0, left[$1 * count + $1]) }
        var chosen: [Int] = [], isChosen = [Bool](repeating: false, count: count)
        while chosen.count < neurons.fused {
            try control.check()
            var best = -1, most = -1.0
            for i in 0..<count where !isChosen[i] {
                let own = left[i * count + i]
                // Below rounding nothing is left of a neuron: the most important one is as good as any.
                var gain = 0.0
                if own > 1e-12 * largest {
                    for j in 0..<count { gain += neurons.scores[j] * left[i * count + j] * left[i * count + j] }
                    gain /= own
                }
                if gain > most || (gain == most && neurons.scores[i] > neurons.scores[best]) { (best, most) = (i, gain) }
            }
            isChosen[best] = true
            chosen.append(best)
            let own = left[best * count + best]
            guard own > 1e-12 * largest else { continue }
            let row = Array(left[best * count..<(best + 1) * count])
            for i in 0..<count where row[i] != 0 {
                let factor = row[i] / own
                for j in 0..<count { left[i * count + j] -= factor * row[j] }
            }
        }
        // Neurons keep the order of the parents.
        var masses = Matrix(rows: count, columns: neurons.fused)
        for (place, neuron) in chosen.sorted().enumerated() { masses[neuron, place] = neurons.scores[neuron] }
        var clustering = Clustering(masses: masses, widths: neurons.widths)
        let total = (0..<count).reduce(0) { $0 + neurons.scores[$1] * neurons.geometry.products[$1 * count + $1] }
        let rest = (0..<count).reduce(0) { $0 + neurons.scores[$1] * max(0, left[$1 * count + $1]) }
        clustering.note = "the selected neurons explain \(rounded(total > 0 ? 100 * (1 - rest / total) : 100)) % of the variance (R²)"
        return clustering
    }
}
