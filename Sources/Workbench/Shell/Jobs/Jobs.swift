/// Running jobs by ticket. An answer whose ticket is not here belongs to a job that was replaced or abandoned.
struct Jobs: Equatable, Sendable {
    struct Running: Equatable, Sendable {
        var ticket: Int
        var job: any Job
        var fraction = 0.0
        /// The current step.
        var step: String
        /// Seconds since the start of the program.
        var began: Double
        /// When it last reported.
        var reported: Double
        /// When it was cancelled.
        var cancelledAt: Double?
        /// Whether the stall was reported.
        var isWarned = false

        var isCancelling: Bool { cancelledAt != nil }
        var percent: Int { Int((fraction * 100).rounded(.down)) }

        /// A ticket stands for one job.
        static func == (a: Running, b: Running) -> Bool {
            (a.ticket, a.fraction, a.step, a.reported, a.cancelledAt) == (b.ticket, b.fraction, b.step, b.reported, b.cancelledAt)
                && a.isWarned == b.isWarned
        }
    }

    private(set) var running: [Int: Running] = [:]
    private var next = 1

    /// The running job of a kind.
    func first<Kind: Job>(_ kind: Kind.Type) -> Running? { running.values.first { $0.job is Kind } }
    func all<Kind: Job>(_ kind: Kind.Type) -> [Kind] { running.values.compactMap { $0.job as? Kind } }

    mutating func start(_ job: any Job, now: Double = 0) -> Effect {
        running = running.filter { !($0.value.job.lane == job.lane && job.replaces($0.value.job)) }
        let ticket = next
        next += 1
        let started = Running(ticket: ticket, job: job, step: type(of: job).title, began: now, reported: now)
        running[ticket] = started
        return .start(started)
    }

    mutating func end(_ ticket: Int) { running[ticket] = nil }
    mutating func cancel(_ ticket: Int, now: Double) { running[ticket]?.cancelledAt = now }
    mutating func warned(_ ticket: Int) { running[ticket]?.isWarned = true }

    /// The job has reported: where it stands, and its current step where that is another.
    mutating func report(_ ticket: Int, fraction: Double? = nil, step: String? = nil, now: Double) {
        guard var job = running[ticket] else { return }
        if let fraction { job.fraction = max(job.fraction, min(1, fraction.isFinite ? fraction : 0)) }
        if let step { job.step = step }
        job.reported = now
        job.isWarned = false
        running[ticket] = job
    }
}

/// What `update` wants done outside the model.
enum Effect: Equatable, Sendable {
    case start(Jobs.Running)
    case cancel(ticket: Int)
    case pause(ticket: Int), resume(ticket: Int)
    /// Ends a training and keeps its best weights.
    case stop(ticket: Int)
    /// Ends a training at its next step and leaves its checkpoint, from which it can be resumed.
    case leave(ticket: Int)
    /// Frees the lane of a worker that does not stop; its answer is ignored.
    case abandon(ticket: Int)
    /// Captures the mouse, or leaves it to the terminal.
    case mouse(Bool)
    /// A long job has ended: the terminal's title says what came of it, and its bell rings where `rings`.
    case announce(String, rings: Bool)
    case suspend
    case redraw
    /// Put on the terminal's clipboard.
    case copy(String)
    case write(OutputFile)
    /// Read themes and keys again.
    case reload
}
