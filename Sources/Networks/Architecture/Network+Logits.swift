extension Network {
    /// Whether inputs α times as large give logits α times as large, for every α > 0: no layer shifts, saturates or normalises.
    public var isHomogeneous: Bool {
        architecture.nodes.allSatisfy { node in
            if Self.isSoftmax(node), node.id == architecture.output.id { return true }
            return node.layer.isHomogeneous && node.parameterName("bias").flatMap { parameters[$0] } == nil
        }
    }

    /// The node whose output is the logits: the network's output, or what goes into the softmax or log-softmax at its end, or into its sigmoid where
    /// the task is one of labels.
    public var logitNode: Architecture.Node {
        let output = architecture.output
        guard Self.isSoftmax(output) || (task.isSigmoid && endsInSigmoid), let source = output.sources.first else { return output }
        return architecture.nodes.first { $0.id == source } ?? output
    }

    private static func isSoftmax(_ node: Architecture.Node) -> Bool { node.layer is LogSoftmax || node.layer is Softmax }
}
