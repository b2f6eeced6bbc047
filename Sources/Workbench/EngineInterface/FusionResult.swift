import Fusion

/// A network among the results, or several that answer together.
struct ResultRow: Equatable, Sendable {
    enum Role: String, Sendable {
        case parent, ensemble, average, fused
        /// What else it is compared with: a vote, a weighted ensemble, the best parent.
        case rival

        /// What a recorded row counts as on screen: what was made, what it was made from, or what it is compared with.
        init(recorded role: String) {
            switch role {
            case "fused", "network": self = .fused
            case "parent": self = .parent
            case "ensemble": self = .ensemble
            case "average": self = .average
            default: self = .rival
            }
        }
    }
    var role: Role
    var name: String
    /// 0…1
    var accuracy: Double?
    var loss: Double?
    var parameters: Int
    /// Why there are no numbers, where there are none.
    var note: String?
    /// The value of another figure than accuracy, with its name: "MSE 0.0123".
    var measured: String?
    /// The accuracy on each class; nil where a class has no samples.
    var classes: [Double?] = []
}

/// What a fusion gave.
struct FusionResult: Equatable, Sendable {
    var rows: [ResultRow]
    var recipe: Recipe
    var fuseSeconds: Double
    var notes: [String] = []
    /// What the automatic choice tried, in order.
    var trials: [AutomaticTrial] = []

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
