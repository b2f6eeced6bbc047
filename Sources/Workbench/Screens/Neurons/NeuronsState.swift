import Fusion

/// How the neurons of a layer are shown.
struct NeuronsState: Equatable, Sendable {
    /// The order of a strip.
    enum Order: String, CaseIterable, Sendable {
        case rank, index
        /// Parents' neurons stand where the fused neuron stands that they match best.
        case matched
    }

    /// What is drawn of the neurons.
    enum View: String, CaseIterable, Sendable {
        case strips
        /// Importance against rank, and histograms of the weights.
        case distributions
        /// Importance in a parent against importance in what the neuron is matched with.
        case matches
        case table
    }

    var score: Importance.Kind = .l2
    var order: Order = .rank
    /// The class whose part of the score is shown; nil shows all classes together.
    var label: Int?
    /// Which strip has the cursor: parents by number, then the fused network.
    var owner = 0
    /// The neuron under the cursor by its own index.
    var neuron = 0
    var view: View = .strips
    var showsTable: Bool { view == .table }
    /// By group and score.
    var snapshots: [Key: NeuronSnapshot] = [:]
    var problems: [Key: String] = [:]

    /// Measured on other parents or an earlier fusion.
    mutating func forget() {
        snapshots = [:]
        problems = [:]
    }

    struct Key: Hashable, Sendable {
        var group: String
        var score: Importance.Kind
    }
}

extension Model {
    var neuronKey: NeuronsState.Key? { group.map { NeuronsState.Key(group: $0.name, score: neurons.score) } }
    var neuronSnapshot: NeuronSnapshot? { neuronKey.flatMap { neurons.snapshots[$0] } }
    var neuronProblem: String? { neuronKey.flatMap { neurons.problems[$0] } }

    /// The network under the cursor.
    var neuronOwner: NeuronOwner? {
        guard let owners = neuronSnapshot?.owners, !owners.isEmpty else { return nil }
        return owners[max(0, min(owners.count - 1, neurons.owner))]
    }

    /// The shown scores of an owner: of all classes, or of one.
    func scores(of owner: NeuronOwner) -> [Double] {
        guard let label = neurons.label, owner.byClass.indices.contains(label) else { return owner.scores }
        return owner.byClass[label]
    }

    /// The neurons of an owner in the order they are shown.
    func neuronOrder(of owner: NeuronOwner) -> [Int] {
        let natural = Array(owner.scores.indices)
        switch neurons.order {
        case .index: return natural
        case .rank: return ranking(of: owner)
        case .matched:
            guard case .parent(let parent) = owner.role, let coupling = planned?.snapshot.couplings.first(where: { $0.parent == parent }),
                coupling.plan.rows == natural.count
            else { return natural }
            let best = coupling.analysis.best
            return natural.sorted {
                (best[$0]?.column ?? .max, -(best[$0]?.share ?? 0), $0) < (best[$1]?.column ?? .max, -(best[$1]?.share ?? 0), $1)
            }
        }
    }

    /// The neurons of an owner, most important first; what is not a number comes last.
    func ranking(of owner: NeuronOwner) -> [Int] {
        let scores = scores(of: owner).map { $0.isNaN ? -.infinity : $0 }
        return scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    }
}
