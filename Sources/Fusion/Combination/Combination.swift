import Networks
import Tensors

/// The second half of a method: the fused weights, given the couplings.
public protocol Combination: Sendable {
    /// The fused value of one parameter, all of whose groups are planned. `name` is the reference's.
    func fused(_ name: String, parents: ParentSet, plan: FusionPlan) throws(FusionError) -> Tensor
}

/// Every parent's weights carried along its couplings on all axes, then averaged: Σ_k w_k · T_outᵀ W_k T_in.
///
/// Biases, normalisation parameters and running statistics are carried by the same maps as the weights they belong to.
public struct WeightedAverage: Combination {
    /// One for each parent; they sum to 1.
    let weights: [Double]

    public func fused(_ name: String, parents: ParentSet, plan: FusionPlan) throws(FusionError) -> Tensor {
        let reference = try networks { () throws(NetworkError) in try parents.referenceNetwork.parameter(name) }
        let type = try tensors { () throws(TensorError) in try reference.dtype() }
        // Counters (batches seen) are not weights: the reference's is kept.
        guard type.isFloatingPoint else { return reference }
        var sum: Tensor?
        for (parent, network) in parents.networks.enumerated() where weights[parent] != 0 {
            let own = parents.name(of: name, in: parent)
            let (giving, reading) = (plan.maps(of: parent), plan.readingMaps(of: parent))
            let carried = try networks { () throws(NetworkError) in
                var value = try network.parameter(own)
                let layouts = (network.groups.layouts[own] ?? [:]).sorted { $0.key < $1.key }
                // The first axis is that of the neurons the parameter belongs to; the others read.
                for (place, (axis, layout)) in layouts.enumerated() {
                    value = try network.groups.carried(value, axis: axis, layout: layout, along: place == 0 ? giving : reading)
                }
                return value
            }
            let before = sum, weight = weights[parent]
            sum = try tensors { () throws(TensorError) in
                // Half-precision parents are averaged in single precision.
                let wide = try type == .float64 ? carried : carried.converted(to: .float32)
                return if let before { try before + wide * weight } else { try wide * weight }
            }
        }
        guard let total = sum else { return reference }
        return try tensors { () throws(TensorError) in try total.converted(to: type) }
    }
}
