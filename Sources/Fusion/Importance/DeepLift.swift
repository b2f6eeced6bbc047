import Networks
import Tensors

/// DeepLIFT with the rescale rule (Shrikumar et al., ICML 2017), zero input as the reference: attribution = (h(x) − h(0)) · M, where the
/// multiplier M is carried back from the one-hot logit.
///
/// The rules are those of the published program (captum's): linear layers their own transpose; ReLU, LeakyReLU, ELU, tanh, sigmoid and softplus the ratio
/// Δout/Δin, or the gradient where |Δin| < 10⁻¹⁰; max pooling its rescale rule, but its plain gradient when it directly follows a ReLU
/// that is itself passed through; anything else (GELU, attention, layer normalisation) its gradient. Multipliers of the sample and of
/// the reference are kept apart, because the pooling rules make them differ.
struct DeepLift: Attribution {
    let network: Network

    /// The multiplier at the sample and at the reference.
    private struct Multiplier {
        var sample: Tensor
        var reference: Tensor

        static func + (first: Multiplier, second: Multiplier) throws -> Multiplier {
            Multiplier(sample: try first.sample + second.sample, reference: try first.reference + second.reference)
        }
    }

    private static let small = 1e-10

    func attributions(at nodes: [String], x: Tensor, classes: Tensor) throws -> [String: Tensor] {
        let architecture = network.architecture
        let every = Set(architecture.nodes.map(\.id))
        let zero = try x * 0
        var (one, other) = (
            try network.values(of: every, given: [Architecture.input: x]),
            try network.values(of: every, given: [Architecture.input: zero])
        )
        one[Architecture.input] = x
        other[Architecture.input] = zero
        let (values, references) = (one, other)
        let logits = network.logitNode.id
        var multipliers: [String: Multiplier] = [:]
        // Attributions by the pooling rule of nodes that are scored themselves and passed through differently.
        var pooled: [String: Tensor] = [:], unpooled: [String: Multiplier] = [:]
        guard let top = values[logits] else { return [:] }
        let oneHot = try Tensor.oneHot(classes, classes: top.shape[1]).converted(to: top.dtype())
        multipliers[logits] = Multiplier(sample: oneHot, reference: oneHot)

        // Nothing is propagated below the earliest of the given nodes.
        let earliest = architecture.nodes.firstIndex { nodes.contains($0.id) } ?? 0
        for (index, node) in architecture.nodes.enumerated().reversed() where index > earliest {
            guard let outgoing = multipliers[node.id] else { continue }
            let carried = try carriedBack(outgoing, through: node, values, references)
            for (source, multiplier) in zip(node.sources, carried) where source != Architecture.input {
                if nodes.contains(source), isPoolAfterRelu(node) {
                    let parts = try rescaled(outgoing, through: node, values, references)
                    let before = pooled[source]
                    pooled[source] = if let before { try before + parts } else { parts }
                } else if nodes.contains(source) {
                    try add(multiplier, to: &unpooled[source])
                }
                try add(multiplier, to: &multipliers[source])
            }
        }
        var result: [String: Tensor] = [:]
        for id in nodes {
            guard let value = values[id], let reference = references[id] else { continue }
            let multiplier = id == logits ? multipliers[id] : unpooled[id], byPool = pooled[id]
            var attribution = try multiplier.map { (multiplier) in try (value - reference) * multiplier.sample }
            if let byPool { attribution = if let attribution { try attribution + byPool } else { byPool } }
            result[id] = if let attribution { attribution } else { try value * 0 }
        }
        return result
    }

    private func add(_ multiplier: Multiplier, to sum: inout Multiplier?) throws {
        guard let before = sum else { sum = multiplier; return }
        sum = try before + multiplier
    }

    private func isPoolAfterRelu(_ node: Architecture.Node) -> Bool {
        guard (node.layer as? Pooling)?.function == .max,
            let source = network.architecture.nodes.first(where: { node.sources.first == $0.id })
        else { return false }
        return (source.layer as? Activation)?.function == .relu
    }

