import Networks
import Transport

/// Finds, for every parent and hidden group, a partner for each of the reference's neurons.
protocol PartnerSearch: Sendable {
    /// Called once with the hidden groups that are wanted.
    func prepare(_ groups: [NeuronGroup], control: FusionControl) throws

    /// For each of the reference's neurons the parent's, nil where it has none; with its certificate and cost.
    ///
    /// - Parameter scores: the weights of the parent's and of the reference's neurons in the match.
    func partners(
        of group: NeuronGroup, parent: Int, scores: (own: [Double], reference: [Double]), control: FusionControl
    ) throws -> (partners: [Int?], certificate: Certificate?, cost: Matrix?, objective: Double)
}

/// One-to-one matching of every parent's hidden neurons with the reference's; partners count in proportion to their importance.
struct NeuronMatching: GroupwiseAlignment {
    let parents: ParentSet
    let search: any PartnerSearch
    /// The weights of a parent's neurons of a group.
    let scores: @Sendable (_ group: NeuronGroup, _ parent: Int, FusionControl) throws -> [Double]

    var order: [NeuronGroup] { parents.groups.withoutHeadGroups }

    func prepare(_ groups: [NeuronGroup], control: FusionControl) throws {
        try search.prepare(groups.filter { $0.role == .hidden }, control: control)
    }

    func couplings(of group: NeuronGroup, given plan: FusionPlan, control: FusionControl) throws -> [Coupling] {
        let scores = try parents.networks.indices.map { try self.scores(group, $0, control) }
        let positions: [Int?] = (0..<group.neurons).map(\.self)
        var partners = scores.map { _ in positions }, results: [Int: Clustering.Result] = [:]
        if group.role != .hidden {
            for (parent, own) in scores.enumerated() where own.count != group.neurons {
                throw FusionError.widths(group: group.name, parent: parent, neurons: own.count, reference: group.neurons)
            }
        } else {
            for parent in parents.networks.indices where parent != parents.reference {
                let found = try search.partners(
                    of: group, parent: parent, scores: (scores[parent], scores[parents.reference]), control: control)
                partners[parent] = found.partners
                if let certificate = found.certificate { results[parent] = (certificate, found.cost, found.objective) }
            }
        }
        return PartnerCouplings(neurons: group.neurons, scores: scores, partners: partners)
            .couplings(results: results, keepsCosts: control.keepsCosts)
    }

    var massesAreWeights: Bool { true }

    func couplings(of group: NeuronGroup, from stored: [StoredCoupling]) throws -> [Coupling] {
        try Clustering(stored).couplings(keepsCosts: false)
    }
}
