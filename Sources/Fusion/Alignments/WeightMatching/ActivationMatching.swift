import Networks
import Transport

/// Partners by activations on the same samples, one group at a time: the least Σ 2 s_i t_j / (s_i + t_j) · ‖a_i − b_j‖, which is what
/// s_i ‖ā − a_i‖ + t_j ‖ā − b_j‖ comes to for the weighted mean ā (Luenam et al. 2025, published program).
struct ActivationMatching: PartnerSearch {
    private let parents: ParentSet
    private let costs: ActivationCosts

    /// - Parameter isAfter: whether activations are read after the nonlinearity.
    init(parents: ParentSet, inputs: any InputSource, samples: Int, isAfter: Bool) throws(FusionError) {
        self.parents = parents
        costs = try recipes { () throws(RecipeError) in
            var settings = Settings(OTFusion.method)
            try settings.set(OTFusion.samples.key, .integer(samples))
            try settings.set(OTFusion.stage.key, .choice(isAfter ? OTFusion.Stage.after.rawValue : OTFusion.Stage.before.rawValue))
            return ActivationCosts(parents: parents, settings: try OTFusion.Settings(settings), inputs: inputs)
        }
    }

    func prepare(
        _ groups: [NeuronGroup], scores: (NeuronGroup, Int) throws(FusionError) -> [Double], control: FusionControl
    ) throws(FusionError) {
        try costs.compute(groups, control: control)
    }

    func partners(
        of group: NeuronGroup, parent: Int, scores: (own: [Double], reference: [Double]), control: FusionControl
    ) throws(FusionError) -> (partners: [Int?], certificate: Certificate?, cost: Matrix?, objective: Double) {
        let distances = try costs.cost(of: group, parent: parent, control: control)
        let cost = Matrix(rows: distances.columns, columns: distances.rows) { place, neuron in
            let (s, t) = (scores.reference[place], scores.own[neuron])
            return 2 * s * t / (s + t) * distances[neuron, place]
        }
        do {
            let found = try AssignmentSolver().solve(cost: cost, control: SolverControl(isCancelled: control.isCancelled))
            return (found.columns, found.certificate, cost.transposed, found.objective)
        } catch {
            if case .cancelled = error { throw .cancelled }
            throw .transport(group: group.name, parent: parent, error)
        }
    }
}
