import Fusion
import Networks
import Screen
import Training

/// How to fine-tune, the running fine-tuning, and what is drawn.
struct TrainState: Equatable, Sendable {
    var history = History(Settings(FineTuning.table))
    var form = FormState()
    var live: LiveRun?
    /// A run from the store that is shown instead: of another session, or an earlier one.
    var shown: String?
    /// Which group of curves: loss, accuracy, …
    var metric = "loss"
    var isLogarithmic = true
    var smoothing = 0.6
    var showsRecent = false
    /// Curves that stay while new data arrives; nil draws the latest.
    var frozen: [String: CurveHistory]?
    /// The place of the cursor along the steps, 0…1; nil without one.
    var cursor: Double?

    var settings: Settings { history.current }

    static let smoothings = [0, 0.6, 0.9, 0.98, 0.995]
}
