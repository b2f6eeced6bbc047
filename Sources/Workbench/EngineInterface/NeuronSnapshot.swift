import Fusion
import Runs

/// What is to be known of the neurons of one group.
struct NeuronRequest: Equatable, Sendable {
    var recipe: Recipe
    var group: String
    var score: Importance.Kind
}

/// The neurons of one network's group.
struct NeuronOwner: Equatable, Sendable {
    enum Role: Equatable, Sendable {
        case parent(Int)
        case fused
    }

    var role: Role
    var sheet: NeuronSheet

    var scores: [Double] { sheet.scores }
    var byClass: [[Double]] { sheet.byClass }
    var activity: NeuronActivity? { sheet.activity }
    var count: Int { sheet.scores.count }

    func isDead(_ neuron: Int) -> Bool { activity.map { $0.dead.indices.contains(neuron) && $0.dead[neuron] } ?? false }
}

/// The neurons of one group in every parent and, where there is one, in the fused network.
struct NeuronSnapshot: Equatable, Sendable {
    var group: String
    var score: Importance.Kind
    var owners: [NeuronOwner]
    /// What `NeuronActivity.Top` points into.
    var samples: [SampleImage] = []
    var classNames: [String]?
    /// The recipe of the fused network among the owners.
    var fusedRecipe: Recipe?
    /// What is missing and why, in one sentence.
    var note: String?
    var seconds: Double
}
