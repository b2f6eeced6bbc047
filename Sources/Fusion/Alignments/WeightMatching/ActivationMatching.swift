import Networks
import Transport

/// Partners by activations on the same samples, one group at a time: the least Σ 2 s_i t_j / (s_i + t_j) · ‖a_i − b_j‖, which is what
/// s_i ‖ā − a_i‖ + t_j ‖ā − b_j‖ comes to for the weighted mean ā (Luenam et al. 2025, published program).
struct ActivationMatching: PartnerSearch {
    private let parents: ParentSet
    private let costs: ActivationCosts

    /// - Parameter isAfter: whether activations are read after the nonlinearity.
    init(parents: ParentSet, inputs: any InputSource, samples: Int, isAfter: Bool) throws {
        self.parents = parents
        let settings = try Settings(
            OTFusion.method.table, [OTFusion.samples <- samples, OTFusion.stage <- (isAfter ? .after : .before)])
        costs = try ActivationCosts(parents: parents, settings: settings, inputs: inputs)
    }

    func prepare(
        _ groups: [NeuronGroup], scores: (NeuronGroup, Int) throws -> [Double], control: FusionControl
    ) throws {
        try costs.compute(groups, control: control)
    }

    func partners(
        of group: NeuronGroup, parent: Int, scores: (own: [Double], reference: [Double]), control: FusionControl
    ) throws -> (partners: [Int?], certificate: Certificate?, cost: Matrix?, objective: Double) {
        let distances = try costs.cost(of: group, parent: parent, control: control)
        let cost = Matrix(rows: distances.columns, columns: distances.rows) { place, neuron in
            let (s, t) = (scores.reference[place], scores.own[neuron])
            return 2 * s * t / (s + t) * distances[neuron, place]
        }
        return try transport(group.name, parent: parent) {
            let found = try AssignmentSolver().solve(cost: cost, control: SolverControl(isCancelled: control.isCancelled))
            return (found.columns, found.certificate, cost.transposed, found.objective)
        }
    }
}
