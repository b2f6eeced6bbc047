import Networks
import Tensors

/// Anything that computes logits for a batch of inputs.
public protocol Predictor: Sendable {
    func logits(_ x: Tensor) throws(TrainingError) -> Tensor

    /// The prediction task.
    var task: PredictionTask { get }

    /// The same, computing there.
    func placed(on device: Device) throws(TrainingError) -> Self

    /// Numbers that its largest layer gives for one sample: what a batch takes room for.
    var largestOutput: Int { get }
}

extension Predictor {
    public var task: PredictionTask { .classification }
}

extension Network: Predictor {
    /// Logits, also of a network that ends in their sigmoid.
    public func logits(_ x: Tensor) throws(TrainingError) -> Tensor {
        try lifting {
            let node = logitNode.id
            guard task.isSigmoid, node != architecture.output.id else { return try self(x) }
            guard let logits = try values(of: [node], given: [Architecture.input: x])[node] else {
                throw NetworkError.graph(reason: "nothing has computed “\(node)”")
            }
            return logits
        }
    }

    public func placed(on device: Device) throws(TrainingError) -> Network {
        try lifting { try parameters.values.allSatisfy { try $0.device() == device } ? self : moved(to: device) }
    }

    public var largestOutput: Int { trace.layers.map { $0.outputShape.reduce(1, *) }.max() ?? 1 }
}
