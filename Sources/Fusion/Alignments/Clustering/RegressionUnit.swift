import Networks
import Tensors

/// A layer whose weights least squares can give: a linear map or a convolution, with the batch normalisation that directly follows it.
///
/// The unit's values are read behind the normalisation, so that the fit takes it in.
struct RegressionUnit: Sendable {
    let node: Architecture.Node
    /// Names of the parameters; the network may have no such bias.
    let weight: String
    let bias: String
    let normalisation: Architecture.Node?
    /// The neuron group of its outputs.
    let group: NeuronGroup
    /// Whether a constant can be added to every neuron.
    let hasIntercept: Bool
    /// Whether another layer uses one of the unit's parameters too: a fit of the unit alone would change that layer.
    let isTied: Bool

    /// The node whose output the unit is to give.
    var output: String { normalisation?.id ?? node.id }
    /// The node that the unit reads.
    var source: String { node.sources.first ?? Architecture.input }

    /// The units of a network in the order in which it computes them.
    static func all(of network: Network) -> [RegressionUnit] {
        let nodes = network.architecture.nodes, shared = network.sharedNames
        return nodes.compactMap { node in
            guard let weight = node.parameterName("weight"), let bias = node.parameterName("bias"), node.sources.count == 1,
                node.layer is Linear || (node.layer as? Convolution)?.groups == 1,
                let group = network.groups.all.first(where: { $0.producers.contains(node.id) })
            else { return nil }
            let readers = nodes.filter { $0.sources.contains(node.id) }
            let normalisation = readers.count == 1 ? readers.first { $0.layer is BatchNormalization } : nil
            let unit = RegressionUnit(
                node: node, weight: weight, bias: bias, normalisation: normalisation, group: group,
                hasIntercept: normalisation != nil || network.parameters[bias] != nil, isTied: false)
            return shared.isDisjoint(with: unit.fitted) ? unit : unit.tied
        }
    }

    private var tied: RegressionUnit {
        RegressionUnit(
            node: node, weight: weight, bias: bias, normalisation: normalisation, group: group, hasIntercept: hasIntercept, isTied: true)
    }

    /// Positions at which the unit computes each neuron, for one sample.
    func positions(in network: Network) -> Int {
        (network.trace.layers.first { $0.id == node.id }?.outputShape.reduce(1, *) ?? 1) / max(1, group.neurons)
    }

    /// Inputs of one neuron, without the constant.
    func inputs(in network: Network) -> Int { network.parameters[weight]?.shape.dropFirst().reduce(1, *) ?? 0 }

    /// The parameters that a fit of the unit gives.
    var fitted: [String] {
        [weight, bias]
            + (normalisation.map { layer in ["weight", "bias", "running_mean", "running_var"].compactMap { layer.parameterName($0) } } ?? [])
    }

    /// What the unit's neurons see, one row for each sample and position in the order of the weights, [rows, inputs (+ 1)].
    func design(_ x: Tensor, weight: Tensor, dtype: DType) throws -> Tensor {
        var seen = x
        if let convolution = node.layer as? Convolution {
            seen = try x.unfolded(
                kernel: Array(weight.shape.dropFirst(2)), dilation: convolution.dilation, padding: convolution.padding,
                stride: convolution.stride)
        }
        let rows = seen.rank == 3 ? try seen.transposed(1, 2).reshaped([-1, seen.shape[1]]) : seen
        let wide = try rows.converted(to: dtype)
        guard hasIntercept else { return wide }
        return try Tensor.concatenated([wide, Tensor.ones([wide.shape[0], 1], dtype: dtype)], axis: 1)
    }

    /// The values of neurons in the same rows, [rows, neurons].
    static func rows(_ values: Tensor, dtype: DType = .float64) throws -> Tensor {
        let wide = try values.converted(to: dtype)
        return try wide.reshaped([wide.shape[0], wide.shape[1], -1]).transposed(1, 2).reshaped([-1, wide.shape[1]])
    }
}
