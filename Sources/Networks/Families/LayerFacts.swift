/// What is known from the modules of a whole pickled network: the layers' options, not how `forward` calls them.
package struct LayerFacts: Sendable {
    /// The layers that stand at a prefix, in order: the one with the parameters last, perhaps a padding before it.
    package var layers: [String: [any Layer]] = [:]
    /// The only nonlinearity, pool and adaptive pool among the modules, where there is one.
    package var activation: Activation?
    package var pool: Pooling?
    package var adaptivePool: (any Layer)?
    /// A softmax or log-softmax among the modules: what comes last.
    package var output: (any Layer)?

    package init() {}

    /// The convolution at a prefix with the padding before it.
    func convolution(_ prefix: String) -> (layer: Convolution, border: [Int])? {
        guard let layers = layers[prefix], let convolution = layers.last as? Convolution else { return nil }
        return (convolution, layers.first.flatMap { $0 as? Padding }?.border ?? [0, 0, 0, 0])
    }
}
