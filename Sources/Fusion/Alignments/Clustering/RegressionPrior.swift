import Networks
import Tensors

/// The weights that the fit of a layer shrinks towards: those that every neuron has in its own parent, as they read the fused neurons.
///
/// Fused neuron c stands for the parent's neurons i of its cluster, aᵢ ≈ f_c, so that the parent's neuron reads it with Σᵢ w_i. A mixture of
/// neurons then has the same mixture of these weights. Where all parents are permuted copies of one network, that is the network.
struct RegressionPrior {
    /// One for each parent, [inputs, neurons]; of the type that the rows have.
    private let parts: [Tensor]

    /// Rows of these matrices that are widened to f64 at once.
    private static let block = 1024

    init(parts: [Tensor]) { self.parts = parts }

    /// What the weights make of a layer's inputs: [rows, inputs] → [rows, neurons of all parents].
    func values(_ design: Tensor) throws -> Tensor { try Tensor.concatenated(parts.map { try design.matmul($0) }, axis: 1) }

    /// W₀ᵀ W₀, f64.
    func products() throws -> Tensor {
        let count = parts.reduce(0) { $0 + $1.shape[1] }, sum = try Tensor.zeros([count, count], dtype: .float64)
        let inputs = parts.first?.shape[0] ?? 0
        for first in stride(from: 0, to: inputs, by: Self.block) {
            let rows = try Tensor.concatenated(
                parts.map { try $0.narrowed(axis: 0, from: first, count: min(Self.block, inputs - first)).converted(to: .float64) }, axis: 1
            )
            try sum.addProductInPlace(rows.transposed(0, 1), rows)
        }
        return sum
    }

    /// The weights of mixtures of the neurons, [inputs, mixtures], f64.
    ///
    /// - Parameter mixing: [neurons of all parents, mixtures], f64.
    func weights(of mixing: Tensor) throws -> Tensor {
        var sum: Tensor?, start = 0
        for part in parts {
            let own = try mixing.narrowed(axis: 0, from: start, count: part.shape[1]), before = sum
            let mixed = try part.converted(to: .float64).matmul(own)
            sum = if let before { try before + mixed } else { mixed }
            start += part.shape[1]
        }
        guard let sum else { throw TensorError.unexpectedResult(name: "weights of no parents") }
        return sum
    }
}

extension RegressionUnit {
    /// The unit as a linear map of what it reads, [inputs (+ 1), neurons], f64: with its constant, and what its batch normalisation does.
    ///
    /// - Parameter weight: its weight, or one that reads other inputs.
    func linearMap(weight: Tensor, in network: Network) throws -> Tensor {
        func value(_ name: String?) throws -> Tensor? { try name.flatMap { network.parameters[$0] }?.converted(to: .float64) }
        var rows = try weight.reshaped([weight.shape[0], -1]).transposed(0, 1).converted(to: .float64)
        guard hasIntercept else { return rows }
        var constant = try value(bias) ?? Tensor.zeros([weight.shape[0]], dtype: .float64)
        if let normalisation, let layer = normalisation.layer as? BatchNormalization,
            let mean = try value(normalisation.parameterName("running_mean")),
            let variance = try value(normalisation.parameterName("running_var"))
        {
            var scale = try Tensor.ones(variance.shape, dtype: .float64) / (variance + layer.epsilon).squareRoot()
            if let factor = try value(normalisation.parameterName("weight")) { scale = try scale * factor }
            rows = try rows * scale
            constant = try (constant - mean) * scale
            if let shift = try value(normalisation.parameterName("bias")) { constant = try constant + shift }
        }
        return try Tensor.concatenated([rows, constant.reshaped([1, weight.shape[0]])])
    }
}
