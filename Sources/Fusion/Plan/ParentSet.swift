import Networks
import Tensors

/// Two networks or more of one graph, one of which gives the fused network its neuron order.
///
/// Widths may differ, and so may the parameters' names: layers correspond by their place in the graph.
public struct ParentSet: Sendable {
    /// The parents, in order.
    public let networks: [Network]
    /// The index of the reference parent.
    public let reference: Int

    /// The number of parents.
    public var count: Int { networks.count }
    /// The parent whose neuron order the fused network keeps.
    public var referenceNetwork: Network { networks[reference] }
    /// The reference's groups: ids, names and roles are those of the others as well, only widths differ.
    public var groups: NeuronGroups { referenceNetwork.groups }

    /// Checks that the networks have one graph and finite parameters.
    public init(_ networks: [Network], reference: Int) throws {
        guard networks.count >= 2 else { throw FusionError.tooFewParents(networks.count) }
        let reference = min(max(reference, 0), networks.count - 1)
        self.networks = networks
        self.reference = reference
        let model = networks[reference]
        for (index, network) in networks.enumerated() {
            if let reason = Self.difference(of: network, from: model) {
                throw FusionError.mismatch(parent: index, reference: reference, reason: reason)
            }
            for name in network.parameterNames {
                let value = try network.parameter(name)
                let type = try value.dtype()
                let isFinite = type.isFloatingPoint ? try value.allFinite() : true
                guard isFinite else { throw FusionError.nonFinite(parameter: name, parent: index) }
            }
        }
    }

    /// Networks that are known to be of one graph and finite.
    init(alike networks: [Network], reference: Int) {
        self.networks = networks
        self.reference = reference
    }

    /// The reason why two networks are not of one graph, nil when they are.
    private static func difference(of network: Network, from model: Network) -> String? {
        let (mine, theirs) = (network.trace.layers, model.trace.layers)
        for (a, b) in zip(mine, theirs) {
            if a.kind != b.kind {
                return
                    "at the same position one has \(a.id) (\(Comparison.inWords(a.kind))), the other \(b.id) (\(Comparison.inWords(b.kind)))"
            }
            let (one, other) = (a.parameters.map(\.name), b.parameters.map(\.name))
            if one != other {
                return "layer \(a.id) holds \(one.joined(separator: ", ")) in one and \(other.joined(separator: ", ")) in the other"
            }
        }
        if mine.count == theirs.count, !network.isTied(like: model) {
            return "parameters that are tied in one are separate in the other"
        }
        if mine.count != theirs.count {
            return "depth differs: one has \(mine.count) layers, the other \(theirs.count)"
        }
        let position: (Network) -> [[Int]] = { network in
            let ids = network.architecture.nodes.map(\.id)
            return network.architecture.nodes.map { $0.sources.map { ids.firstIndex(of: $0) ?? -1 } }
        }
        if position(network) != position(model) { return "their layers are connected differently" }
        for (a, b) in zip(network.architecture.nodes, model.architecture.nodes) {
            if let one = a.layer as? Attention, let other = b.layer as? Attention, one.heads != other.heads {
                return "attention \(b.id) has \(one.heads) heads in one and \(other.heads) in the other"
            }
        }
        if network.architecture.inputText != model.architecture.inputText {
            return "one takes inputs of \(network.architecture.inputText), the other of \(model.architecture.inputText)"
        }
        if network.trace.outputWidth != model.trace.outputWidth {
            return "one has \(network.trace.outputWidth) classes, the other \(model.trace.outputWidth)"
        }
        for (a, b) in zip(mine, theirs) {
            for (p, q) in zip(a.parameters, b.parameters) where p.shape.count == 4 && p.shape.dropFirst(2) != q.shape.dropFirst(2) {
                return
                    "\(p.fullName) has kernels of \(shape(Array(p.shape.dropFirst(2)))) in one and \(shape(Array(q.shape.dropFirst(2)))) in the other"
            }
        }
        if network.groups.all.map(\.role) != model.groups.all.map(\.role) { return "their neuron groups differ" }
        return nil
    }

    private static func shape(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }

    /// The same set with another network in a parent's place.
    func replacing(_ parent: Int, with network: Network) throws -> ParentSet {
        var changed = networks
        changed[parent] = network
        return try ParentSet(changed, reference: reference)
    }

    /// The neurons of each parent in a group.
    func widths(of group: NeuronGroup) -> [Int] { networks.map { $0.groups[group.id]?.neurons ?? 0 } }

    /// A parent's own name of the parameter that the reference calls `name`.
    public func name(of name: String, in parent: Int) -> String {
        guard let index = referenceNetwork.parameterNames.firstIndex(of: name) else { return name }
        return networks[parent].parameterNames[index]
    }
}
