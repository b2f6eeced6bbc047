import Fusion
import Runs

/// What is to be known of the neurons of one group.
public struct NeuronRequest: Equatable, Sendable {
    public var recipe: Recipe
    public var group: String
    public var score: Importance.Kind

    public init(recipe: Recipe, group: String, score: Importance.Kind) {
        self.recipe = recipe
        self.group = group
        self.score = score
    }
}

/// The neurons of one network's group.
public struct NeuronOwner: Equatable, Sendable {
    public enum Role: Equatable, Sendable {
        case parent(Int)
        case fused
    }

    public var role: Role
    public var sheet: NeuronSheet

    public init(role: Role, sheet: NeuronSheet) {
        self.role = role
        self.sheet = sheet
    }

    var scores: [Double] { sheet.scores }
    var byClass: [[Double]] { sheet.byClass }
    var activity: NeuronActivity? { sheet.activity }
    var count: Int { sheet.scores.count }

    func isDead(_ neuron: Int) -> Bool { activity.map { $0.dead.indices.contains(neuron) && $0.dead[neuron] } ?? false }
}

/// The neurons of one group in every parent and, where there is one, in the fused network.
public struct NeuronSnapshot: Equatable, Sendable {
    public var group: String
    public var score: Importance.Kind
    public var owners: [NeuronOwner]
    /// What `NeuronActivity.Top` points into.
    public var samples: [SampleImage]
    public var classNames: [String]?
    /// The recipe of the fused network among the owners.
    public var fusedRecipe: Recipe?
    /// What is missing and why, in one sentence.
    public var note: String?
    public var seconds: Double

    public init(
        group: String, score: Importance.Kind, owners: [NeuronOwner], samples: [SampleImage] = [], classNames: [String]? = nil,
        fusedRecipe: Recipe? = nil,
        note: String? = nil, seconds: Double
    ) {
        self.group = group
        self.score = score
        self.owners = owners
        self.samples = samples
        self.classNames = classNames
        self.fusedRecipe = fusedRecipe
        self.note = note
        self.seconds = seconds
    }
}
