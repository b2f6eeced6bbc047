import Networks
import Tensors

/// Every parent's weights carried along its couplings on all axes, then averaged: Σ_k w_k · T_outᵀ W_k T_in.
///
/// Biases, normalisation parameters and running statistics are carried by the same maps as the weights they belong to.
public struct WeightedAverage: ParameterwiseCombination {
    /// One for each parent; they sum to 1.
    private let parentWeights: [Double]
    /// Weights of single groups, by id: of what computes their neurons.
    let groupWeights: [Int: [Double]]

    /// - Parameter weights: of the parents; they sum to 1.
    public init(weights: [Double]) { self.init(weights: weights, groupWeights: [:]) }

    init(weights: [Double], groupWeights: [Int: [Double]]) {
        parentWeights = weights
        self.groupWeights = groupWeights
    }

    public var weights: [Double]? { parentWeights }

    public func fused(_ name: String, of parents: ParentSet, along plan: FusionPlan) throws -> Tensor {
        let reference = try parents.referenceNetwork.parameter(name)
        let type = try reference.dtype()
        // Counters (batches seen) are not weights: the reference's is kept.
        guard type.isFloatingPoint else { return reference }
        let weights = weights(of: name, parents.groups)
        var sum: Tensor?
        for parent in parents.networks.indices where weights[parent] != 0 {
            let carried = try plan.carried(name, of: parent, in: parents)
            let before = sum, weight = weights[parent]
            // Half-precision parents are averaged in single precision.
            let wide = try type == .float64 ? carried : carried.converted(to: .float32)
            sum = if let before { try before + wide * weight } else { try wide * weight }
        }
        guard let total = sum else { return reference }
        return try total.converted(to: type)
    }

    private func weights(of parameter: String, _ groups: NeuronGroups) -> [Double] {
        guard !groupWeights.isEmpty, let first = groups.layouts[parameter]?.min(by: { $0.key < $1.key })?.value.parts.first else {
            return parentWeights
        }
        return groupWeights[first.group] ?? parentWeights
    }
}
