import Networks
import Tensors

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
