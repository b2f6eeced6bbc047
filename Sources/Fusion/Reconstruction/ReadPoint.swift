import Networks
import Tensors

/// Where a layer with weights reads a group of neurons: behind the nonlinearity, pooling and normalisation that lie between.
struct ReadPoint: Sendable {
    /// The node whose output is read, as the reference calls it.
    let node: String
    /// The weight that reads, as the reference calls it; its axis 1 runs along the node's output.
    let weight: String
    /// The group's run on that axis: where it begins, as the reference has it, and entries of each neuron.
    let part: Int
    let block: Int

    /// Every place where a hidden group is read, by group id.
    static func all(of parents: ParentSet) -> [Int: [ReadPoint]] {
        var found: [Int: [ReadPoint]] = [:]
        let network = parents.referenceNetwork
        for node in network.architecture.nodes where FitUnit.isLinear(node) {
            guard let weight = node.parameterName("weight"), let source = node.sources.first,
                  let layout = network.groups.selectableLayouts(of: weight)[1] else { continue }
            for (index, part) in layout.parts.enumerated() where network.groups[part.group]?.role == .hidden {
                found[part.group, default: []].append(ReadPoint(node: source, weight: weight, part: index, block: part.block))
            }
        }
        return found
    }

    /// The run of entries that a parent's group takes.
    private func run(in parent: Int, _ parents: ParentSet) -> (offset: Int, neurons: Int)? {
        let network = parents.networks[parent]
        guard let layout = network.groups.selectableLayouts(of: parents.name(of: weight, in: parent))[1], layout.parts.indices.contains(part) else { return nil }
        return (layout.parts[..<part].reduce(0) { $0 + $1.length }, layout.parts[part].neurons)
    }

    /// One parent's values: a row for each sample and position, a column for each neuron, or for each of a neuron's own entries
    /// where these are neurons themselves (attention heads). [rows, columns]
    func rows(_ values: Tensor, of parent: Int, in parents: ParentSet, keepsEntries: Bool) throws(FusionError) -> Tensor {
        guard let run = run(in: parent, parents) else { throw .network(.graph(reason: "parent \(FusionError.letter(parent)) reads \(weight) otherwise")) }
        return try tensors { () throws(TensorError) in
            let own = try values.narrowed(axis: 1, from: run.offset, count: run.neurons * block)
            let batch = own.shape[0]
            if keepsEntries { return try own.reshaped([batch, run.neurons * block, -1]).transposed(1, 2).reshaped([-1, run.neurons * block]) }
            return try own.reshaped([batch, run.neurons, -1]).transposed(1, 2).reshaped([-1, run.neurons])
        }
    }

    /// The squared norm of the weights that read each column.
    func squaredNorms(of parent: Int, in parents: ParentSet, keepsEntries: Bool) throws(FusionError) -> [Double] {
        guard let run = run(in: parent, parents) else { return [] }
        let name = parents.name(of: self.weight, in: parent)
        let weight = try networks { () throws(NetworkError) in try parents.networks[parent].parameter(name) }
        return try tensors { () throws(TensorError) in
            let own = try weight.converted(to: .float64).narrowed(axis: 1, from: run.offset, count: run.neurons * block).transposed(0, 1)
            return try own.reshaped([run.neurons * (keepsEntries ? block : 1), -1]).squared().sum(axes: [1]).array(of: Double.self)
        }
    }
}

extension ParentSet {
    /// A parent's own name of the node that the reference calls `id`: nodes correspond by their place.
    func node(_ id: String, in parent: Int) -> String {
        guard id != Architecture.input, parent != reference,
              let index = referenceNetwork.architecture.nodes.firstIndex(where: { $0.id == id }) else { return id }
        return networks[parent].architecture.nodes[index].id
    }

    /// The outputs of nodes, named as in the reference, in one parent.
    func values(of nodes: Set<String>, in parent: Int, _ x: Tensor) throws(FusionError) -> [String: Tensor] {
        let own = Dictionary(uniqueKeysWithValues: nodes.map { ($0, node($0, in: parent)) })
        let found = try Fusion.networks { () throws(NetworkError) in try networks[parent].values(of: Set(own.values), given: [Architecture.input: x]) }
        return own.compactMapValues { found[$0] }
    }
}
