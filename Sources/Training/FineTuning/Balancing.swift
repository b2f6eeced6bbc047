import Foundation
import Networks
import Tensors

/// Gives every neuron incoming and outgoing weights of one length, and leaves the function of the network as it is.
///
/// Where only positively homogeneous layers stand between two layers of weights (ReLU, leaky ReLU, pooling), a neuron's incoming weights and bias
/// can be multiplied by c > 0 and its outgoing weights divided by it. With c = (‖w_out‖ / ‖w_in‖)^½ both have the geometric mean of their lengths,
/// which is the smallest sum of squares that gives this function (Stock et al., ICLR 2019): gradient steps then change both alike. Fused
/// networks need it where one parent's neurons are of another scale than another's.
package struct Balancing: Sendable {
    package let network: Network
    /// Names of the neuron groups that were scaled.
    package let groups: [String]
    /// The largest factor of a neuron, or of its inverse: 1 where nothing changed.
    package let largest: Double

    /// Sweeps over the groups at most; the factors of one group change the lengths that its neighbours are to have.
    private static let sweeps = 100
    /// Factors nearer to one than this are left out.
    private static let tolerance = 1e-4

    package init(_ network: Network) throws {
        let chosen = network.groups.hidden.filter { Self.isHomogeneous($0, network) }
        var current = network, total: [Int: [Double]] = [:]
        for _ in 0..<Self.sweeps {
            var change = 0.0
            for group in chosen {
                let factors = try Self.factors(of: group, in: current)
                change = max(change, factors.map { abs(log($0)) }.max() ?? 0)
                current = try Self.scaled(current, [group.id: factors])
                total[group.id] = zip(total[group.id] ?? factors.map { _ in 1 }, factors).map(*)
            }
            if change < Self.tolerance { break }
        }
        largest = total.values.joined().map { exp(abs(log($0))) }.max() ?? 1
        guard largest > 1 + Self.tolerance else {
            (self.network, groups) = (network, [])
            return
        }
        // All factors at once, on the weights as they were given: each is rounded once.
        self.network = try Self.scaled(network, total)
        groups = chosen.map(\.name)
    }

    /// What was done, in a sentence.
    package var note: String {
        groups.isEmpty
            ? "balancing changed nothing: no two layers with only positively homogeneous layers between them have weights of different lengths"
            : "balanced \(groups.joined(separator: ", ")): every neuron's incoming and outgoing weights have one length, by factors of up to \(Double(Int(largest * 100)) / 100); the function of the network is the same"
    }

    /// c of each neuron, 1 for one that nothing comes into or that nothing reads.
    private static func factors(of group: NeuronGroup, in network: Network) throws -> [Double] {
        let read = try network.incomingWeights(of: group, withBias: true).converted(to: .float64).squared().sum(axes: [1])
        var given = try Tensor.zeros([group.neurons], dtype: .float64)
        for axis in group.axes where !group.incoming.contains(axis) {
            let weight = try network.parameter(axis.parameter)
            guard weight.rank >= 2 else { continue }
            given =
                try given
                + network.groups.sorted(weight, axis: axis.axis, as: axis.parameter, axis.axis)
                .narrowed(axis: axis.axis, from: axis.offset, count: group.neurons * axis.block).transposed(0, axis.axis)
                .reshaped([group.neurons, -1]).converted(to: .float64).squared().sum(axes: [1])
        }
        return try zip(read.array(of: Double.self), given.array(of: Double.self)).map { read, given in
            // A fourth root of squares.
            let factor = read > 0 && given > 0 ? pow(given / read, 0.25) : 1
            return factor.isFinite && factor > 0 ? factor : 1
        }
    }

    private static func scaled(_ network: Network, _ factors: [Int: [Double]]) throws -> Network {
        let incoming = factors.mapValues { NeuronMap.scaled($0.indices.map { $0 }, $0) }
        let outgoing = factors.mapValues { NeuronMap.scaled($0.indices.map { $0 }, $0.map { 1 / $0 }) }
        var parameters = network.parameters
        for name in network.trainedNames
        where (network.groups.layouts[name] ?? [:]).values.contains(where: { $0.parts.contains { factors[$0.group] != nil } }) {
            let value = try network.parameter(name)
            parameters[name] = try network.groups.carried(
                value.converted(to: .float64), parameter: name, along: incoming, reading: outgoing
            ).converted(to: value.dtype())
        }
        return try network.with(parameters: parameters)
    }

    /// Whether the group's neurons go from linear layers through positively homogeneous ones to linear layers, and nowhere else.
    private static func isHomogeneous(_ group: NeuronGroup, _ network: Network) -> Bool {
        let nodes = network.architecture.nodes, shared = network.sharedNames
        func node(_ id: String) -> Architecture.Node? { nodes.first { $0.id == id } }
        func isLinear(_ node: Architecture.Node) -> Bool { node.layer is Linear || (node.layer as? Convolution)?.groups == 1 }
        guard group.members.isEmpty, !group.producers.isEmpty, !group.incoming.isEmpty else { return false }
        let producers = group.producers.compactMap(node)
        guard producers.count == group.producers.count, producers.allSatisfy(isLinear) else { return false }
        // Behind the producers.
        var seen = Set(group.producers), open = group.producers, readers: Set<String> = []
        while let current = open.popLast() {
            guard current != network.logitNode.id else { return false }
            for next in nodes where next.sources.contains(current) && !seen.contains(next.id) {
                if isLinear(next) {
                    readers.insert(next.id)
                    continue
                }
                // Anything with weights of its own would have to take part.
                guard next.layer.isHomogeneous, next.layer.parameters.isEmpty, !(next.layer is PadShortcut) else { return false }
                seen.insert(next.id)
                open.append(next.id)
            }
        }
        // What a sum or a concatenation takes in beside them would have to be scaled too.
        for id in seen where !group.producers.contains(id) {
            guard node(id)?.sources.allSatisfy(seen.contains) == true else { return false }
        }
        guard !readers.isEmpty else { return false }
        let known = Set(
            (producers.map(\.id) + readers).flatMap { id in
                ["weight", "bias"].compactMap { node(id)?.parameterName($0) }
            })
        return group.axes.allSatisfy { axis in
            let isIncoming = group.incoming.contains(axis), rank = network.parameters[axis.parameter]?.rank ?? 0
            guard known.contains(axis.parameter), !shared.contains(axis.parameter) else { return false }
            return rank >= 2 ? axis.axis == (isIncoming ? 0 : 1) : axis.axis == 0
        }
    }
}
