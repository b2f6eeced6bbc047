import Networks
import Tensors

/// Anything that gives logits for a batch of inputs.
public protocol Predictor: Sendable {
    func logits(_ x: Tensor) throws(TrainingError) -> Tensor
}

extension Network: Predictor {
    public func logits(_ x: Tensor) throws(TrainingError) -> Tensor { try training { try self(fitting(x)) } }

    /// Inputs in the element type of the parameters: data come in single precision, some networks are kept in double.
    func fitting(_ x: Tensor) throws -> Tensor {
        guard let type = try parameterNames.first.flatMap({ parameters[$0] })?.dtype(), type == .float64 else { return x }
        return try x.converted(to: type)
    }
}
