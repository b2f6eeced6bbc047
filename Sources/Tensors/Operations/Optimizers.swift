// The update rules of optimisers, libtorch's own fused kernels, which write parameters and state in place.

extension Tensor {
    /// The Euclidean norm over all elements of all tensors.
    public static func jointNorm(_ tensors: [Tensor]) throws(TensorError) -> Tensor {
        var norms: [Tensor] = []
        // One call gives at most 256 results.
        for start in stride(from: 0, to: tensors.count, by: 200) {
            norms += try callForMany("_foreach_norm.Scalar", .tensors(Array(tensors[start..<min(start + 200, tensors.count)])), .real(2))
        }
        return try stacked(norms).norm(axes: [0])
    }

    /// Multiplies all tensors in their memory.
    public static func scaleInPlace(_ tensors: [Tensor], by factor: Double) throws(TensorError) {
        try callForEffect("_foreach_mul_.Scalar", .tensors(tensors), .real(factor))
    }

    /// One step of Adam, or AdamW where `decoupledDecay`. `steps` holds one scalar (f32) for each parameter, increased before the call.
    public static func adamStepInPlace(
        parameters: [Tensor], gradients: [Tensor], means: [Tensor], squares: [Tensor], steps: [Tensor],
        learningRate: Double, beta1: Double, beta2: Double, weightDecay: Double, epsilon: Double, decoupledDecay: Bool
    ) throws(TensorError) {
        let lists: [Argument] = [
            .tensors(try rowMajor(parameters)), .tensors(try inOrder(gradients)), .tensors(means), .tensors(squares), .tensors([]),
            .tensors(steps),
        ]
        if decoupledDecay {
            try callForEffect(
                "_fused_adamw_", lists[0], lists[1], lists[2], lists[3], lists[4], lists[5],
                .real(learningRate), .real(beta1), .real(beta2), .real(weightDecay), .real(epsilon), false, false)
        } else {
            try callForEffect(
                "_fused_adam_", lists[0], lists[1], lists[2], lists[3], lists[4], lists[5],
                .real(learningRate), .real(beta1), .real(beta2), .real(weightDecay), .real(epsilon), false, false)
        }
    }

    /// One step of SGD with momentum (dampening 0); `isFirst` starts the momentum at the first gradient.
    public static func sgdStepInPlace(
        parameters: [Tensor], gradients: [Tensor], momenta: [Tensor],
        learningRate: Double, momentum: Double, weightDecay: Double, nesterov: Bool, isFirst: Bool
    ) throws(TensorError) {
        try callForEffect(
            "_fused_sgd_", .tensors(try rowMajor(parameters)), .tensors(try inOrder(gradients)), .tensors(momenta),
            .real(weightDecay), .real(momentum), .real(learningRate), 0.0, .bool(nesterov), false, .bool(isFirst))
    }

    /// The fused kernels walk the memory of all their arguments alike, whatever the strides say; a gradient's follow from how the layer's
    /// values lay.
    private static func inOrder(_ gradients: [Tensor]) throws(TensorError) -> [Tensor] {
        var ordered: [Tensor] = []
        for gradient in gradients { ordered.append(try gradient.contiguous()) }
        return ordered
    }

    /// What is written in place cannot be put in order first.
    private static func rowMajor(_ parameters: [Tensor]) throws(TensorError) -> [Tensor] {
        for parameter in parameters where try !parameter.isRowMajor() {
            throw .operation(
                name: "optimizer step", failure: .value, message: "a parameter of shape \(parameter.shape) does not lie in row-major order")
        }
        return parameters
    }
}
