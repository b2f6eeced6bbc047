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

extension FusedNetworkBuilder {
    /// The weights that a unit's neurons have in their parents, as they read the fused neurons planned so far; nil where something that the unit
    /// reads is not planned yet.
    ///
    /// - Parameter counterparts: the unit in each parent.
    func prior(of unit: RegressionUnit, counterparts: [RegressionUnit?], dtype: DType) throws -> RegressionPrior? {
        var parts: [Tensor] = []
        for (parent, unit) in counterparts.enumerated() {
            guard let unit else { continue }
            let network = parents.networks[parent]
            let read = (network.groups.layouts[unit.weight]?[1]?.parts ?? []).map(\.group)
            guard read.allSatisfy({ plan[group: $0] != nil || network.groups[$0]?.keepsOrder ?? true }) else { return nil }
            let weight = try network.groups.carried(
                network.parameter(unit.weight), axis: 1, as: unit.weight, 1, along: plan.memberships(of: parent))
            parts.append(try unit.linearMap(weight: weight, in: network).converted(to: dtype))
        }
        return parts.isEmpty ? nil : RegressionPrior(parts: parts)
    }
}

extension FusionPlan {
    /// For each group, which fused neurons stand for each neuron of a parent: rows that sum to one, or to zero where none does.
    fileprivate func memberships(of parent: Int) throws -> [Int: NeuronMap] {
        var maps: [Int: NeuronMap] = [:]
        for planned in groups {
            guard let plan = planned.couplings.first(where: { $0.parent == parent })?.plan else { continue }
            let sums = plan.rowSums
            var map = [Double](repeating: 0, count: plan.rows * plan.columns)
            plan.forEachEntry { row, column, mass in if sums[row] > 0 { map[row * plan.columns + column] += mass / sums[row] } }
            maps[planned.group.id] = .mixture(try Tensor(map, shape: [plan.rows, plan.columns]))
        }
        return maps
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
