import Datasets
import Transport

/// K-means over the neurons of all parents, weighted by importance, on inner products alone.
///
/// Distances are √(residual + ‖P a − centre‖²): from a neuron's own values to the fit of a centre. One sweep costs O(n²) for n neurons,
/// whatever the number of samples or clusters.
struct KMeansClustering: NeuronClustering {
    /// Who fills a cluster that lost its members.
    enum EmptyCluster: Sendable {
        /// The neuron of the largest weighted distance (linear variant).
        case costliest
        /// The farthest neuron whose cluster has others (gradient variant).
        case farthestOfMany
    }

    var seeding = KMeansFusion.Seeding.farthest
    var tries = 10
    /// A sweep that lowers the cost by less than this part over the last `window` ones is the last.
    var improvement = 0.05
    var isSquared = false
    var emptyCluster = EmptyCluster.costliest
    var seed: UInt64 = 0
    /// First centres of the tries, by group name, in place of random ones.
    var firstCentres: [String: [Int]] = [:]

    private static let window = 3

    /// One try: its centres, where every neuron went, at what cost.
    struct Try: Sendable {
        let centres: [Int]
        let assignment: [Int]
        let cost: Double
        let sweeps: Int
    }

    func clustering(of neurons: StackedNeurons, control: FusionControl) throws -> Clustering {
        let best = try best(of: tries(neurons, control: control), neurons)
        var clustering = Clustering(assignment: best.assignment, of: neurons)
        clustering.note = "k-means cost \(rounded(best.cost)), \(best.sweeps) sweeps"
        return clustering
    }

    /// The cheapest try, the earliest of equals.
    private func best(of tries: [Try], _ neurons: StackedNeurons) throws -> Try {
        guard let first = tries.first else {
            throw FusionError.unsuitable(reason: "k-means of neuron group \(neurons.group.name) has no restarts")
        }
        return tries.dropFirst().reduce(first) { $1.cost < $0.cost ? $1 : $0 }
    }

    func tries(_ neurons: StackedNeurons, control: FusionControl) throws -> [Try] {
        guard neurons.fused <= neurons.count else { throw StackedNeurons.tooFew(neurons) }
        let cloud = WeightedCloud(neurons, isSquared: isSquared)
        var random = SeededGenerator(seed: seed, purpose: "k-means \(neurons.group.name)")
        let given = firstCentres[neurons.group.name]
        var tries: [Try] = []
        for index in 0..<(given?.count ?? (seeding == .firstParent || seeding == .secondParent ? 1 : self.tries)) {
            try control.check()
            let centres = try centres(neurons, cloud, first: given?[index], &random)
            tries.append(lloyd(neurons, cloud, from: centres))
        }
        return tries
    }

    private func centres(
        _ neurons: StackedNeurons, _ cloud: WeightedCloud, first: Int?, _ random: inout SeededGenerator
    ) throws -> [Int] {
        switch seeding {
        case .firstParent, .secondParent:
            let parent = seeding == .firstParent ? 0 : 1
            guard neurons.widths.indices.contains(parent), neurons.widths[parent] == neurons.fused else {
                throw FusionError.unsuitable(
                    reason:
                        "neuron group \(neurons.group.name): k-means can start from one parent's neurons only where these are as many as the fused ones, \(neurons.fused); choose seeding=farthest"
                )
            }
            return Array(neurons.range(of: parent))
        case .farthest:
            let start = first ?? random.integer(below: min(neurons.fused, neurons.count))
            guard (0..<neurons.count).contains(start) else {
                throw FusionError.unsuitable(reason: "neuron group \(neurons.group.name) has no neuron \(start) to start k-means from")
            }
            return cloud.farthestFirst(from: start, count: neurons.fused)
        case .plusPlus:
            return cloud.plusPlus(count: neurons.fused, &random)
        }
    }

    private func lloyd(_ neurons: StackedNeurons, _ cloud: WeightedCloud, from centres: [Int]) -> Try {
        var assignment = cloud.nearest(to: centres)
        var costs: [Double] = []
        while true {
            var (next, distances) = cloud.nearest(toMeansOf: assignment, clusters: neurons.fused)
            let cost = cloud.cost(distances)
            if costs.count >= Self.window, cost >= (1 - improvement) * costs[costs.count - Self.window] {
                assignment = next
                break
            }
            costs.append(cost)
            fill(&next, &distances, neurons, cloud)
            if next == assignment { break }
            assignment = next
        }
        let (_, distances) = cloud.nearest(toMeansOf: assignment, clusters: neurons.fused)
        return Try(centres: centres, assignment: assignment, cost: cloud.cost(distances), sweeps: costs.count)
    }

    private func fill(_ assignment: inout [Int], _ distances: inout [Double], _ neurons: StackedNeurons, _ cloud: WeightedCloud) {
        var members = [Int](repeating: 0, count: neurons.fused)
        for cluster in assignment { members[cluster] += 1 }
        for cluster in 0..<neurons.fused where members[cluster] == 0 {
            let weighted = cloud.weighted(distances)
            var chosen = -1
            for neuron in assignment.indices {
                if emptyCluster == .farthestOfMany, members[assignment[neuron]] < 2 { continue }
                let value = emptyCluster == .costliest ? weighted[neuron] : distances[neuron]
                if chosen < 0 || value > (emptyCluster == .costliest ? weighted[chosen] : distances[chosen]) { chosen = neuron }
            }
            guard chosen >= 0 else { return }
            // The published linear variant counts members once, before it moves any.
            if emptyCluster == .farthestOfMany { members[assignment[chosen]] -= 1 }
            members[cluster] += 1
            assignment[chosen] = cluster
            distances[chosen] = 0
        }
    }
}

func rounded(_ value: Double) -> String { HyperparameterValue.real(value).description }
