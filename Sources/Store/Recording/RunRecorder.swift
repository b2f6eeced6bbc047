import Archives
import Dispatch
import Foundation
import GRDB
import Provenance
import Synchronization

/// Records a run while it is executed.
///
/// Recording never fails and never waits for the disk: entries are gathered and written in the background about five
/// times a second, each time in one transaction, so that a process that is killed loses that last moment and no more. Where the store
/// cannot be written, the work continues; ``problem`` has the reason, and entries are kept in memory and retried.
package final class RunRecorder: Sendable {
    package let id: RunID
    package let store: RunStore
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "amalgam.recorder", qos: .utility)

    private struct State {
        var pending: [Entry] = []
        var isScheduled = false
        var hasEnded = false
        var problem: String?
        /// Entries discarded because the store could not be written for too long.
        var dropped = 0
        var seriesNumbers: [String: Int64] = [:]
        /// Of a training.
        var stepsPerEpoch = 0
    }

    private enum Entry: Sendable {
        case point(series: String, step: Int, value: Double, time: Double)
        case part(any RunPart)
        case column(name: String, value: DatabaseValue)
    }

    /// Seconds between two transactions.
    private static let interval = 0.2
    /// Entries kept while the store cannot be written: some 100 MB.
    private static let capacity = 1_000_000

    init(id: RunID, store: RunStore) {
        self.id = id
        self.store = store
    }

    // MARK: Entries

    /// A number at a step. Of two at the same step the later one counts, as after a training was resumed from an earlier step.
    package func metric(_ name: String, step: Int, value: Double) {
        enqueue(.point(series: name, step: step, value: value, time: Date().timeIntervalSince1970))
    }

    /// Something that happened. `kind` is one word.
    package func event(_ kind: String, _ text: String) { add(RunEvent(kind: kind, text: text)) }

    package func source(_ source: RunSource) { add(source) }
    package func evaluation(_ evaluation: RunEvaluation) { add(evaluation) }
    package func timing(_ name: String, seconds: Double) { add(RunTiming(name: name, seconds: seconds)) }
    package func coupling(_ coupling: RunCoupling) { add(coupling) }

    /// The checksum of the parameters that came out (``ParameterChecksum``).
    package func network(_ checksum: String) { enqueue(.column(name: "network", value: checksum.databaseValue)) }

    /// A file that the run wrote and that stays where it is.
    package func artifact(_ name: String, kind: String, at path: String) {
        addArtifact(name, kind: kind, file: Paths.absolute(path), recorded: Paths.absolute(path))
    }

    /// A file that is kept in the store. `write` is given the path, in a folder that is there; it should write the file whole or not at all.
    package func artifact(_ name: String, kind: String, writing write: (String) throws -> Void) {
        let folder = store.folder(of: id), path = (folder as NSString).appendingPathComponent(name)
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try write(path)
        } catch {
            return noticed("\(name) was not kept: \(RunError.store(error, path: path))")
        }
        addArtifact(name, kind: kind, file: path, recorded: "\(id)/\(name)")
    }

    private func addArtifact(_ name: String, kind: String, file: String, recorded: String) {
        do {
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), isFolder.boolValue {
                // A folder's network, of which weights and configuration count.
                let archive = try Archive.open(file)
                return add(
                    RunArtifact(name: name, kind: kind, path: recorded, bytes: archive.byteCount, sha256: try archive.digest.sha256()))
            }
            let bytes = (try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
            add(RunArtifact(name: name, kind: kind, path: recorded, bytes: bytes, sha256: try SHA256.ofFile(file)))
        } catch {
            noticed("\(name) was not recorded: \(RunError.store(error, path: file))")
        }
    }

    /// Steps count through all epochs of a training.
    package var stepsPerEpoch: Int {
        get { state.withLock(\.stepsPerEpoch) }
        set { state.withLock { $0.stepsPerEpoch = newValue } }
    }

    private func add(_ part: any RunPart) { enqueue(.part(part)) }

    private func enqueue(_ entry: Entry) {
        let schedules = state.withLock { state in
            guard state.pending.count < Self.capacity else {
                state.dropped += 1
                return false
            }
            state.pending.append(entry)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if schedules { queue.asyncAfter(deadline: .now() + Self.interval) { self.flush() } }
    }

    // MARK: The end

    package func finish() { end(.finished, reason: nil) }
    package func fail(_ reason: String) { end(.failed, reason: reason) }
    package func cancel() { end(.cancelled, reason: nil) }

    /// Ends the run by what stopped it.
    package func end(with error: any Error) {
        let error = RunError(wrapping: error)
        if error.isCancellation { cancel() } else { fail(error.description) }
    }

    /// Why something could not be written, in a sentence; nil where everything was.
    package var problem: String? {
        state.withLock { state in
            guard let problem = state.problem else { return nil }
            let lost = state.pending.count + state.dropped
            return state.hasEnded && lost > 0 ? "\(problem) (\(lost) entries of \(id) are not recorded)" : problem
        }
    }

    private func end(_ status: Run.Status, reason: String?) {
        let isFirst = state.withLock { state in
            defer { state.hasEnded = true }
            return !state.hasEnded
        }
        guard isFirst else { return }
        let dropped = state.withLock(\.dropped)
        if dropped > 0 {
            enqueue(.part(RunEvent(kind: "warning", text: "\(dropped) entries are missing: the store could not be written for a time")))
        }
        enqueue(.column(name: "status", value: status.rawValue.databaseValue))
        enqueue(.column(name: "reason", value: reason.databaseValue))
        enqueue(.column(name: "ended", value: Date().databaseValue))
        enqueue(.column(name: "peak_memory", value: Memory.peak.databaseValue))
        queue.sync { flush() }
        store.log.info("ended", metadata: ["run": "\(id)", "status": "\(status.rawValue)", "reason": "\(reason ?? "")"])
    }

    /// Writes all pending entries, and returns when they are handed to the disk.
    package func settle() { queue.sync { flush() } }

    private func noticed(_ problem: String) {
        state.withLock { $0.problem = problem }
        store.log.warning("not recorded", metadata: ["run": "\(id)", "reason": "\(problem)"])
    }

    // MARK: Writing

    private func flush() {
        let (entries, known) = state.withLock { state in
            defer { state.pending = [] }
            state.isScheduled = false
            return (state.pending, state.seriesNumbers)
        }
        guard !entries.isEmpty else { return }
        do {
            var numbers = known
            try store.write { database in
                for entry in entries { try write(entry, to: database, series: &numbers) }
                try database.execute(sql: "UPDATE run SET updated = ? WHERE id = ?", arguments: [Date(), id])
            }
            let found = numbers
            state.withLock { $0.seriesNumbers = found }
            store.log.debug("wrote", metadata: ["run": "\(id)", "entries": "\(entries.count)"])
        } catch {
            noticed("\(error)")
            let hasEnded = state.withLock { state in
                state.pending = entries + state.pending
                state.isScheduled = true
                return state.hasEnded
            }
            // Not a tight loop: a full disk stays full for a while.
            if !hasEnded { queue.asyncAfter(deadline: .now() + 10 * Self.interval) { self.flush() } }
        }
    }

    private func write(_ entry: Entry, to database: Database, series: inout [String: Int64]) throws {
        switch entry {
        case .point(let name, let step, let value, let time):
            if series[name] == nil {
                try database.execute(sql: "INSERT OR IGNORE INTO series (run, name) VALUES (?, ?)", arguments: [id, name])
                series[name] = try Int64.fetchOne(database, sql: "SELECT id FROM series WHERE run = ? AND name = ?", arguments: [id, name])
            }
            let statement = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO point (series, step, value, time) VALUES (?, ?, ?, ?)")
            try statement.execute(arguments: [series[name], step, value, time])
        case .part(let part):
            try insert(part, into: database)
        case .column(let name, let value):
            try database.execute(sql: "UPDATE run SET \(name) = ? WHERE id = ?", arguments: [value, id])
        }
    }

    private func insert<Part: RunPart>(_ part: Part, into database: Database) throws { try OwnedPart(run: id, part: part).insert(database) }
}
