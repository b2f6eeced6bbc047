import Fusion
import Screen

/// The whole state of the workbench: a value. `update` makes the next one, `view` shows it, nothing else knows it.
public struct Model: Equatable, Sendable {
    public var size: Size
    public var appearance: Appearance
    /// Themes by id, and the one in use; the loop loads what this names.
    public var themes: [String]
    public var theme: String
    public var screen: ScreenID = .models
    /// Which panel has the keyboard, for each screen that has been visited.
    var focus: [ScreenID: Panel] = [:]
    var overlay: Overlay?
    var status = Status(level: .info, text: "")
    var log: [LogEntry] = []

    var samples: Loadable<[SampleSetSummary]> = .waiting
    /// Parents named on the command line; they win over the samples.
    var named: [String] = []
    var selectedSet = 0
    var opened: Loadable<OpenedParents> = .nothing
    var history: History<Recipe>
    var selectedGroup = 0
    var plans: [String: PlannedGroup] = [:]
    /// Why the last attempt at a group gave nothing.
    var planProblems: [String: PlanProblem] = [:]
    var align = AlignState()
    var neurons = NeuronState()
    var fuse = FuseState()
    var train = TrainState()
    var compare = CompareState()
    /// The keys, with the user's own.
    var keys: Keymap = .standard
    /// Colours of maps in place of the theme's.
    public internal(set) var colourMap: ColourMap?
    /// The panel with the keyboard has the whole screen.
    var isMaximised = false
    /// The step of the first session's tour, nil when it is over.
    var tour: Int?
    /// The recipe of the last session, to be opened first.
    var restored: Recipe?
    /// Where the last session left the cursor, until it is there again.
    var returning: Session.Place?
    /// What the palette ran last, latest first.
    var recent: [String] = []
    var jobs = Jobs()
    /// What measuring the parents took.
    var measureSeconds = 0.0
    /// The time of the last event, seconds since the start.
    var clock = 0.0
    /// Whether the mouse is the program's.
    var isMouseOn = true
    /// Where a person has been.
    var jumps = JumpList()
    /// The time of the last Ctrl-c, seconds: twice within one second quits.
    var interruptedAt: Double?
    public internal(set) var exit: ExitCode?

    public init(
        size: Size, appearance: Appearance = Appearance(), themes: [String] = ["ember"], theme: String = "ember", recipe: Recipe = Recipe()
    ) {
        self.size = size
        self.appearance = appearance
        self.themes = themes
        self.theme = theme
        named = recipe.parents
        history = History(recipe)
    }

    var recipe: Recipe { history.current }

    var panel: Panel? {
        let panels = reachablePanels
        guard let first = panels.first else { return nil }
        guard let chosen = focus[screen], panels.contains(chosen) else { return first }
        return chosen
    }

    // MARK: What is selected

    var sampleSets: [SampleSetSummary] { samples.value ?? [] }
    var groups: [GroupSummary] { (opened.value?.groups ?? []).filter(\.isPlanned) }

    var group: GroupSummary? { groups.indices.contains(selectedGroup) ? groups[selectedGroup] : nil }

    /// The plan of the selected group, stale or not.
    var planned: PlannedGroup? { group.flatMap { plans[$0.name] } }

    /// Why the selected group has no plan under this recipe.
    var planProblem: String? { group.flatMap { planProblems[$0.name] }.flatMap { $0.recipe == recipe ? $0.reason : nil } }

    /// The coupling that the map shows.
    var coupling: CouplingSnapshot? {
        guard let couplings = planned?.picture.couplings, !couplings.isEmpty else { return nil }
        return couplings.first { $0.parent == align.parent } ?? couplings[0]
    }

    var canFuse: Bool {
        if case .ready(let opened) = opened { return opened.mismatch == nil && opened.parents.count >= 2 }
        return false
    }

    var isPlanning: Bool { jobs.running.values.contains { if case .plan = $0.job { true } else { false } } }
    var fusion: Jobs.Running? { jobs.running.values.first { if case .fuse = $0.job { true } else { false } } }
}

/// What comes from a worker: not asked for, asked for, there, or refused with a reason.
enum Loadable<Value: Equatable & Sendable>: Equatable, Sendable {
    case nothing, waiting
    case ready(Value)
    case failed(String)

    var value: Value? { if case .ready(let value) = self { value } else { nil } }
}

/// A group's plan with the one before it, so that a change can be seen as a change.
struct PlannedGroup: Equatable, Sendable {
    var picture: GroupSnapshot
    /// The recipe that gave it.
    var recipe: Recipe
    var previous: PlanNumbers?
    /// The plan before the last change of the recipe.
    var before: GroupSnapshot?
}

/// A plan that could not be made, and the recipe that asked for it.
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
    var kept: SelectionSummary?
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
public struct ExitCode: Hashable, Sendable {
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let done = ExitCode(rawValue: 0)
    public static let impossible = ExitCode(rawValue: 1)
    public static let usage = ExitCode(rawValue: 2)
    public static let interrupted = ExitCode(rawValue: 130)
}
