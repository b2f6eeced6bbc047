import Networks
import Tensors

/// Anything that gives logits for a batch of inputs.
public protocol Predictor: Sendable {
    func logits(_ x: Tensor) throws(TrainingError) -> Tensor
}

extension Network: Predictor {
    public func logits(_ x: Tensor) throws(TrainingError) -> Tensor { try training { try self(x) } }
}
