import Fusion

/// A network among the results, or several that answer together.
public struct ResultRow: Equatable, Sendable {
    public enum Role: String, Sendable {
        case parent, ensemble, average, fused
        /// What else it is compared with: a vote, a weighted ensemble, the best parent.
        case rival

        /// What a recorded row counts as on screen: what was made, what it was made from, or what it is compared with.
        public init(recorded role: String) {
            switch role {
            case "fused", "network": self = .fused
            case "parent": self = .parent
            case "ensemble": self = .ensemble
            case "average": self = .average
            default: self = .rival
            }
        }
    }
    public var role: Role
    public var name: String
    /// 0…1
    public var accuracy: Double?
    public var loss: Double?
    public var parameters: Int
    /// Why there are no numbers, where there are none.
    public var note: String?
    /// The value of another figure than accuracy, with its name: "MSE 0.0123".
    public var measured: String?
    /// The accuracy on each class; nil where a class has no samples.
    public var classes: [Double?]

    public init(
        role: Role, name: String, accuracy: Double?, loss: Double?, parameters: Int, note: String? = nil, measured: String? = nil,
        classes: [Double?] = []
    ) {
        self.measured = measured
        self.role = role
        self.name = name
        self.accuracy = accuracy
        self.loss = loss
        self.parameters = parameters
        self.note = note
        self.classes = classes
    }
}

/// What a fusion gave.
public struct FusionResult: Equatable, Sendable {
    public var rows: [ResultRow]
    public var recipe: Recipe
    public var fuseSeconds: Double
    public var notes: [String]
    /// What the automatic choice tried, in order.
    public var trials: [AutomaticTrial]

    public init(rows: [ResultRow], recipe: Recipe, fuseSeconds: Double, notes: [String] = [], trials: [AutomaticTrial] = []) {
        self.rows = rows
        self.recipe = recipe
        self.fuseSeconds = fuseSeconds
        self.notes = notes
        self.trials = trials
    }

    /// As many rows as there are lines for: the fused network always, then its parents, their ensemble, the plain average.
    func rows(fitting room: Int) -> [ResultRow] {
        var left = rows
        func drop(_ isDispensable: (ResultRow) -> Bool) {
            while left.count > room, let last = left.lastIndex(where: isDispensable) { left.remove(at: last) }
        }
        drop { $0.role == .rival }
        drop { $0.role == .average }
        drop { $0.role == .ensemble }
        drop { $0.role == .parent }
        return left
    }
}
