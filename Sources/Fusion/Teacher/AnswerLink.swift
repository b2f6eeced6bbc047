import Networks
import Tensors

/// How a network's outputs f are compared with the teacher: the loss L of a row, its gradient and its curvature in f.
///
/// | link | target | L | −∂L/∂f | curvature |
/// |---|---|---|---|---|
/// | softmax | q, probabilities at temperature τ | τ² KL(q ‖ s), s = softmax(f/τ) | τ (q − s) | diag(s) − s sᵀ |
/// | identity | y, outputs | ½ ‖f − y‖² | y − f | I |
enum AnswerLink: Sendable, Equatable {
    case softmax(temperature: Double)
    case identity

    /// The factor of the elements of a loss.
    var scale: Double { if case .softmax(let temperature) = self { temperature * temperature } else { 1 } }

    /// The diagonal of the curvature where outputs are uncertain.
    var typicalCurvature: Double { self == .identity ? 1 : 0.05 }

    /// The network's outputs: s, or f.
    func answers(_ outputs: Tensor) throws -> Tensor {
        guard case .softmax(let temperature) = self else { return outputs }
        return try (outputs / temperature).softmax(axis: 1)
    }

    /// Numbers whose sum, multiplied by ``scale``, is the loss of all rows.
    func elements(_ outputs: Tensor, _ wanted: Tensor) throws -> Tensor {
        guard case .softmax(let temperature) = self else { return try (outputs - wanted).squared() / 2 }
        let logs = try (outputs / temperature).logSoftmax(axis: 1)
        let entropy = try wanted * wanted.clamped(from: 1e-12, to: 1).logarithm()
        return try entropy - wanted * logs
    }

    /// −∂L/∂f.
    func slope(_ wanted: Tensor, answers: Tensor) throws -> Tensor {
        guard case .softmax(let temperature) = self else { return try wanted - answers }
        return try (wanted - answers) * temperature
    }

    /// The curvature times a direction of outputs.
    ///
    /// - Parameter floor: added to the curvature of a softmax, which vanishes where the outputs are certain.
    func curved(_ direction: Tensor, answers s: Tensor, floor: Double) throws -> Tensor {
        guard case .softmax = self else { return direction }
        return try s * direction - s * (s * direction).sum(axes: [1], keepingAxes: true) + direction * floor
    }
}
