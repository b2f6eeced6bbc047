import Provenance

/// Reads the table of runs.
struct RunsJob: Job {
    static let lane = JobLane.runs
    static let title = "reading runs"
    static let replaced: [any Job.Type] = [RunsJob.self]

    func run(on engine: any Engine, _ control: JobControl) throws -> [RunRow] { try engine.runs(control: control) }

    func receive(_ rows: [RunRow], _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.compare.readAt = now
        return model.receiveRuns(rows)
    }

    func receiveFailure(_ reason: String, _ model: inout Model, now: Double) -> [Effect] {
        model.compare.rows = .failed(reason)
        return []
    }
}

/// Reads everything about one run.
struct RunDetailJob: Job {
    static let lane = JobLane.runs
    static let title = "reading runs"

    var run: String

    func run(on engine: any Engine, _ control: JobControl) throws -> RunDetail { try engine.detail(of: run, control: control) }

    func receive(_ detail: RunDetail, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.compare.details[detail.id] = detail
        return []
    }
}

struct DeleteRunJob: Job {
    static let lane = JobLane.runs
    static let title = "deleting a run"

    var run: String

    func run(on engine: any Engine, _ control: JobControl) throws { try engine.delete(run: run) }

    func receive(_ answer: Void, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.compare.details[run] = nil
        model.compare.marked.removeAll { $0 == run }
        if model.train.shown == run { model.train.shown = nil }
        model.say(.ok, "Deleted \(run)", now: now)
        return model.loadRuns()
    }
}

/// Gives a run a title.
struct TagRunJob: Job {
    static let lane = JobLane.runs
    static let title = "tagging a run"

    var run: String
    var tag: String?

    func run(on engine: any Engine, _ control: JobControl) throws { try engine.tag(run: run, tag) }

    func receive(_ answer: Void, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.say(.ok, tag.map { "\(run) is called “\($0)”" } ?? "\(run) has no title now", now: now)
        return model.loadRuns()
    }
}

/// Writes a report of one run, or a comparison of several.
struct ReportJob: Job {
    static let lane = JobLane.runs
    static let title = "writing a report"

    var runs: [String]
    var path: String
    var overwrites = false

    /// Whether it was written: false where the file exists and may not be overwritten.
    func run(on engine: any Engine, _ control: JobControl) throws -> Bool {
        if !overwrites, Outputs.isTaken(path) { return false }
        try engine.report(on: runs, to: path)
        return true
    }

    func receive(_ isWritten: Bool, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        if isWritten {
            model.say(.ok, "Wrote \(path)", now: now)
        } else {
            model.overlay = .confirm(.overwriteReport(runs, path: path))
        }
        return []
    }
}
