import Fusion
import Screen

/// The whole state of the workbench: a value. `update` makes the next one, `view` draws it, nothing else knows it.
struct Model: Equatable, Sendable {
    // The terminal
    var size: Size
    var appearance: Appearance
    /// Themes by id, and the one in use; the loop loads what this names.
    var themes: [String]
    var theme: String
    /// Colours of maps in place of the theme's.
    var colourMap: ColourMap?
    var isMouseOn = true
    var keys: Keymap = .standard

    // What is shown
    var screen: ScreenID = .models
    /// The focused panel of each screen that has been visited.
    var focus: [ScreenID: Panel] = [:]
    var isMaximised = false
    var overlay: Overlay?
    var status = Status(level: .info, text: "")
    var log: [LogEntry] = []
    /// The step of the first session's tour, nil when it is over.
    var tour: Int?
    var jumps = JumpList()
    /// Values that were typed, by key: sliders stop at them.
    var anchors: [String: [HyperparameterValue]] = [:]
    /// Ids of the commands run from the palette, latest first.
    var recent: [String] = []

    // What all screens share
    var samples: Loadable<[SampleSetSummary]> = .waiting
    /// Parents passed on the command line or marked in the file browser; they win over the samples.
    var named: [String] = []
    /// The recipe of parents chosen by hand, to which one can return from a sample set.
    var own: Recipe?
    /// Parents that were opened by hand, latest first.
    var recentParents: [[String]] = []
    var opened: Loadable<OpenedParents> = .nothing
    var history: History<Recipe>
    var selectedGroup = 0
    /// Whether the layer to begin with is still sought: the first one that the method changes.
    var seeksPlan = false
    var layerOrder: LayerOrder = .network
    var plans: [String: PlannedGroup] = [:]
    /// Why the last attempt to plan a layer failed.
    var planProblems: [String: PlanProblem] = [:]
    var jobs = Jobs()
    /// The network that W saves and t fine-tunes.
    var current: CurrentNetwork?
    /// How long evaluating the parents took.
    var measureSeconds = 0.0

    // The screens
    var models = ModelsState()
    var align = AlignState()
    var neurons = NeuronsState()
    var fuse = FuseState()
    var train = TrainState()
    var compare = CompareState()

    // The session
    /// The recipe of the last session, opened first.
    var restored: Recipe?
    /// Where the last session left the cursor, until that layer is planned.
    var returning: Session.Place?
    /// The time of the last event, seconds since the start.
    var clock = 0.0
    /// The time of the last Ctrl-c, seconds: twice within one second quits.
    var interruptedAt: Double?
    /// Quits when the running job has ended.
    var quitsAfterJob = false
    var exit: ExitCode?

    init(
        size: Size, appearance: Appearance = Appearance(), themes: [String] = ["ember"], theme: String = "ember", recipe: Recipe = Recipe()
    ) {
        self.size = size
        self.appearance = appearance
        self.themes = themes
        self.theme = theme
        named = recipe.parents
        own = recipe.parents.isEmpty ? nil : recipe
        history = History(recipe)
    }

    var recipe: Recipe { history.current }
    var sampleSets: [SampleSetSummary] { samples.value ?? [] }
    var groups: [GroupSummary] { opened.value?.planned ?? [] }
    var group: GroupSummary? { groups.indices.contains(selectedGroup) ? groups[selectedGroup] : nil }
    /// The plan of the selected layer, outdated or not.
    /// Bytes of pairwise costs that are kept of the layers that are not shown: a deep network has hundreds of such matrices.
    var mostCosts = 256 << 20
    var planned: PlannedGroup? { group.flatMap { plans[$0.name] } }
    /// Why the selected layer has no plan under this recipe.
    var planProblem: String? { group.flatMap { planProblems[$0.name] }.flatMap { $0.recipe == recipe ? $0.reason : nil } }

    var canFuse: Bool { opened.value.map { $0.mismatch == nil && $0.parents.count >= 2 } ?? false }
    var isPlanning: Bool { jobs.first(PlanJob.self) != nil }
    var fusion: Jobs.Running? { jobs.first(FuseJob.self) }
    var tuning: Jobs.Running? { jobs.first(TuneJob.self) }
    /// The long job, which a key stops.
    var busy: Jobs.Running? { fusion ?? tuning }

    // MARK: Messages

    mutating func inform(_ text: String) { status = Status(level: .info, text: text) }
    mutating func warn(_ text: String) { status = Status(level: .warn, text: text) }
    mutating func refuse(_ text: String) { status = Status(level: .error, text: text) }
    mutating func confirm(_ text: String) { status = Status(level: .ok, text: text) }

    /// A message that the log keeps.
    mutating func say(_ level: LogEntry.Level, _ text: String, now: Double) {
        if level != .command { status = Status(level: level, text: text) }
        log.append(LogEntry(level: level, text: text, time: now))
        if log.count > 2000 { log.removeFirst(log.count - 2000) }
    }
}

/// What a worker delivers: not requested, requested, there, or failed with a reason.
enum Loadable<Value: Equatable & Sendable>: Equatable, Sendable {
    case nothing, waiting
    case ready(Value)
    case failed(String)

    var value: Value? { if case .ready(let value) = self { value } else { nil } }
}

/// A layer's plan with the previous one, so that a change is seen as a change.
struct PlannedGroup: Equatable, Sendable {
    var snapshot: GroupSnapshot
    /// The recipe that gave it.
    var recipe: Recipe
    var previous: PlanNumbers?
    /// The plan before the last change of the recipe.
    var before: GroupSnapshot?
}

/// A plan that failed, and its recipe.
struct PlanProblem: Equatable, Sendable {
    var recipe: Recipe
    var reason: String
}

/// The numbers of a plan that are compared before and after.
struct PlanNumbers: Equatable, Sendable {
    var effectiveMatches: Double
    var transportCost: Double?
    var clearShare: Double
    var certificate: String
    var selection: SelectionSummary?
}

/// One sentence at the foot of the screen: the same that a screen reader says.
struct Status: Equatable, Sendable {
    var level: LogEntry.Level
    var text: String
}

struct LogEntry: Equatable, Sendable {
    enum Level: String, Sendable { case info, ok, warn, error, command }
    var level: Level
    var text: String
    /// Seconds since the start.
    var time: Double
}

/// How the program ends: 0 done, 1 it could not be done, 2 wrong usage, 70 a defect, 130 interrupted, 128 + a signal's number.
package struct ExitCode: Hashable, Sendable {
    package var rawValue: Int32
    package static let done = ExitCode(rawValue: 0)
    static let interrupted = ExitCode(rawValue: 130)
}
