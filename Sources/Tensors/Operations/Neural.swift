// Layers' operations. Images are [batch, channels, height, width], weights as PyTorch keeps them.

extension Tensor {
    /// x Wᵀ + b with W of shape [out, in].
    public func linear(_ weight: Tensor, bias: Tensor? = nil) throws(TensorError) -> Tensor {
        try call("linear", .tensor(self), .tensor(weight), .optional(bias))
    }
    /// Convolution of images [N, C, H, W] with weights [out, in / groups, height, width].
    public func conv2d(
        _ weight: Tensor, bias: Tensor? = nil, stride: [Int] = [1, 1], padding: [Int] = [0, 0], dilation: [Int] = [1, 1], groups: Int = 1
    ) throws(TensorError) -> Tensor {
        try call("conv2d", .tensor(self), .tensor(weight), .optional(bias), .ints(stride), .ints(padding), .ints(dilation), .int(groups))
    }
    /// The patches that a convolution sees: [batch, channels · kernel area, positions], in the order of its weights.
    public func unfolded(
        kernel: [Int], dilation: [Int] = [1, 1], padding: [Int] = [0, 0], stride: [Int] = [1, 1]
    ) throws(TensorError) -> Tensor {
        try call("im2col", .tensor(self), .ints(kernel), .ints(dilation), .ints(padding), .ints(stride))
    }
    /// Max pooling of images [N, C, H, W].
    public func maxPooled(
        kernel: [Int], stride: [Int], padding: [Int] = [0, 0], dilation: [Int] = [1, 1], ceilMode: Bool = false
    ) throws(TensorError) -> Tensor {
        try call("max_pool2d", .tensor(self), .ints(kernel), .ints(stride), .ints(padding), .ints(dilation), .bool(ceilMode))
    }
    /// Average pooling of images [N, C, H, W].
    public func averagePooled(
        kernel: [Int], stride: [Int], padding: [Int] = [0, 0], ceilMode: Bool = false, countsPadding: Bool = true
    ) throws(TensorError) -> Tensor {
        try call("avg_pool2d", .tensor(self), .ints(kernel), .ints(stride), .ints(padding), .bool(ceilMode), .bool(countsPadding))
    }
    /// Average pooling to a fixed output size.
    public func adaptiveAveragePooled(_ size: [Int]) throws(TensorError) -> Tensor {
        try call("adaptive_avg_pool2d", .tensor(self), .ints(size))
    }
    /// Max pooling to a fixed output size.
    public func adaptiveMaxPooled(_ size: [Int]) throws(TensorError) -> Tensor {
        let parts = try callForMany("adaptive_max_pool2d", .tensor(self), .ints(size))
        guard let values = parts.first else { throw .unexpectedResult(name: "adaptive_max_pool2d") }
        return values
    }
    /// Batch normalisation; running statistics are updated in place when `training`.
    public func batchNormed(
        mean: Tensor?, variance: Tensor?, weight: Tensor?, bias: Tensor?, training: Bool, momentum: Double = 0.1, epsilon: Double = 1e-5
    ) throws(TensorError) -> Tensor {
        try call(
            "batch_norm", .tensor(self), .optional(weight), .optional(bias), .optional(mean), .optional(variance),
            .bool(training), .real(momentum), .real(epsilon), .bool(false))
    }
    /// Layer normalisation over the last axes, of the given shape.
    public func layerNormed(_ shape: [Int], weight: Tensor?, bias: Tensor?, epsilon: Double = 1e-5) throws(TensorError) -> Tensor {
        try call("layer_norm", .tensor(self), .ints(shape), .optional(weight), .optional(bias), .real(epsilon))
    }
    /// Group normalisation of [N, C, …].
    public func groupNormed(groups: Int, weight: Tensor?, bias: Tensor?, epsilon: Double = 1e-5) throws(TensorError) -> Tensor {
        try call("group_norm", .tensor(self), .int(groups), .optional(weight), .optional(bias), .real(epsilon))
    }
    /// Images drawn anew on a grid: the point (x, y) of the new image, both −1 … 1 from edge to edge, shows `maps` · (x, y, 1) of the old one,
    /// bilinearly; beyond its edge an image goes on as its border. `maps` is [batch, 2, 3].
    public func affinelySampled(_ maps: Tensor) throws(TensorError) -> Tensor {
        let (bilinear, border) = (0, 1)
        let grid = try call("affine_grid_generator", .tensor(maps), .ints(shape), .bool(false))
        return try call("grid_sampler", .tensor(self), .tensor(grid), .int(bilinear), .int(border), .bool(false))
    }
    /// max(x, 0), elementwise.
    public func relu() throws(TensorError) -> Tensor { try call("relu", .tensor(self)) }
    /// tanh, elementwise.
    public func hyperbolicTangent() throws(TensorError) -> Tensor { try call("tanh", .tensor(self)) }
    /// 1 / (1 + e⁻ˣ), elementwise.
    public func sigmoid() throws(TensorError) -> Tensor { try call("sigmoid", .tensor(self)) }
    /// SiLU, elementwise.
    public func silu() throws(TensorError) -> Tensor { try call("silu", .tensor(self)) }
    /// x Φ(x), exactly or by the tanh approximation.
    public func gelu(approximate: Bool = false) throws(TensorError) -> Tensor {
        try call("gelu", .tensor(self), .string(approximate ? "tanh" : "none"))
    }
    /// Leaky ReLU, elementwise.
    public func leakyRelu(slope: Double) throws(TensorError) -> Tensor { try call("leaky_relu", .tensor(self), .real(slope)) }
    /// ELU, elementwise.
    public func elu(alpha: Double) throws(TensorError) -> Tensor { try call("elu", .tensor(self), .real(alpha)) }
    /// CELU, elementwise.
    public func celu(alpha: Double) throws(TensorError) -> Tensor { try call("celu", .tensor(self), .real(alpha)) }
    /// SELU, elementwise.
    public func selu() throws(TensorError) -> Tensor { try call("selu", .tensor(self)) }
    /// min(max(x, 0), 6), elementwise.
    public func relu6() throws(TensorError) -> Tensor { try call("relu6", .tensor(self)) }
    /// Values clamped to low … high.
    public func hardtanh(low: Double, high: Double) throws(TensorError) -> Tensor {
        try call("hardtanh", .tensor(self), .real(low), .real(high))
    }
    /// Hard swish, elementwise.
    public func hardswish() throws(TensorError) -> Tensor { try call("hardswish", .tensor(self)) }
    /// Hard sigmoid, elementwise.
    public func hardsigmoid() throws(TensorError) -> Tensor { try call("hardsigmoid", .tensor(self)) }
    /// ln(1 + exp(beta x)) / beta; x itself where beta x is above the threshold.
    public func softplus(beta: Double, threshold: Double) throws(TensorError) -> Tensor {
        try call("softplus", .tensor(self), .real(beta), .real(threshold))
    }
    /// Mish, elementwise.
    public func mish() throws(TensorError) -> Tensor { try call("mish", .tensor(self)) }
    /// The logarithm of the sigmoid, elementwise.
    public func logSigmoid() throws(TensorError) -> Tensor { try call("log_sigmoid", .tensor(self)) }
    /// x where it is positive, weight · x elsewhere; `weight` is [1] or one for each entry of axis 1.
    public func prelu(_ weight: Tensor) throws(TensorError) -> Tensor { try call("prelu", .tensor(self), .tensor(weight)) }
    /// Images with a border of left, right, top and bottom positions; `mode` is constant (zeros), reflect, replicate or circular.
    public func padded(_ border: [Int], mode: String) throws(TensorError) -> Tensor {
        try call("pad", .tensor(self), .ints(border), .string(mode))
    }
    /// Softmax along an axis.
    public func softmax(axis: Int) throws(TensorError) -> Tensor { try call("softmax.int", .tensor(self), .int(axis)) }
    /// The logarithm of the softmax along an axis.
    public func logSoftmax(axis: Int) throws(TensorError) -> Tensor { try call("log_softmax.int", .tensor(self), .int(axis)) }
    /// softmax(Q Kᵀ / √d) V, this tensor being Q; [batch, heads, tokens, d].
    ///
    /// - Parameter isTwiceDifferentiable: by single operations, for the fused one has no second derivative.
    public func attention(key: Tensor, value: Tensor, isTwiceDifferentiable: Bool = false) throws(TensorError) -> Tensor {
        if isTwiceDifferentiable {
            return try (matmul(key.transposed(-2, -1)) / Double(shape.last ?? 1).squareRoot()).softmax(axis: -1).matmul(value)
        }
        return try call("scaled_dot_product_attention", .tensor(self), .tensor(key), .tensor(value))
    }
    /// The Kullback–Leibler divergence Σ p (ln p − ln q) of each row, this tensor being ln q and `probabilities` p; mean over the rows.
    public func divergence(from probabilities: Tensor) throws(TensorError) -> Tensor {
        // Reduction 2 is the sum.
        try call("kl_div", .tensor(self), .tensor(probabilities), .int(2)) / Double(max(1, shape.first ?? 1))
    }
    /// Mean cross-entropy of logits [batch, classes] against class numbers [batch] (64-bit integers).
    ///
    /// - Parameter ignored: the class number of what does not count.
    public func crossEntropy(_ labels: Tensor, smoothing: Double = 0, ignoring ignored: Int = -100) throws(TensorError) -> Tensor {
        try call("cross_entropy_loss", .tensor(self), .tensor(labels), .none, .int(1), .int(ignored), .real(smoothing))
    }

    /// Mean binary cross-entropy of logits, or of probabilities, against targets 0 … 1 of the same shape.
    public func binaryCrossEntropy(_ targets: Tensor, areProbabilities: Bool = false) throws(TensorError) -> Tensor {
        areProbabilities
            ? try call("binary_cross_entropy", .tensor(self), .tensor(targets), .none, .int(1))
            : try call("binary_cross_entropy_with_logits", .tensor(self), .tensor(targets), .none, .none, .int(1))
    }
}
