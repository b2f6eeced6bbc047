extension Network {
    /// The node whose output is the logits: the network's output, or what goes into its log-softmax.
    public var logitNode: Architecture.Node {
        let output = architecture.output
        guard output.layer is LogSoftmax, let source = output.sources.first else { return output }
        return architecture.nodes.first { $0.id == source } ?? output
    }
}
