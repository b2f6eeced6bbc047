import Networks
import Tensors

/// Where a layer with weights reads a group of neurons: behind the nonlinearity, pooling and normalisation that lie between.
struct ActivationSite: Sendable {
    /// The node whose output is read, as the reference calls it.
    let node: String
    /// The weight that reads, as the reference calls it.
    let weight: String
    /// The group's part of the node's output, and of the weight's axis 1; they differ where a convolution reads several parts with the same weights.
    let part: Int
    let weightPart: Int
    /// Entries of each neuron.
    let block: Int
    let isGrouped: Bool

    /// Every place where a hidden group is read, by group id.
    static func all(of parents: ParentSet) -> [Int: [ActivationSite]] {
        var found: [Int: [ActivationSite]] = [:]
        let network = parents.referenceNetwork
        for node in network.architecture.nodes where node.layer is Linear || node.layer is Convolution {
            guard let weight = node.parameterName("weight"), let source = node.sources.first,
                let layout = network.groups.selectableLayouts(of: weight)[1]
            else { continue }
            let isGrouped = !FitUnit.isLinear(node), read = isGrouped ? network.groups.outputs[source] ?? layout : layout
            for (index, part) in read.parts.enumerated() where network.groups[part.group]?.role == .hidden {
                guard let own = isGrouped ? layout.parts.firstIndex(where: { $0.group == part.group }) : index else { continue }
                found[part.group, default: []].append(
                    ActivationSite(node: source, weight: weight, part: index, weightPart: own, block: part.block, isGrouped: isGrouped))
            }
        }
        return found
    }

    /// The run of entries that a parent's group takes: of the node's output, or of the weight's axis.
    private func run(in parent: Int, _ parents: ParentSet, ofWeight: Bool) -> (offset: Int, neurons: Int)? {
        let network = parents.networks[parent], part = ofWeight ? weightPart : part
        let own =
            isGrouped && !ofWeight
            ? network.groups.outputs[parents.node(node, in: parent)]
            : network.groups.selectableLayouts(of: parents.name(of: weight, in: parent))[1]
        guard let layout = own, layout.parts.indices.contains(part) else { return nil }
        return (layout.parts[..<part].reduce(0) { $0 + $1.length }, layout.parts[part].neurons)
    }

    /// One parent's values: a row for each sample and position, a column for each neuron, or for each of a neuron's own entries
    /// where these are neurons themselves (attention heads). [rows, columns]
    func rows(_ values: Tensor, of parent: Int, in parents: ParentSet, keepsEntries: Bool) throws -> Tensor {
        guard let run = run(in: parent, parents, ofWeight: false) else {
            throw FusionError.network(.graph(reason: "parent \(FusionError.letter(parent)) uses \(weight) differently"))
        }
        let own = try values.narrowed(axis: 1, from: run.offset, count: run.neurons * block)
        let batch = own.shape[0]
        if keepsEntries {
            return try own.reshaped([batch, run.neurons * block, -1]).transposed(1, 2).reshaped([-1, run.neurons * block])
        }
        return try own.reshaped([batch, run.neurons, -1]).transposed(1, 2).reshaped([-1, run.neurons])
    }

    /// The squared norm of the weights that read each column.
    func squaredNorms(of parent: Int, in parents: ParentSet, keepsEntries: Bool) throws -> [Double] {
        guard let run = run(in: parent, parents, ofWeight: true) else { return [] }
        let name = parents.name(of: self.weight, in: parent)
        let weight = try parents.networks[parent].parameter(name)
        let own = try weight.converted(to: .float64).narrowed(axis: 1, from: run.offset, count: run.neurons * block).transposed(0, 1)
        return try own.reshaped([run.neurons * (keepsEntries ? block : 1), -1]).squared().sum(axes: [1]).array(of: Double.self)
    }
}

extension ParentSet {
    /// A parent's own name of the node that the reference calls `id`: nodes correspond by their place.
    func node(_ id: String, in parent: Int) -> String {
        guard id != Architecture.input, parent != reference,
            let index = referenceNetwork.architecture.nodes.firstIndex(where: { $0.id == id })
        else { return id }
        return networks[parent].architecture.nodes[index].id
    }

    /// The outputs of nodes, named as in the reference, in one parent.
    func values(of nodes: Set<String>, in parent: Int, _ x: Tensor) throws -> [String: Tensor] {
        let own = Dictionary(uniqueKeysWithValues: nodes.map { ($0, node($0, in: parent)) })
        let found = try networks[parent].values(of: Set(own.values), given: [Architecture.input: x])
        return own.compactMapValues { found[$0] }
    }
}
