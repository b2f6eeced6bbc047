/// When a job that makes no progress is worth a message.
enum StallDetector {
    static let limit = 10.0
    /// How long a cancelled job may take to stop until that is worth a message, seconds.
    static let patience = 2.0

    static func words(_ seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 1e9)))
        return whole < 120 ? "\(whole) s" : whole < 7200 ? "\(whole / 60) min" : "\(whole / 3600) h"
    }
}

extension Model {
    /// When the running job last made progress; nil without one, and while it is paused.
    private var lastReport: Double? {
        if tuning != nil, let live = train.live { return live.phase == .paused || !live.isActive ? nil : live.reported }
        return fusion?.reported
    }

    /// How long the running job has made no progress, where that is long.
    var stalledFor: Double? { lastReport.map { clock - $0 }.flatMap { $0 >= StallDetector.limit ? $0 : nil } }

    /// How long a running run of the store has not been updated, where that is long: its process hangs, was killed, or runs on another machine.
    func stalledFor(_ run: RunRow) -> Double? {
        guard run.status == "running" else { return nil }
        let silence = run.silence + max(0, clock - compare.readAt)
        return silence >= StallDetector.limit ? silence : nil
    }

    /// When the screen changes without an event, in seconds since the start; nil sleeps until one comes.
    var nextTick: Double? {
        var times: [Double] = []
        if let lastReport { times.append(stalledFor == nil ? lastReport + StallDetector.limit : clock + 1) }
        if let cancelled = busy?.cancelledAt, clock < cancelled + StallDetector.patience {
            times.append(cancelled + StallDetector.patience)
        }
        if screen == .compare || (screen == .train && train.shown != nil) {
            for run in compare.rows.value ?? [] where run.status == "running" {
                times.append(stalledFor(run) == nil ? compare.readAt + StallDetector.limit - run.silence : clock + 5)
            }
        }
        return times.min()
    }

    mutating func warnOfStall(now: Double) {
        guard let busy, let stalledFor, !busy.isWarned else { return }
        jobs.warned(busy.ticket)
        say(
            .warn,
            "\(busy.job.capitalizedTitle): no progress for \(StallDetector.words(stalledFor)). The machine may be overloaded; x stops the job",
            now: now)
    }
}
