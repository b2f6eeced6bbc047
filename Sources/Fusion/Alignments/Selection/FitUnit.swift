import Networks
import Tensors

/// A layer whose weights least squares can give: a linear map or an ungrouped convolution, with the batch normalisation that directly follows it.
struct FitUnit: Sendable {
    let node: Architecture.Node
    let weight: String
    /// Nil where the layer has none.
    let bias: String?
    let normalisation: Architecture.Node?

    /// Whether a constant can be added to every neuron.
    var hasConstant: Bool { bias != nil || normalisation != nil }
    /// The node that the unit reads.
    var source: String { node.sources.first ?? Architecture.input }
    /// The node at which the unit's values are complete.
    var output: String { normalisation?.id ?? node.id }

    static func isLinear(_ node: Architecture.Node) -> Bool { node.layer is Linear || (node.layer as? Convolution)?.groups == 1 }

    /// Nil for other kinds of layers, and for one that shares a parameter with another layer: a fit of it alone would change that one.
    init?(_ node: Architecture.Node, of network: Network) {
        guard Self.isLinear(node), node.sources.count == 1, let weight = node.parameterName("weight") else { return nil }
        self.node = node
        self.weight = weight
        bias = node.parameterName("bias").flatMap { network.parameters[$0] == nil ? nil : $0 }
        let readers = network.architecture.nodes.filter { $0.sources.contains(node.id) }
        normalisation = readers.count == 1 ? readers.first { $0.layer is BatchNormalization } : nil
        let own = [node, normalisation].compactMap(\.self).flatMap { node in
            node.layer.parameters.compactMap { node.parameterName($0.name) }
        }
        guard network.sharedNames.isDisjoint(with: own) else { return nil }
    }

    /// Parameters by name that make the unit give `weights` [inputs, neurons] and `constants` [neurons].
    ///
    /// A batch normalisation keeps the function and takes over the statistics of what comes in, its scale their deviation and its shift
    /// their mean, so that further training finds it as it would have made it itself.
    func parameters(
        of network: Network, weights: Tensor, constants: Tensor, moments: (mean: Tensor, variance: Tensor)
    ) throws -> [String: Tensor] {
        var made: [String: Tensor] = [:]
        func put(_ name: String?, _ value: Tensor) throws {
            guard let name, let before = network.parameters[name] else { return }
            made[name] = try value.reshaped(before.shape).converted(to: before.dtype()).contiguous()
        }
        try put(weight, weights.transposed(0, 1))
        guard let normalisation, let layer = normalisation.layer as? BatchNormalization else {
            try put(bias, constants)
            return made
        }
        let scale = normalisation.parameterName("weight"), shift = normalisation.parameterName("bias")
        let isAffine = [scale, shift].allSatisfy { name in name.map { network.parameters[$0] != nil } ?? false }
        try put(bias, constants * 0)
        if isAffine {
            try put(normalisation.parameterName("running_mean"), moments.mean)
            try put(normalisation.parameterName("running_var"), moments.variance)
            try put(scale, (moments.variance + layer.epsilon).squareRoot())
            try put(shift, constants + moments.mean)
        } else {
            // Without scale and shift only statistics that do nothing but add the constant keep the function.
            try put(normalisation.parameterName("running_mean"), -constants)
            try put(normalisation.parameterName("running_var"), constants * 0 + (1 - layer.epsilon))
        }
        return made
    }
}

/// Layers that are fitted together because only their sum is ever seen, and what that sum is to be.
struct FitStep: Sendable {
    let units: [FitUnit]
    /// The node whose values in the parents are the target.
    let target: String
    /// Nodes whose outputs come to the units' without any fit: the skips of a residual sum.
    let skips: [String]
    /// Whether the units give the classes.
    let givesClasses: Bool

    /// Every step of a network that reads something fused, in the order in which the network computes them.
    static func all(of network: Network) -> [FitStep] {
        let nodes = network.architecture.nodes
        let units = nodes.compactMap { FitUnit($0, of: network) }
        func readers(_ id: String) -> [Architecture.Node] { nodes.filter { $0.sources.contains(id) } }
        var steps: [FitStep] = [], done: Set<String> = []
        for unit in units where !done.contains(unit.node.id) {
            let groups = network.groups.selectableLayouts(of: unit.weight)[0]?.parts.map(\.group) ?? []
            let givesClasses = groups.contains { network.groups[$0]?.role == .classes }
            let after = readers(unit.output)
            guard after.count == 1, let sum = after.first, sum.layer is Add, Set(sum.sources).count == sum.sources.count else {
                let readsInput = (network.groups.selectableLayouts(of: unit.weight)[1]?.parts ?? []).allSatisfy {
                    network.groups[$0.group]?.role == .input
                }
                // What reads the input itself is as exact as it was in its parent.
                if !readsInput || givesClasses {
                    steps.append(FitStep(units: [unit], target: unit.output, skips: [], givesClasses: givesClasses))
                }
                continue
            }
            let together = units.filter { other in sum.sources.contains(other.output) && readers(other.output).count == 1 }
            done.formUnion(together.map(\.node.id))
            let outputs = Set(together.map(\.output))
            steps.append(
                FitStep(units: together, target: sum.id, skips: sum.sources.filter { !outputs.contains($0) }, givesClasses: givesClasses))
        }
        let places = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1.id, $0) })
        func place(_ step: FitStep) -> Int { step.units.compactMap { places[$0.node.id] }.max() ?? 0 }
        return steps.sorted { place($0) < place($1) }
    }
}
