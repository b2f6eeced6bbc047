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
        let widths = parents.widths(of: group)
        let stacked = try parents.networks.indices.map { try scores(group, $0, control) }
        let neurons = StackedNeurons(
            group: group, geometry: .none, scores: stacked.flatMap { $0 }, widths: widths, reference: parents.reference,
            fused: group.neurons)
        guard group.role == .hidden else {
            return try EqualPositions().clustering(of: neurons, control: control).couplings(keepsCosts: control.keepsCosts)
        }
        var masses = Matrix(rows: neurons.count, columns: group.neurons)
        var results: [Int: Clustering.Result] = [:]
        for parent in parents.networks.indices {
            let offset = neurons.offset(of: parent)
            var partners: [Int?] = (0..<group.neurons).map { $0 }
            if parent != parents.reference {
                let found = try search.partners(
                    of: group, parent: parent, scores: (stacked[parent], stacked[parents.reference]), control: control)
                partners = found.partners
                if let certificate = found.certificate, let cost = found.cost { results[parent] = (certificate, cost, found.objective) }
            }
            for (place, neuron) in partners.enumerated() {
                if let neuron { masses[offset + neuron, place] = neurons.scores[offset + neuron] }
            }
        }
        return try Clustering(masses: masses, widths: widths, results: results).couplings(keepsCosts: control.keepsCosts)
    }

    var massesAreWeights: Bool { true }

    func couplings(of group: NeuronGroup, from stored: [StoredCoupling]) throws -> [Coupling] {
        try Clustering(stored).couplings(keepsCosts: false)
    }
}
