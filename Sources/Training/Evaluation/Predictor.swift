import Networks
import Tensors

/// Anything that gives logits for a batch of inputs.
public protocol Predictor: Sendable {
    func logits(_ x: Tensor) throws(TrainingError) -> Tensor

    /// The same, computing there.
    func placed(on device: Device) throws(TrainingError) -> Self

    /// Numbers that its largest layer gives for one sample: what a batch takes room for.
    var largestOutput: Int { get }
}

extension Network: Predictor {
    public func logits(_ x: Tensor) throws(TrainingError) -> Tensor { try training { try self(x) } }

    public func placed(on device: Device) throws(TrainingError) -> Network {
        try training { try parameters.values.allSatisfy { try $0.device() == device } ? self : moved(to: device) }
    }

    public var largestOutput: Int { trace.layers.map { $0.outputShape.reduce(1, *) }.max() ?? 1 }
}
