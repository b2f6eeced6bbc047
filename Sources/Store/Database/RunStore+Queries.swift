import Foundation
import GRDB
import Provenance

/// Which runs a list shows; nil shows all.
package struct RunFilter: Sendable {
    package var kind: Run.Kind?
    package var method: String?
    package var status: Run.Status?
    /// A run's name (what continues it), part of a parent's path, or the beginning of a checksum.
    package var parent: String?

    package init(kind: Run.Kind? = nil, method: String? = nil, status: Run.Status? = nil, parent: String? = nil) {
        self.kind = kind
        self.method = method
        self.status = status
        self.parent = parent
    }
}

/// By what a list is sorted. The best comes first; what has no such value, last.
package enum RunOrder: String, Sendable, CaseIterable {
    case newest, oldest, accuracy, loss, seconds, method
}

extension RunStore {
    /// The runs that pass a filter.
    ///
    /// - Parameter limit: at most so many; nil gives all.
    package func list(_ filter: RunFilter = RunFilter(), by order: RunOrder = .newest, limit: Int? = nil) throws(RunError) -> [RunSummary] {
        try listing(filter, by: order, limit: limit).runs
    }

    /// The runs that pass a filter, and those that cannot be read.
    package func listing(
        _ filter: RunFilter = RunFilter(), by order: RunOrder = .newest, limit: Int? = nil
    ) throws(RunError) -> (runs: [RunSummary], damaged: [DamagedRun]) {
        var damaged: [DamagedRun] = []
        var found = try read { database in
            let outcomes = EvaluationRole.outcomes.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            // A store of an earlier version that may only be read has no tasks.
            let hasTasks = try database.columns(in: "evaluation").contains { $0.name == "task" }
            let task = hasTasks ? "task" : "NULL", value = hasTasks ? "value" : "NULL"
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT run.*,
                        (SELECT accuracy FROM evaluation WHERE run = run.id AND role IN (\(outcomes)) LIMIT 1) AS outcome_accuracy,
                        (SELECT \(task) FROM evaluation WHERE run = run.id AND role IN (\(outcomes)) LIMIT 1) AS outcome_task,
                        (SELECT \(value) FROM evaluation WHERE run = run.id AND role IN (\(outcomes)) LIMIT 1) AS outcome_value,
                        (SELECT loss FROM evaluation WHERE run = run.id AND role IN (\(outcomes)) LIMIT 1) AS outcome_loss,
                        (SELECT parameters FROM evaluation WHERE run = run.id AND role IN (\(outcomes)) LIMIT 1) AS outcome_parameters
                    FROM run ORDER BY id DESC
                    """)
            var parents: [RunID: [(name: String, sha256: String)]] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT run, name, sha256 FROM source WHERE role = 'parent' ORDER BY rowid") {
                do {
                    let parent = (try row.decode(String.self, forColumn: "name"), try row.decode(String.self, forColumn: "sha256"))
                    parents[try row.decode(RunID.self, forColumn: "run"), default: []].append(parent)
                } catch { damaged.append(DamagedRun(row, column: "run", error)) }
            }
            return rows.compactMap { row -> RunSummary? in
                let run: Run, outcome: (accuracy: Double?, loss: Double?, parameters: Int?, task: String?, value: Double?)
                do {
                    run = try Self.settled(Run.read(row))
                    outcome = (
                        try row.decode(Double?.self, forColumn: "outcome_accuracy"),
                        try row.decode(Double?.self, forColumn: "outcome_loss"),
                        try row.decode(Int?.self, forColumn: "outcome_parameters"),
                        try row.decode(String?.self, forColumn: "outcome_task"),
                        try row.decode(Double?.self, forColumn: "outcome_value")
                    )
                } catch {
                    damaged.append(DamagedRun(row, column: "id", error))
                    return nil
                }
                let sources = parents[run.id] ?? []
                if let kind = filter.kind, run.kind != kind { return nil }
                if let method = filter.method, run.method != method { return nil }
                if let status = filter.status, run.status != status { return nil }
                if let parent = filter.parent {
                    let isOf = run.parent.map { $0.description == parent } ?? false
                    guard isOf || sources.contains(where: { $0.name.contains(parent) || $0.sha256.hasPrefix(parent.lowercased()) }) else {
                        return nil
                    }
                }
                return RunSummary(
                    run: run, accuracy: outcome.accuracy, loss: outcome.loss, parameters: outcome.parameters, parents: sources.map(\.name),
                    task: outcome.task, value: outcome.value)
            }
        }
        let now = Date()
        switch order {
        case .newest: break
        case .oldest: found.reverse()
        case .accuracy: found = Self.sorted(found) { $0.accuracy.map { -$0 } }
        case .loss: found = Self.sorted(found, by: \.loss)
        case .seconds: found = Self.sorted(found) { $0.run.seconds(now: now) }
        case .method:
            found = found.enumerated().sorted { ($0.element.run.method, $0.offset) < ($1.element.run.method, $1.offset) }.map(\.element)
        }
        return (limit.map { Array(found.prefix($0)) } ?? found, damaged)
    }

    private static func sorted(_ list: [RunSummary], by value: (RunSummary) -> Double?) -> [RunSummary] {
        list.enumerated().map { ($0.element, value($0.element) ?? .infinity, $0.offset) }.sorted { ($0.1, $0.2) < ($1.1, $1.2) }.map(\.0)
    }

    /// A run by its name.
    package func run(_ id: RunID) throws(RunError) -> Run {
        let (run, known) = try read { database in
            (
                try Row.fetchOne(database, sql: "SELECT * FROM run WHERE id = ?", arguments: [id]).map { try Self.settled(Run.read($0)) },
                try RunID.fetchAll(database, sql: "SELECT id FROM run ORDER BY id DESC LIMIT 5")
            )
        }
        guard let run else { throw RunError.noRun(name: id.description, store: folder, newest: known.map(\.description)) }
        return run
    }

    /// A run by its name as typed: `r12`, `12`, or `last`.
    package func run(named text: String) throws(RunError) -> Run {
        if text == "last" {
            guard let newest = try list(limit: 1).first else { throw RunError.noRun(name: text, store: folder, newest: []) }
            return newest.run
        }
        guard let id = RunID(text) else {
            throw RunError.noRun(name: text, store: folder, newest: try list(limit: 5).map(\.run.id.description))
        }
        return try run(id)
    }

    /// Everything that is known of a run.
    package func account(_ id: RunID) throws(RunError) -> RunAccount {
        let run = try run(id)
        return try read { database in
            func parts<Part: RunPart>(_ type: Part.Type) throws -> [Part] {
                try Fetched<Part>.all(database, sql: "SELECT * FROM \(Part.table) WHERE run = ? ORDER BY rowid", arguments: [id])
            }
            var series: [MetricSeries] = []
            for row in try Row.fetchAll(database, sql: "SELECT id, name FROM series WHERE run = ? ORDER BY name", arguments: [id]) {
                let points = try Row.fetchAll(
                    database, sql: "SELECT step, value, time FROM point WHERE series = ? ORDER BY step",
                    arguments: [try row.decode(Int64.self, forColumn: "id")])
                series.append(
                    MetricSeries(name: try row.decode(String.self, forColumn: "name"), points: try points.map(MetricSeries.Point.init)))
            }
            let events = try parts(RunEvent.self)
            for event in events { try Run.check("time", event.time) }
            return RunAccount(
                run: run, sources: try parts(RunSource.self), evaluations: try parts(RunEvaluation.self),
                couplings: try parts(RunCoupling.self),
                timings: try parts(RunTiming.self), series: series, events: events, artifacts: try parts(RunArtifact.self))
        }
    }

    /// The runs that made a network, by the checksum of its parameters; newest first.
    package func runs(making network: String) throws(RunError) -> [RunID] {
        try read { try RunID.fetchAll($0, sql: "SELECT id FROM run WHERE network = ? ORDER BY id DESC", arguments: [network]) }
    }

    /// Deletes a run with its artifacts. Files outside the store stay. What is still running is not deleted.
    package func delete(_ id: RunID) throws(RunError) {
        let run = try run(id)
        guard run.status != .running else {
            throw RunError.unsuitable(reason: "\(id) is still running (process \(run.process) on \(run.host)): stop it first")
        }
        try write { try $0.execute(sql: "DELETE FROM run WHERE id = ?", arguments: [id]) }
        let folder = folder(of: id)
        guard FileManager.default.fileExists(atPath: folder) else { return }
        do { try FileManager.default.removeItem(atPath: folder) } catch {
            throw RunError.store(
                path: folder, reason: "the record is deleted, but its files could not be: \((error as NSError).localizedDescription)")
        }
    }

    /// Gives a run a title; nil takes it away.
    package func setTitle(_ title: String?, of id: RunID) throws(RunError) {
        _ = try run(id)
        try write { try $0.execute(sql: "UPDATE run SET title = ? WHERE id = ?", arguments: [title, id]) }
    }

    /// A run whose process is gone is lost, whatever its row says.
    static func settled(_ run: Run) -> Run {
        guard run.status == .running, run.processIsGone else { return run }
        var lost = run
        lost.status = .lost
        lost.reason = "its process ended without reporting"
        return lost
    }

    /// Writes down which runs are lost, for other programs that read the file.
    static func settle(_ database: Database) throws {
        // What cannot be read is no one's to settle.
        let running = try Row.fetchAll(database, sql: "SELECT * FROM run WHERE status = 'running'").compactMap { try? Run.read($0) }
        for run in running.map(settled) where run.status == .lost {
            try database.execute(
                sql: "UPDATE run SET status = 'lost', reason = ?, ended = updated WHERE id = ? AND status = 'running'",
                arguments: [run.reason, run.id])
        }
    }
}
