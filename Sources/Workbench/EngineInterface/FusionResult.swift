import Formatting
import Fusion
import Store

/// A network among the results, or several that answer together.
struct ResultRow: Equatable, Sendable {
    var role: EvaluationRole
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
    /// How many samples of each class, by row, were taken for each class.
    var confusion: [[Int]] = []

    var value: String? { accuracy.map { Format.percent($0) } ?? measured ?? note }
}

/// A remark on a fusion.
struct FusionNote: Equatable, Sendable {
    var isWarning: Bool
    var text: String

    /// Warnings of the engine begin with the word; runs that could not be recorded are warned of, too.
    init(_ text: String) {
        let mark = "warning: "
        isWarning = text.hasPrefix(mark) || text.hasPrefix("This run is not recorded")
        self.text = text.hasPrefix(mark) ? String(text.dropFirst(mark.count)) : text
    }
}

/// What a fusion gave.
struct FusionResult: Equatable, Sendable {
    var rows: [ResultRow]
    var recipe: Recipe
    var fuseSeconds: Double
    var notes: [String] = []
    /// What the automatic choice tried, in order.
    var trials: [AutomaticTrial] = []
    /// Its run in the store, nil where it was not recorded.
    var run: String?
    /// The run that it was loaded from; nil for a fusion of this session.
    var loadedFrom: String?

    /// What was noticed, warnings first.
    var orderedNotes: [FusionNote] { notes.map(FusionNote.init).sorted { $0.isWarning && !$1.isWarning } }

    /// The control that was returned in the place of the fused network, as its row calls it; nil where there is none.
    var returned: String? { rows.first { $0.role == .fused && $0.name.hasPrefix("returned") }?.name }

}

extension [ResultRow] {
    /// As many rows as there are lines for: what was made always, then its parents, their ensemble, the plain average.
    func fitting(_ room: Int) -> [ResultRow] {
        let order: [EvaluationRole] = [.average, .ensemble, .parent]
        func rank(_ row: ResultRow) -> Int { row.role.isOutcome ? order.count : order.firstIndex(of: row.role) ?? -1 }
        let kept = indices.sorted { (rank(self[$0]), $1) > (rank(self[$1]), $0) }.prefix(Swift.max(1, room))
        return kept.sorted().map { self[$0] }
    }
}
