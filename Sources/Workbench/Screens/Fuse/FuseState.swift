import Fusion

/// The recipe form and the results.
struct FuseState: Equatable, Sendable {
    var form = FormState()
    /// Changes are for the shown layer alone.
    var isForGroup = false
    var result: FusionResult?
    var barrier: BarrierSnapshot?
    /// A loaded network whose parents are being opened.
    var awaited: Awaited?
    /// The trials of the automatic choice, in order.
    var trials: [AutomaticTrial] = []
    /// The trial under the cursor; nil follows the newest.
    var selectedTrial: Int?
    var trialView: TrialView = .table
    /// Seconds that a method took last on these parents, by its id.
    var took: [String: Double] = [:]
    var forecast: KnownForecast?
    /// The first line in view of the notes.
    var firstNote = 0

    /// Results of other parents.
    mutating func forgetResults() {
        result = nil
        barrier = nil
        trials = []
        selectedTrial = nil
        took = [:]
        forecast = nil
        firstNote = 0
    }
}

/// The views of the automatic choice's trials.
enum TrialView: String, CaseIterable, Sendable { case table, size, time }
