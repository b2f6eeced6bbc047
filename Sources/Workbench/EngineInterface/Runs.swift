import Fusion
import Training

/// A fusion to be fine-tuned, and how.
struct TuningRequest: Equatable, Sendable {
    /// Of the fusion whose network is trained.
    var recipe: Recipe
    var settings: Settings
}

/// What a fine-tuning gave.
struct TuningResult: Equatable, Sendable {
    /// The name of the run in the store, nil where it was not recorded.
    var run: String?
    var summary: TrainingSummary
    /// On the recipe's evaluation data; nil where there is none.
    var accuracy: Double?
    /// The same before the training.
    var before: Double?
    /// Values of another figure than accuracy, before and after: "MSE 0.2 → 0.1".
    var measured: String?
    /// Remarks on the result.
    var notes: [String] = []
}

/// A run in the table of runs.
struct RunRow: Equatable, Sendable, Identifiable {
    var id: String
    var kind: String
    var status: String
    var reason: String?
    var title: String?
    var method: String
    var accuracy: Double?
    /// The value of another figure than accuracy, with its name.
    var measured: String?
    var loss: Double?
    /// Parameters of the network that it made.
    var parameters: Int?
    var seconds: Double
    /// Seconds since its process last wrote to the store, when the table was read.
    var silence = 0.0
    /// Seconds since 1970.
    var started: Double
    var parents: [String]
    /// The run that it continues.
    var continues: String?
    /// As TOML.
    var recipe: String
    var command: String
    /// A fine-tuning whose checkpoint is still there.
    var isResumable = false
    /// The evaluation data, as shown.
    var data: String?
}

/// Everything that Compare shows of one run.
struct RunDetail: Equatable, Sendable {
    var id: String
    var rows: [ResultRow]
    /// By name; what stands before a slash groups them: `loss/training`.
    var curves: [String: CurveHistory]
    var notes: [String] = []
    /// Where its network is, nil where it keeps none.
    var network: String?
}

/// The straight segment between two parents, measured.
struct BarrierSnapshot: Equatable, Sendable {
    struct Curve: Equatable, Sendable {
        /// "plain", or what aligned it.
        var name: String
        /// From the first parent to the second.
        var losses: [Double]
        var accuracies: [Double]
        /// How far the loss rises above the straight line between its ends.
        var lossBarrier: Double
    }

    var recipe: Recipe
    var curves: [Curve]
    var notes: [String] = []
}
