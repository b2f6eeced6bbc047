import Amalgam

/// An alignment that Amalgam does not have: neurons correspond by the rank of the norm of their incoming weights.
struct RankMatching: GroupwiseAlignment {
    let parents: ParentSet

    func couplings(of group: NeuronGroup, given plan: FusionPlan, control: FusionControl) throws -> [Coupling] {
        guard group.role == .hidden else {
            return parents.networks.indices.map { .identity(parent: $0, neurons: group.neurons) }
        }
        let ranked = try parents.networks.map { try neurons(of: group, in: $0) }
        return parents.networks.indices.map { parent in
            // Fused neuron j is the reference's neuron j, and of each other parent the neuron of the same rank.
            var sources = Array(repeating: 0, count: group.neurons)
            for (own, fused) in zip(ranked[parent], ranked[parents.reference]) { sources[fused] = own }
            return .permutation(parent: parent, sources: sources)
        }
    }

    /// By falling norm.
    private func neurons(of group: NeuronGroup, in network: Network) throws -> [Int] {
        var squares = Array(repeating: 0.0, count: group.neurons)
        for axis in network.groups[group.id]?.incoming ?? [] {
            let value = try network.parameter(axis.parameter)
            let norms = try value.norm(axes: value.shape.indices.filter { $0 != axis.axis })
            for (neuron, norm) in try norms.converted(to: .float64).array(of: Double.self).enumerated() { squares[neuron] += norm * norm }
        }
        return squares.indices.sorted { squares[$0] > squares[$1] }
    }
}

/// A combination that Amalgam does not have: of corresponding weights, the one of the largest magnitude.
struct LargestWeight: ParameterwiseCombination {
    func fused(_ name: String, of parents: ParentSet, along plan: FusionPlan) throws -> Tensor {
        var fused = try plan.carried(name, of: 0, in: parents)
        for parent in parents.networks.indices.dropFirst() {
            let other = try plan.carried(name, of: parent, in: parents)
            fused = try other.selected(where: (other.magnitude() - fused.magnitude()).isGreater(than: 0), otherwise: fused)
        }
        return fused
    }
}

extension Method {
    static let rankMatching = Method(
        id: "rank-matching", title: "rank matching", summary: "Matches neurons by the rank of their weights' norm.", paper: "an example",
        align: { parents, _ in RankMatching(parents: parents) }, combine: { _, _ in LargestWeight() })
}

/// Two networks are fused by that method.
func fuseByRank() throws {
    let architecture = try Architecture(
        family: "MLP", inputShape: [64],
        nodes: [
            .init(id: "fc1", layer: Linear(), prefix: "fc1", sources: [Architecture.input]),
            .init(id: "relu", layer: Activation.relu, prefix: nil, sources: ["fc1"]),
            .init(id: "fc2", layer: Linear(), prefix: "fc2", sources: ["relu"]),
        ])
    let network = try Network.fresh(
        architecture, shapes: ["fc1.weight": [24, 64], "fc1.bias": [24], "fc2.weight": [10, 24], "fc2.bias": [10]], seed: 1)
    let outcome = try Fuser(parents: [network, reversed(network)], recipe: Recipe(method: .rankMatching)).fuse()
    let change = try difference(of: outcome.network, from: network)
    try require(change < 1e-5, "a network fused with itself in another order is another function: \(change)")
    let moved = outcome.plan.groups.flatMap(\.couplings).filter { $0.identityShare == 0 }.count
    try require(moved == 1, "one coupling moves every neuron, not \(moved)")
    print("method: a network fused with itself differs by \(change)")
}
