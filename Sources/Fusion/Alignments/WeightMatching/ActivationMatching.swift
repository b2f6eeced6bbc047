import Hyperparameters
import Networks
import Transport

/// Partners by activations on the same samples, one group at a time: the least Σ 2 s_i t_j / (s_i + t_j) · ‖a_i − b_j‖, which is what
/// s_i ‖ā − a_i‖ + t_j ‖ā − b_j‖ comes to for the weighted mean ā (Luenam et al. 2025, published program).
struct ActivationMatching: PartnerSearch {
    private let parents: ParentSet
    private let costs: ActivationCosts

    private let settings: GroupSettings

    /// - Parameter compared: what activations are compared, as settings of optimal transport.
    init(parents: ParentSet, settings: GroupSettings, compared: GroupSettings, inputs: any InputSource) {
        self.parents = parents
        self.settings = settings
        costs = ActivationCosts(parents: parents, choices: compared, inputs: inputs)
    }

    func prepare(_ groups: [NeuronGroup], control: FusionControl) throws {
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
            let found = try AssignmentSolver().solve(
                cost: cost, constraints: settings.constraints(of: group, parent: parent).transposed,
                control: SolverControl(isCancelled: control.isCancelled))
            return (found.columns, found.certificate, cost.transposed, found.objective)
        }
    }
}
