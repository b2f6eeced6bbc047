/// What works and says nothing: after ten seconds that is worth a word.
enum StallDetector {
    static let limit = 10.0
    /// How long a job that was told to stop may take until that is worth a word, seconds.
    static let patience = 2.0

    static func words(_ seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 1e9)))
        return whole < 120 ? "\(whole) s" : whole < 7200 ? "\(whole / 60) min" : "\(whole / 3600) h"
    }
}

extension Model {
    /// Since when the running job has said nothing; nil without one, and while it rests because it was told to.
    private var lastHeard: Double? {
        if tuning != nil, let live = train.live {
            switch live.phase {
            case .running, .stopping, .cancelling: return live.heard
            case .paused, .ended, .failed: return nil
            }
        }
        return fusion?.heard
    }

    /// How long the running job has said nothing, where that is long.
    var jobSilence: Double? { lastHeard.map { clock - $0 }.flatMap { $0 >= StallDetector.limit ? $0 : nil } }

    /// How long a run of the store that is said to go on has written nothing, where that is long: its process hangs, was stopped, or lives on another machine.
    func silence(of run: RunRow) -> Double? {
        guard run.status == "running" else { return nil }
        let silence = run.silence + max(0, clock - compare.readAt)
        return silence >= StallDetector.limit ? silence : nil
    }

    /// When the screen changes though nothing happens, in seconds since the start; nil sleeps until something does.
    var nextTick: Double? {
        var times: [Double] = []
        if let lastHeard { times.append(jobSilence == nil ? lastHeard + StallDetector.limit : clock + 1) }
        if let asked = busy?.cancelledAt, clock < asked + StallDetector.patience { times.append(asked + StallDetector.patience) }
        if screen == .compare || (screen == .train && train.shown != nil) {
            for run in compare.rows.value ?? [] where run.status == "running" {
                times.append(silence(of: run) == nil ? compare.readAt + StallDetector.limit - run.silence : clock + 5)
            }
        }
        return times.min()
    }

    /// Time has passed.
    mutating func tick(now: Double) {
        guard let busy, let silence = jobSilence, !busy.isWarned else { return }
        jobs.running[busy.ticket]?.isWarned = true
        say(
            .warn,
            "\(busy.job.title.prefix(1).uppercased() + busy.job.title.dropFirst()): no step for \(StallDetector.words(silence)). The machine may be busy with other work; x stops it",
            now: now)
    }
}