    /// A node's multiplier carried to each of its sources.
    private func carriedBack(
        _ outgoing: Multiplier, through node: Architecture.Node, _ values: [String: Tensor], _ references: [String: Tensor]
    ) throws -> [Multiplier] {
        let isRescaled =
            if let activation = node.layer as? Activation {
                [.relu, .leakyRelu, .elu, .tanh, .sigmoid, .softplus].contains(activation.function)
            } else { false }
        let isMaxPool = (node.layer as? Pooling)?.function == .max
        if isMaxPool, !isPoolAfterRelu(node) {
            let parts = try rescaled(outgoing, through: node, values, references)
            let (input, base) = (try value(node.sources[0], values), try value(node.sources[0], references))
            let change = try input - base
            let ratio = try parts.divided(by: change, whereAbove: Self.small, otherwise: change * 0)
            return [Multiplier(sample: ratio, reference: ratio)]
        }
        let plain = try pulledBack(outgoing, through: node, values, references)
        guard isRescaled, let first = plain.first else { return plain }
        let (input, base) = (try value(node.sources[0], values), try value(node.sources[0], references))
        let (output, outputBase) = (try value(node.id, values), try value(node.id, references))
        let (rise, run) = (try output - outputBase, try input - base)
        return [
            Multiplier(
                sample: try (outgoing.sample * rise).divided(by: run, whereAbove: Self.small, otherwise: first.sample),
                reference: try (outgoing.reference * rise).divided(by: run, whereAbove: Self.small, otherwise: first.reference))
        ]
    }

    /// Max pooling's rescale rule: the attribution of its input.
    private func rescaled(
        _ outgoing: Multiplier, through node: Architecture.Node, _ values: [String: Tensor], _ references: [String: Tensor]
    ) throws -> Tensor {
        let (output, base) = (try value(node.id, values), try value(node.id, references))
        let larger = try output.larger(base)
        let weighted = Multiplier(sample: try outgoing.sample * (larger - base), reference: try outgoing.reference * (output - larger))
        let parts = try pulledBack(weighted, through: node, values, references)
        guard let first = parts.first else { throw FusionError.network(.graph(reason: "“\(node.id)” has no input")) }
        return try first.sample + first.reference
    }

    /// The gradient rule: the transpose of the layer's derivative, at the sample and at the reference.
    private func pulledBack(
        _ outgoing: Multiplier, through node: Architecture.Node, _ values: [String: Tensor], _ references: [String: Tensor]
    ) throws -> [Multiplier] {
        let sample = try pulledBack(outgoing.sample, through: node, at: values)
        let reference = try pulledBack(outgoing.reference, through: node, at: references)
        return zip(sample, reference).map { Multiplier(sample: $0, reference: $1) }
    }

    private func pulledBack(
        _ outgoing: Tensor, through node: Architecture.Node, at values: [String: Tensor]
    ) throws -> [Tensor] {
        var variables: [Tensor] = [], known: [String: Tensor] = [:]
        for source in node.sources {
            let input = try value(source, values)
            let variable = try input.asVariable()
            variables.append(variable)
            known[source] = variable
        }
        let output = try network.values(of: [node.id], given: known)
        guard let result = output[node.id] else { throw FusionError.network(.graph(reason: "nothing has computed “\(node.id)”")) }
        let found = try (result * outgoing).sum().optionalGradients(of: variables)
        var gradients: [Tensor] = []
        for (gradient, variable) in zip(found, variables) {
            let nothing = try variable.detached() * 0
            gradients.append(gradient ?? nothing)
        }
        return gradients
    }

    private func value(_ id: String, _ values: [String: Tensor]) throws -> Tensor {
        guard let value = values[id] else { throw FusionError.network(.graph(reason: "nothing has computed “\(id)”")) }
        return value
    }
}

extension Tensor {
    /// self / divisor where |divisor| is at least `limit`, `other` elsewhere.
    fileprivate func divided(by divisor: Tensor, whereAbove limit: Double, otherwise other: Tensor) throws -> Tensor {
        let isLarge = try divisor.magnitude().isAtLeast(limit)
        let safe = try divisor.selected(where: isLarge, otherwise: Tensor.ones(divisor.shape, dtype: divisor.dtype()))
        return try (self / safe).selected(where: isLarge, otherwise: other)
    }
}
