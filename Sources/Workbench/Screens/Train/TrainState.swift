import Fusion
import Networks
import Screen
import Training

/// The Train screen: how to fine-tune, what runs, and what is drawn.
struct TrainState: Equatable, Sendable {
    var history = History(Settings(FineTuning.table))
    var form = KnobForm()
    var live: LiveRun?
    /// A run from the store that is shown instead: one of another terminal, or an earlier one.
    var shown: String?
    /// Which group of curves: loss, accuracy, …
    var metric = "loss"
    var isLogarithmic = true
    var smoothing = 0.6
    var showsRecent = false
    /// What is drawn while new data arrives; nil draws what there is now.
    var frozen: [String: CurveHistory]?
    /// The place of the cursor along the steps, 0…1; nil without one.
    var cursor: Double?

    var settings: Settings { history.current }

    static let smoothings = [0, 0.6, 0.9, 0.98]
}

/// Which knob is selected and what is being typed into it.
struct KnobForm: Equatable, Sendable {
    var selected = 0
    var editing: TextField?
    var problem: String?
}
