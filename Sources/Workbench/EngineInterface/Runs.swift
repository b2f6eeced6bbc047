import Fusion
import Training

/// A fusion to be fine-tuned, and how.
public struct TuningRequest: Equatable, Sendable {
    /// Of the fusion whose network is trained.
    public var recipe: Recipe
    public var settings: Settings

    public init(recipe: Recipe, settings: Settings) {
        self.recipe = recipe
        self.settings = settings
    }
}

/// What a fine-tuning gave.
public struct TuningResult: Equatable, Sendable {
    /// The name of the run in the store, nil where it was not recorded.
    public var run: String?
    public var summary: TrainingSummary
    /// On the recipe's evaluation data; nil where there is none.
    public var accuracy: Double?
    /// The same before the training.
    public var before: Double?
    /// What a person should know.
    public var notes: [String]

    /// Values of another figure than accuracy, before and after: "MSE 0.2 → 0.1".
    public var measured: String?

    public init(run: String?, summary: TrainingSummary, accuracy: Double?, before: Double?, measured: String? = nil, notes: [String] = []) {
        self.measured = measured
        self.run = run
        self.summary = summary
        self.accuracy = accuracy
        self.before = before
        self.notes = notes
    }
}

/// A run in the table of runs.
public struct RunRow: Equatable, Sendable, Identifiable {
    public var id: String
    public var kind: String
    public var status: String
    public var reason: String?
    public var title: String?
    public var method: String
    public var accuracy: Double?
    public var loss: Double?
    /// Numbers in the network that it made.
    public var parameters: Int?
    public var seconds: Double
    /// Seconds since its process last wrote to the store, when the table was read.
    public var silence: Double
    /// Seconds since 1970.
    public var started: Double
    public var parents: [String]
    /// The run that it continues.
    public var continues: String?
    /// As TOML.
    public var recipe: String
    public var command: String

    /// The value of another figure than accuracy, with its name.
    public var measured: String?

    public init(
        id: String, kind: String, status: String, reason: String? = nil, title: String? = nil, method: String, accuracy: Double?,
        measured: String? = nil, loss: Double?, parameters: Int? = nil, seconds: Double,
        silence: Double = 0, started: Double, parents: [String], continues: String? = nil, recipe: String, command: String
    ) {
        self.measured = measured
        self.id = id
        self.kind = kind
        self.status = status
        self.reason = reason
        self.title = title
        self.method = method
        self.accuracy = accuracy
        self.loss = loss
        self.parameters = parameters
        self.seconds = seconds
        self.silence = silence
        self.started = started
        self.parents = parents
        self.continues = continues
        self.recipe = recipe
        self.command = command
    }
}

/// Everything that Compare shows of one run.
public struct RunDetail: Equatable, Sendable {
    public var id: String
    public var rows: [ResultRow]
    /// By name; what stands before a slash groups them: `loss/training`.
    public var curves: [String: CurveHistory]
    public var notes: [String]

    public init(id: String, rows: [ResultRow], curves: [String: CurveHistory], notes: [String] = []) {
        self.id = id
        self.rows = rows
        self.curves = curves
        self.notes = notes
    }
}

/// The straight segment between two parents, measured.
public struct BarrierSnapshot: Equatable, Sendable {
    public struct Curve: Equatable, Sendable {
        /// "plain", or what aligned it.
        public var name: String
        /// From the first parent to the second.
        public var losses: [Double]
        public var accuracies: [Double]
        /// How far the loss rises above the straight line between its ends.
        public var lossBarrier: Double

        public init(name: String, losses: [Double], accuracies: [Double], lossBarrier: Double) {
            self.name = name
            self.losses = losses
            self.accuracies = accuracies
            self.lossBarrier = lossBarrier
        }
    }

    public var recipe: Recipe
    public var curves: [Curve]
    public var notes: [String]

    public init(recipe: Recipe, curves: [Curve], notes: [String] = []) {
        self.recipe = recipe
        self.curves = curves
        self.notes = notes
    }
}
