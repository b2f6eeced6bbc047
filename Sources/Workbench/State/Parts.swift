import Fusion
import Screen

/// How the coupling is looked at. It changes no result.
struct AlignState: Equatable, Sendable {
    var order: MapOrder = .matched
    var scale: MapScale = .linear
    var pooling: Pooling = .sum
    /// Which parent's coupling is shown.
    var parent = 0
    /// The cursor by position in the shown order.
    var row = 0
    var column = 0
    /// Where each zoom level began, outermost first, so that zooming out returns to the same view.
    var origins: [Position] = []
    /// The scale's last step, kept from layer to layer.
    var lockedLimit: Double?
    var selectedMatch = 0

    static let deepest = 12

    /// The part of the plan in view: each level halves it.
    func window(rows: Int, columns: Int) -> MatrixWindow {
        guard let origin = origins.last, rows > 0, columns > 0 else { return MatrixWindow(row: 0, column: 0, rows: rows, columns: columns) }
        let height = Self.extent(rows, level: origins.count), width = Self.extent(columns, level: origins.count)
        return MatrixWindow(row: min(origin.row, rows - height), column: min(origin.column, columns - width), rows: height, columns: width)
    }

    static func extent(_ count: Int, level: Int) -> Int { max(1, min(count, (count + (1 << level) - 1) >> level)) }
}

/// The recipe form and what came of it.
struct FuseState: Equatable, Sendable {
    var field = 0
    var editing: TextField?
    /// What is wrong with the text being edited.
    var problem: String?
    var result: FusionResult?
}

/// What lies above the screen.
enum Overlay: Equatable, Sendable {
    case help(filter: TextField, selected: Int)
    case palette(query: TextField, selected: Int)
    case log(offset: Int)
    case themes(selected: Int, original: String)
    case quit
}

/// Work that runs elsewhere.
public enum Job: Equatable, Sendable {
    case samples
    case open([String])
    case measure(Recipe)
    case plan(Recipe, group: String)
    case fuse(Recipe)

    /// Jobs of one lane run one after the other; a newer plan makes an older one pointless and replaces it.
    public enum Lane: Hashable, Sendable { case models, plan, fuse }

    public var lane: Lane {
        switch self {
        case .samples, .open, .measure: .models
        case .plan: .plan
        case .fuse: .fuse
        }
    }

    var title: String {
        switch self {
        case .samples: "looking for samples"
        case .open: "opening"
        case .measure: "measuring parents"
        case .plan: "planning"
        case .fuse: "fusing"
        }
    }
}

/// Jobs under way, by ticket. An answer whose ticket is not here comes from a job that was replaced or given up.
struct Jobs: Equatable, Sendable {
    struct Running: Equatable, Sendable {
        var ticket: Int
        var job: Job
        var fraction: Double = 0
        var words: String = ""
        var isCancelling = false
    }

    var running: [Int: Running] = [:]
    private var next = 1

    mutating func start(_ job: Job) -> Effect {
        if job.lane != .fuse { running = running.filter { !($0.value.job.lane == job.lane && job.replaces($0.value.job)) } }
        let ticket = next
        next += 1
        running[ticket] = Running(ticket: ticket, job: job, words: job.title)
        return .start(job, ticket: ticket)
    }
}

extension Job {
    /// Whether starting this makes a running job's answer worthless.
    func replaces(_ other: Job) -> Bool {
        switch (self, other) {
        case (.plan, .plan), (.open, .open), (.open, .measure), (.measure, .measure): true
        default: false
        }
    }
}

/// What `update` wants done outside the model.
public enum Effect: Equatable, Sendable {
    case start(Job, ticket: Int)
    case cancel(ticket: Int)
    case suspend
    case redraw
    /// Put on the terminal's clipboard.
    case copy(String)
    /// Write the screen as text into this file.
    case dump(String)
}

/// What a job says.
public enum JobEvent: Equatable, Sendable {
    case progress(Double, String)
    case samples([SampleSet])
    case opened(OpenedParents)
    case measured([Double])
    case planned(GroupPicture)
    case fused(FusionResult)
    case failed(String)
    case cancelled
}

/// Everything that changes the model.
public enum Event: Equatable, Sendable {
    case input(InputEvent)
    case job(ticket: Int, JobEvent)
    /// SIGTERM, SIGHUP or SIGINT from outside.
    case terminated(signal: Int32)
    /// A remark of the loop: a theme warning, a dump that was written.
    case note(String, isWarning: Bool)
}
