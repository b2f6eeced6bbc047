import Networks
import Tensors

/// What part of a logit a neuron's output accounts for.
protocol Attribution: Sendable {
    /// For each node its attributions: the shape of its output, or [batch, neurons] where positions are summed already.
    ///
    /// - Parameter classes: the class explained for each sample, [batch].
    func attributions(at nodes: [String], x: Tensor, classes: Tensor) throws -> [String: Tensor]
}

/// The outputs themselves.
struct PlainActivation: Attribution {
    let network: Network

    func attributions(at nodes: [String], x: Tensor, classes: Tensor) throws -> [String: Tensor] {
        try network.values(of: Set(nodes), given: [Architecture.input: x])
    }
}

/// Output × gradient of the logit.
struct GradientActivation: Attribution {
    let network: Network

    func attributions(at nodes: [String], x: Tensor, classes: Tensor) throws -> [String: Tensor] {
        let (values, gradients) = try network.gradients(at: nodes, x: x, classes: classes)
        var products: [String: Tensor] = [:]
        for (id, value) in values { if let gradient = gradients[id] { products[id] = try value * gradient } }
        return products
    }
}

/// The change of the logit when a neuron's output, at all positions, is zero.
///
/// One forward pass of the rest of the network for each neuron: slow, and exact.
struct Ablation: Attribution {
    let network: Network

    func attributions(at nodes: [String], x: Tensor, classes: Tensor) throws -> [String: Tensor] {
        let logits = network.logitNode.id
        let before = try network.values(of: Set(nodes + [logits]), given: [Architecture.input: x])
        guard let whole = before[logits] else { return [:] }
        var changes: [String: Tensor] = [:]
        for id in nodes {
            guard let value = before[id] else { continue }
            let neurons = try network.neurons(at: id)
            var columns: [Tensor] = []
            for neuron in 0..<neurons {
                var keep = [Float](repeating: 1, count: neurons)
                keep[neuron] = 0
                let shaped = try value.reshaped([value.shape[0], neurons, -1])
                let without = try (shaped * Tensor(keep, shape: [1, neurons, 1])).reshaped(value.shape)
                // The input comes along: a residual path may lead around the node.
                let after = try network.values(of: [logits], given: [Architecture.input: x, id: without])
                guard let after = after[logits] else { continue }
                columns.append(
                    try (whole - after).taken(axis: 1, along: classes.reshaped([-1, 1])))
            }
            changes[id] = try Tensor.concatenated(columns, axis: 1)
        }
        return changes
    }
}

extension Network {
    /// The outputs of nodes, and the gradients there of each sample's logit of its class.
    func gradients(
        at nodes: [String], x: Tensor, classes: Tensor
    ) throws -> (values: [String: Tensor], gradients: [String: Tensor]) {
        try gradients(at: nodes, given: [Architecture.input: x], classes: classes)
    }

    /// The same from the outputs of some nodes on.
    func gradients(
        at nodes: [String], given: [String: Tensor], classes: Tensor
    ) throws -> (values: [String: Tensor], gradients: [String: Tensor]) {
        var variables: [String: Tensor] = [:]
        for (id, value) in given { variables[id] = try value.asVariable() }
        let known = variables
        let logitNode = logitNode.id
        let outputs = try self.values(of: Set(nodes + [logitNode]), given: known)
        guard let logits = outputs[logitNode] else { throw FusionError.network(.graph(reason: "it has no output")) }
        let present = nodes.filter { outputs[$0] != nil }
        let found = try logits.taken(axis: 1, along: classes.reshaped([-1, 1])).sum().optionalGradients(
            of: present.compactMap { outputs[$0] })
        var values: [String: Tensor] = [:], gradients: [String: Tensor] = [:]
        for (id, gradient) in zip(present, found) {
            guard let value = outputs[id] else { continue }
            values[id] = try value.detached()
            // A node that the logit does not depend on has no part in it.
            gradients[id] = if let gradient { gradient } else { try Tensor.zeros(value.shape, dtype: value.dtype()) }
        }
        return (values, gradients)
    }
}
