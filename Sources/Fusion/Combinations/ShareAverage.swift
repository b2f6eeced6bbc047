import Networks
import Tensors

/// Each fused neuron the mean of the parents' neurons that became it, in proportion to their shares: Σ_k T_outᵀ W_k T_in, where the columns
/// of T_out sum to one over all parents, and those of T_in within each parent.
struct ShareAverage: ParameterwiseCombination {
    func fused(_ name: String, of parents: ParentSet, along plan: FusionPlan) throws -> Tensor {
        let reference = try parents.referenceNetwork.parameter(name)
        let type = try reference.dtype()
        guard type.isFloatingPoint else { return reference }
        var sum: Tensor?
        for parent in 0..<parents.count {
            let carried = try carried(
                parents.name(of: name, in: parent), parents.networks[parent], plan.maps(of: parent), parents: parents.count)
            let earlier = sum
            sum = if let earlier { try earlier + carried } else { carried }
        }
        guard let total = sum else { return reference }
        return try total.converted(to: type)
    }

    /// One parent's part of the mean, f64.
    private func carried(_ name: String, _ network: Network, _ maps: [Int: NeuronMap], parents: Int) throws -> Tensor {
        var value = try network.parameter(name)
        value = try value.converted(to: .float64)
        // The first axis that is planned takes the shares; where none is, parents count alike.
        var sharesAreTaken = false
        for (axis, layout) in (network.groups.layouts[name] ?? [:]).sorted(by: { $0.key < $1.key }) {
            let isPlanned = layout.parts.contains { maps[$0.group] != nil }
            let here = sharesAreTaken ? try maps.withUnitColumns() : maps
            value = try network.groups.carried(value, axis: axis, layout: layout, along: here)
            sharesAreTaken = sharesAreTaken || isPlanned
        }
        return sharesAreTaken ? value : try value / Double(parents)
    }

}

extension [Int: NeuronMap] {
    /// Maps whose columns sum to one by themselves: a parent's own neurons, without its share among all parents.
    func withUnitColumns() throws -> [Int: NeuronMap] {
        try mapValues { map in
            if case .scaled(let sources, _) = map { return .ofSources(sources) }
            guard case .mixture(let matrix) = map else { return map }
            let sums = try matrix.sum(axes: [0], keepingAxes: true)
            return .mixture(try matrix / (sums + sums.equals(sums * 0).converted(to: matrix.dtype())))
        }
    }
}
