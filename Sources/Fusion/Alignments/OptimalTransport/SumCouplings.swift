import Networks
import Transport

/// Couplings of sums where every layer has its own map: the mean of the maps that meet there.
///
/// Published: where a shortcut has a convolution of its own, the mean of its map and that of the block's last convolution; where it has
/// none, the latter alone (Singh & Jaggi's program). Averaged: the mean of all that is added (Imfeld et al. 2024, section 3.2). The mean of
/// two permutations is no permutation, so the function of a reordered network is not kept.
struct SumCouplings {
    let parents: ParentSet
    let shortcuts: OTFusion.Shortcuts

    /// The sum whose output is the group; nil for a group that layers with weights give.
    func sum(of group: NeuronGroup) -> Architecture.Node? {
        guard shortcuts != .stream, group.incoming.isEmpty else { return nil }
        let network = parents.referenceNetwork
        let whole = AxisLayout(group: group.id, neurons: group.neurons)
        return network.architecture.nodes.first { $0.layer is Add && network.groups.outputs[$0.id] == whole }
    }

    /// The coupling of one parent at a sum, given those of the layers before it.
    func coupling(at sum: Architecture.Node, group: NeuronGroup, parent: Int, given plan: FusionPlan) throws -> Coupling {
        let groups = parents.groups
        let direct = Set(parents.referenceNetwork.branches(of: sum))
        var met: [Coupling] = []
        for source in sum.sources {
            // A shortcut that pads channels is several groups in a row; it has no map of its own.
            guard let layout = groups.outputs[source], layout.parts.count == 1, let part = layout.parts.first, part.block == 1 else {
                continue
            }
            if shortcuts == .published, !direct.isEmpty, !direct.contains(source) { continue }
            if let coupling = plan[group: part.group]?.couplings.first(where: { $0.parent == parent }) { met.append(coupling) }
        }
        guard let first = met.first else {
            throw FusionError.unsupported(
                method: OTFusion.method.title, layer: sum.id, reason: "none of its inputs has its own map; use shortcuts=stream")
        }
        guard met.count > 1 else {
            return Coupling(
                parent: parent, plan: first.plan, source: first.source, target: first.target, map: first.map, readingMap: first.readingMap)
        }
        var neurons = first.plan.rows
        if let own = parents.networks[parent].groups[group.id]?.neurons { neurons = own }
        return Coupling(
            parent: parent, plan: TransportPlan(dense: Self.mean(met.map { $0.plan.dense() })), source: first.source, target: first.target,
            map: try .mixture(Self.mean(try matrices(met.map(\.map), neurons))),
            readingMap: try .mixture(Self.mean(try matrices(met.map(\.readingMap), neurons))))
    }

    private func matrices(_ maps: [NeuronMap], _ neurons: Int) throws -> [Matrix] {
        var matrices: [Matrix] = []
        for map in maps { matrices.append(try map.matrix(neurons: neurons)) }
        return matrices
    }

    /// The mean of matrices of one shape.
    private static func mean(_ matrices: [Matrix]) -> Matrix {
        var sum = matrices[0]
        for matrix in matrices.dropFirst() { for index in sum.values.indices { sum.values[index] += matrix.values[index] } }
        for index in sum.values.indices { sum.values[index] /= Double(matrices.count) }
        return sum
    }
}
