import Fusion

/// Parents that belong together, with the story of what to see in them and a recipe to start from.
public struct SampleSetSummary: Equatable, Sendable {
    public var id: String
    public var title: String
    public var story: String
    public var recipe: Recipe

    public init(id: String, title: String, story: String, recipe: Recipe) {
        self.id = id
        self.title = title
        self.story = story
        self.recipe = recipe
    }
}

/// One checkpoint, as far as it is known without using it.
public struct ParentSummary: Equatable, Sendable {
    public var path: String
    public var name: String
    public var format: String
    public var family: String
    public var parameters: Int
    public var widths: [Int]
    public var accuracy: Double?
    /// Why it cannot be used, where it cannot.
    public var problem: String?

    public init(
        path: String, name: String, format: String, family: String, parameters: Int, widths: [Int], accuracy: Double? = nil,
        problem: String? = nil
    ) {
        self.path = path
        self.name = name
        self.format = format
        self.family = family
        self.parameters = parameters
        self.widths = widths
        self.accuracy = accuracy
        self.problem = problem
    }
}

/// A neuron group as a row of the layer table.
public struct GroupSummary: Equatable, Sendable {
    public enum Role: String, Sendable { case input, hidden, classes }
    public var name: String
    public var role: Role
    /// Neurons in each parent.
    public var neurons: [Int]
    /// The layers it runs between and the shapes of their weights, for people.
    public var layers: String
    public var shape: String

    public init(name: String, role: Role, neurons: [Int], layers: String = "", shape: String = "") {
        self.name = name
        self.role = role
        self.neurons = neurons
        self.layers = layers
        self.shape = shape
    }

    public var isPlanned: Bool { role != .input }
}

/// The parents of a recipe side by side.
public struct OpenedParents: Equatable, Sendable {
    public var parents: [ParentSummary]
    public var groups: [GroupSummary]
    /// Why they cannot be fused: the layer, both shapes and what could be done; nil where they can.
    public var mismatch: String?
    /// What was assumed about them.
    public var notes: [String]

    public init(parents: [ParentSummary], groups: [GroupSummary], mismatch: String? = nil, notes: [String] = []) {
        self.parents = parents
        self.groups = groups
        self.mismatch = mismatch
        self.notes = notes
    }
}
