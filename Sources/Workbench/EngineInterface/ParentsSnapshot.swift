import Fusion

/// Parents that belong together, with the story of what to see in them and a recipe to start from.
struct SampleSetSummary: Equatable, Sendable {
    var id: String
    var title: String
    var story: String
    var recipe: Recipe
}

/// One checkpoint, as far as it is known without using it.
struct ParentSummary: Equatable, Sendable {
    var path: String
    var name: String
    var format: String
    var family: String
    var parameters: Int
    var widths: [Int]
    /// In one line: family, blocks, width, heads.
    var architecture = ""
    var accuracy: Double?
    /// Why it cannot be used, where it cannot.
    var problem: String?
}

/// A neuron group as a row of the layer table.
struct GroupSummary: Equatable, Sendable {
    enum Role: String, Sendable { case input, hidden, classes }
    var name: String
    var role: Role
    /// Neurons in each parent.
    var neurons: [Int]
    /// The layers it runs between and the shapes of their weights, for people.
    var layers = ""
    var shape = ""

    var isPlanned: Bool { role != .input }
}

/// The parents of a recipe side by side.
struct OpenedParents: Equatable, Sendable {
    var parents: [ParentSummary]
    var groups: [GroupSummary] { didSet { planned = groups.filter(\.isPlanned) } }
    /// The groups that a plan is made of: all but the inputs. Kept, because screens ask for them at every line that they draw.
    private(set) var planned: [GroupSummary]
    /// Why they cannot be fused: the layer, both shapes and what could be done; nil where they can.
    var mismatch: String?
    /// What was assumed about them.
    var notes: [String]

    init(parents: [ParentSummary], groups: [GroupSummary], mismatch: String? = nil, notes: [String] = []) {
        self.parents = parents
        self.groups = groups
        self.mismatch = mismatch
        self.notes = notes
        planned = groups.filter(\.isPlanned)
    }
}
