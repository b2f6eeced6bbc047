import Tensors

/// Re-estimates the running statistics of batch normalisation from unlabelled samples, for a network whose weights were changed
/// behind their back: fused, averaged, pruned.
///
/// ```swift
/// let estimator = StatisticsEstimator(fused)
/// for batch in batches { try estimator.observe(batch) }
/// let repaired = try estimator.network()
/// ```
///
/// Each batch passes once, every layer normalising by that batch's own statistics, as in training; mean and unbiased variance over
/// all batches become the running ones. Nothing else changes, and the network given is left as it is.
package struct StatisticsEstimator: Sendable {
    private let original: Network
    private let recorder = StatisticsRecorder()

    package init(_ network: Network) { original = network }

    /// Adds a batch of inputs. Batches should be equal and not small: layers normalise by them.
    package func observe(_ batch: Tensor) throws(NetworkError) {
        guard !original.normalizationLayers.isEmpty else { return }
        _ = try lifting { try withoutRecording { try original.forward(batch, mode: .measuring(recorder)) } }
    }

    /// The network with the statistics of what was observed.
    ///
    /// - Throws: `tooFewSamples` where a layer saw fewer than two values of a channel, which have no variance.
    package func network() throws(NetworkError) -> Network {
        var parameters = original.parameters
        for node in original.normalizationLayers {
            var moments = recorder.moments(of: node.id)
            // Statistics that several layers share are those of all that comes to any of them.
            for other in original.normalizationLayers
            where other.id != node.id && other.parameterName("running_mean") == node.parameterName("running_mean") {
                moments.merge(recorder.moments(of: other.id))
            }
            guard moments.count > 1 else { throw .tooFewSamples(layer: node.id, samples: moments.count) }
            let variance = moments.deviation.map { $0 / Double(moments.count - 1) }
            for (declared, values) in [("running_mean", moments.mean), ("running_var", variance)] {
                guard let name = node.parameterName(declared) else { continue }
                let old = try original.parameter(name)
                parameters[name] = try lifting {
                    try Tensor(values, shape: [values.count]).converted(to: old.dtype()).moved(to: old.device())
                }
            }
        }
        return try original.with(parameters: parameters)
    }
}

extension Network {
    /// The layers that keep running statistics, in order.
    public var normalizationLayers: [Architecture.Node] { architecture.nodes.filter { $0.layer is BatchNormalization } }
}
