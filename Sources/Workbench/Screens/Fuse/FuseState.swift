import Fusion
import Screen

/// The recipe form and what came of it.
struct FuseState: Equatable, Sendable {
    var field = 0
    /// Changes are for the shown layer alone.
    var isForGroup = false
    var editing: TextField?
    /// What is wrong with the text being edited.
    var problem: String?
    var result: FusionResult?
    var barrier: BarrierSnapshot?
    /// What the automatic choice has tried, in order.
    var trials: [AutomaticTrial] = []
    /// The one under the cursor; nil follows the newest.
    var selectedTrial: Int?
    var trialLook: TrialLook = .table
    /// Seconds that a method took last on these parents, by its id.
    var took: [String: Double] = [:]
}

/// What is shown of the automatic choice's trials.
enum TrialLook: String, CaseIterable, Sendable {
    case table, size, time

    var next: TrialLook {
        let all = Self.allCases
        return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
    }
}
