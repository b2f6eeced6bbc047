import Networks
import Tensors
import Transport

/// Neurons as their incoming weights, one row each: weights of every producer of the group, kernels flattened, and the bias as one more
/// input that every network shares.
struct WeightFeatures {
    let parents: ParentSet
    let settings: OTFusion.Settings

    /// The cost between a parent's neurons, their inputs carried along the earlier groups' maps, and the reference's.
    func cost(of group: NeuronGroup, parent: Int, given plan: FusionPlan) throws(FusionError) -> Matrix {
        let source = try rows(of: group, parent: parent, maps: plan.readingMaps(of: parent), withBias: true)
        let target = try rows(of: group, parent: parents.reference, maps: [:], withBias: true)
        do {
            return try Matrix.cost(settings.transportMetric, from: points(source, .source), to: points(target, .target))
        } catch {
            throw .transport(group: group.name, parent: parent, error)
        }
    }

    /// A parent's own incoming weights, nothing carried.
    func ownRows(of group: NeuronGroup, parent: Int, withBias: Bool) throws(FusionError) -> Tensor {
        try rows(of: group, parent: parent, maps: [:], withBias: withBias, unit: false)
    }

    private func rows(of group: NeuronGroup, parent: Int, maps: [Int: GroupMap], withBias: Bool, unit: Bool? = nil) throws(FusionError) -> Tensor {
        let network = parents.networks[parent]
        guard let own = network.groups.all.first(where: { $0.id == group.id }) else { throw .network(.noSuchGroup(name: group.name, groups: network.groups.all.map(\.name))) }
        var inputMaps = maps
        inputMaps[own.id] = nil
        var columns: [Tensor] = []
        for producer in own.producers {
            guard let prefix = network.architecture.nodes.first(where: { $0.id == producer })?.prefix else { continue }
            let name = "\(prefix).weight"
            let carried = try networks { () throws(NetworkError) in
                try network.groups.carried(network.parameter(name), parameter: name, along: inputMaps)
            }
            columns.append(try tensors { () throws(TensorError) in try carried.converted(to: .float32).reshaped([own.neurons, -1]) })
            if withBias, let bias = network.parameters["\(prefix).bias"] {
                columns.append(try tensors { () throws(TensorError) in try bias.converted(to: .float32).reshaped([own.neurons, 1]) })
            }
        }
        return try tensors { () throws(TensorError) in
            let rows = columns.count == 1 ? columns[0] : try Tensor.concatenated(columns, axis: 1)
            return unit ?? settings.unitRows ? try rows / (rows.norm(axes: [1], keepingAxes: true) + 1e-9) : rows
        }
    }

    private func points(_ rows: Tensor, _ side: Side) throws(TransportError) -> PointSet {
        let values: [Float]
        do { values = try rows.array(of: Float.self) } catch { throw .wrongCount(of: "weights", expected: rows.count, found: 0) }
        return try PointSet(count: rows.shape[0], features: rows.shape[1], values: values, side: side)
    }
}
