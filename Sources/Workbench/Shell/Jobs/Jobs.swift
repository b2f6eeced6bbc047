import Fusion
import Screen
import Training
import Transport

/// Work that runs elsewhere.
public enum Job: Equatable, Sendable {
    case samples
    case open([String])
    case measure(Recipe)
    case plan(Recipe, group: String)
    /// The spectral order of a group's coupling.
    case arrange(group: String, parent: Int, plan: ValueGrid)
    case neurons(NeuronRequest)
    case browse(String)
    case inspect(String)
    case fuse(Recipe)
    case tune(TuningRequest)
    case barrier(Recipe)
    /// The table of runs, one run, and what is done to them.
    case runs, account(String), delete(String), report([String], path: String, overwrites: Bool)

    /// Jobs of one lane run one after the other; a newer plan makes an older one pointless and replaces it.
    public enum Lane: Hashable, Sendable { case models, plan, arrange, neurons, files, fuse, runs, barrier }

    public var lane: Lane {
        switch self {
        case .samples, .open, .measure: .models
        case .plan: .plan
        case .arrange: .arrange
        case .neurons: .neurons
        case .browse, .inspect: .files
        case .fuse, .tune: .fuse
        case .barrier: .barrier
        case .runs, .account, .delete, .report: .runs
        }
    }

    var title: String {
        switch self {
        case .samples: "looking for samples"
        case .open: "opening"
        case .measure: "measuring parents"
        case .plan: "planning"
        case .arrange: "ordering"
        case .neurons: "looking at neurons"
        case .browse: "reading a folder"
        case .inspect: "inspecting"
        case .fuse: "fusing"
        case .tune: "fine-tuning"
        case .barrier: "measuring the barrier"
        case .runs, .account: "reading runs"
        case .delete: "deleting"
        case .report: "writing a report"
        }
    }

    /// Whether starting this makes a running job's answer worthless.
    func replaces(_ other: Job) -> Bool {
        switch (self, other) {
        case (.plan, .plan), (.open, .open), (.open, .measure), (.measure, .measure), (.arrange, .arrange), (.neurons, .neurons),
            (.browse, .browse),
            (.browse, .inspect), (.inspect, .inspect), (.runs, .runs), (.barrier, .barrier):
            true
        default: false
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
        /// Seconds since the start of the program.
        var began: Double = 0
        /// When it last said something.
        var heard: Double = 0
        /// When it was told to stop.
        var cancelledAt: Double?
        /// Whether its silence was told.
        var isWarned = false
    }

    var running: [Int: Running] = [:]
    private var next = 1

    mutating func start(_ job: Job, now: Double = 0) -> Effect {
        if job.lane != .fuse { running = running.filter { !($0.value.job.lane == job.lane && job.replaces($0.value.job)) } }
        let ticket = next
        next += 1
        running[ticket] = Running(ticket: ticket, job: job, words: job.title, began: now, heard: now)
        return .start(job, ticket: ticket)
    }
}

/// What `update` wants done outside the model.
public enum Effect: Equatable, Sendable {
    case start(Job, ticket: Int)
    case cancel(ticket: Int)
    case pause(ticket: Int), resume(ticket: Int)
    /// Ends a training and keeps what it has reached.
    case stop(ticket: Int)
    /// Lets a worker that does not stop go on alone: its lane is free, its answer is thrown away.
    case abandon(ticket: Int)
    /// Takes the mouse, or leaves it to the terminal.
    case mouse(Bool)
    case suspend
    case redraw
    /// Put on the terminal's clipboard.
    case copy(String)
    case write(OutputFile)
    /// Read themes and keys again.
    case reload
}

/// What a job says.
public enum JobEvent: Equatable, Sendable {
    case progress(Double, String)
    case samples([SampleSetSummary])
    case opened(OpenedParents)
    case measured([Double])
    case planned(GroupSnapshot)
    case arranged(PlanOrder)
    case neurons(NeuronSnapshot)
    case listed(FolderContents)
    case inspected(FilePreview)
    case fused(FusionResult)
    case tried(AutomaticTrial)
    case training(TrainingEvent)
    case tuned(TuningResult)
    case barrier(BarrierSnapshot)
    case runs([RunRow])
    case account(RunDetail)
    case deleted(String)
    case reported(String)
    /// The report was not written: the file is there already.
    case reportExists([String], path: String)
    case failed(String)
    case cancelled
}

/// Everything that changes the model.
public enum Event: Equatable, Sendable {
    case input(InputEvent)
    case job(ticket: Int, JobEvent)
    /// SIGTERM, SIGHUP or SIGINT from outside.
    case terminated(signal: Int32)
    /// A remark of the loop: a theme warning, a file that was written.
    case note(String, isWarning: Bool)
    /// A file that was to be written is there already.
    case exists(OutputFile)
    /// Time has passed without an event.
    case tick
    /// The store of runs has changed, by this program or another.
    case storeChanged
    /// Keys were read anew.
    case keys(Keymap)
}
