import Networks
import Tensors
import Transport

/// Parents that were trained from one start: a base network, or one initialisation.
///
/// Two things are seen: the weights of a parent are nearer to the reference's than those of independent networks, which stand at right angles
/// (a relative distance of √2), and no renumbering of neurons brings them nearer: the identity is the best matching.
struct Siblings: Sendable {
    /// The largest relative distance of a parent's weights from the reference's, ‖W_k − W_r‖ / √((‖W_k‖² + ‖W_r‖²) / 2): 0 for a copy.
    let distance: Double

    /// At most so far apart: a cosine of one half.
    static let largestDistance = 1.0
    /// What the best matching may save, as a fraction of the energy of the weights compared.
    static let hair = 0.01
    /// Neurons of a group that are compared with all others, at most.
    private static let compared = 256

    /// Nil for parents that are no siblings.
    init?(_ parents: ParentSet, control: FusionControl = FusionControl()) throws {
        let reference = parents.referenceNetwork
        var largest = 0.0
        for parent in parents.networks.indices where parent != parents.reference {
            guard let distance = try Self.distance(parents, parent), distance <= Self.largestDistance else { return nil }
            largest = max(largest, distance)
        }
        for parent in parents.networks.indices where parent != parents.reference {
            for group in reference.groups.hidden where !group.isHeadGroup {
                try control.check()
                guard try Self.isIdentityBest(group, parents.networks[parent], reference) else { return nil }
            }
        }
        distance = largest
    }

    /// Nil where shapes differ, or there are no weights.
    private static func distance(_ parents: ParentSet, _ parent: Int) throws -> Double? {
        var apart = 0.0, energy = 0.0
        for name in parents.referenceNetwork.parameterNames {
            let ours = try parents.referenceNetwork.parameter(name)
            let theirs = try parents.networks[parent].parameter(parents.name(of: name, in: parent))
            guard ours.shape == theirs.shape else { return nil }
            // Vectors of normalisations and biases are alike in networks that have nothing in common.
            guard ours.rank >= 2, try ours.dtype().isFloatingPoint else { continue }
            let (a, b) = (try ours.converted(to: .float32), try theirs.converted(to: .float32))
            apart += try (a - b).squared().sum().item()
            energy += try (a.squared().sum().item() + b.squared().sum().item()) / 2
        }
        return energy > 0 && apart.isFinite ? (apart / energy).squareRoot() : nil
    }

    /// Whether what comes into each neuron is nearest to what comes into the neuron of the same number, or next to it: the sum of squared distances is
    /// at least that of the nearest neurons of all, which no matching falls below.
    private static func isIdentityBest(_ group: NeuronGroup, _ network: Network, _ reference: Network) throws -> Bool {
        guard !group.incoming.isEmpty, let own = network.groups[group.id], own.neurons == group.neurons else { return true }
        let (a, b) = (
            try reference.incomingWeights(of: group, withBias: false).converted(to: .float32),
            try network.incomingWeights(of: own, withBias: false).converted(to: .float32)
        )
        guard a.shape == b.shape else { return false }
        let step = max(1, (group.neurons + compared - 1) / compared)
        let chosen = Array(stride(from: 0, to: group.neurons, by: step)), some = try a.gathered(axis: 0, Tensor(chosen))
        let (first, second) = (
            try some.squared().sum(axes: [1]).array(of: Double.self), try b.squared().sum(axes: [1]).array(of: Double.self)
        )
        let products = try some.matmul(b.transposed(0, 1)).array(of: Double.self)
        var saved = 0.0, energy = 0.0
        for (row, neuron) in chosen.enumerated() {
            func distance(_ other: Int) -> Double { max(0, first[row] + second[other] - 2 * products[row * group.neurons + other]) }
            let nearest = (0..<group.neurons).map(distance).min() ?? 0
            saved += distance(neuron) - nearest
            energy += (first[row] + second[neuron]) / 2
        }
        return saved <= hair * energy
    }

    /// What a user should know before another method is used.
    ///
    /// - Parameter method: the method's id.
    func note(method: String) -> String {
        let seen =
            "the parents are siblings, trained from one base or initialisation: their weights differ by \(percent(distance)) of their length, and no renumbering of neurons brings them nearer"
        return Self.averaging.contains(method)
            ? seen
            : seen
                + ". Neurons of the same number mean the same in all of them, so that an average needs no alignment and often does best: compare --method average, --method soup (greedy soup) and --method fisher (Fisher-weighted average)"
    }

    /// Methods that take neurons by their numbers.
    private static let averaging: Set<String> = ["average", "soup", "fisher"]
}
