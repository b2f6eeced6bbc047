import Foundation
import GRDB
import Logging
import Provenance

/// Every run, in a SQLite file with a folder of artifacts beside it. Several processes may use one store at once.
///
/// ```swift
/// let store = try RunStore()
/// let recorder = try store.begin(kind: .fuse, recipe: recipe, command: "amalgam fuse a.pt b.pt")
/// recorder.metric("loss/training", step: 1, value: 0.7)
/// recorder.finish()
/// ```
package final class RunStore: Sendable {
    package static let fileName = "runs.sqlite"

    /// Holds the database, the artifacts and the log.
    package let folder: String
    /// Nil where nothing may be written.
    private let writer: DatabasePool?
    private let reader: any DatabaseReader

    package var file: String { Self.file(in: folder) }
    var log: Logger { Log.of("store", in: folder) }
    package var isReadOnly: Bool { writer == nil }

    static func file(in folder: String) -> String { (folder as NSString).appendingPathComponent(fileName) }

    /// Opens a store, and makes it where there is none.
    ///
    /// - Parameters:
    ///   - folder: nil is ``Home/runs``.
    ///   - forReading: where the store may not be written, it is opened all the same.
    package convenience init(folder: String? = nil, forReading: Bool = false) throws(RunError) {
        try self.init(folder: folder ?? Home.runs, forReading: forReading, schema: nil, pages: nil)
    }

    /// - Parameters:
    ///   - schema: the last migration to apply; nil applies all.
    ///   - pages: the most pages that the file may take, as on a disk that is full.
    init(folder: String, forReading: Bool, schema: String?, pages: Int?) throws(RunError) {
        self.folder = folder
        let path = Self.file(in: folder)
        do {
            if forReading, !FileManager.default.fileExists(atPath: path) {
                // Who only looks makes no store.
                let empty = try DatabaseQueue()
                try RunSchema.migrator.migrate(empty)
                writer = nil
                reader = empty
                return
            }
            try Self.makeFolder(folder)
            // Two processes that open a new store at once must not both make its tables.
            // Who only looks need not wait long: the store is then opened for reading only.
            let lock = try FolderLock(folder, patience: forReading ? 2 : FolderLock.patience)
            defer { lock.release() }
            let pool = try DatabasePool(path: path, configuration: Self.configuration(pages: pages))
            let migrator = RunSchema.migrator
            guard try !pool.read({ try migrator.hasBeenSuperseded($0) }) else {
                throw RunError.store(
                    path: path, reason: "a newer version of Amalgam wrote it; use that version, or another store with AMALGAM_RUNS")
            }
            if let schema { try migrator.migrate(pool, upTo: schema) } else { try migrator.migrate(pool) }
            writer = pool
            reader = pool
        } catch {
            guard forReading, FileManager.default.fileExists(atPath: path), let readOnly = Self.readOnly(path) else {
                throw RunError.store(error, path: path)
            }
            Log.of("store", in: folder).notice("opened for reading only", metadata: ["reason": "\(error)"])
            writer = nil
            reader = readOnly
        }
    }

    private static func makeFolder(_ folder: String) throws {
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw RunError.store(
                path: folder,
                reason: "the folder of runs cannot be made: \((error as NSError).localizedDescription); set AMALGAM_RUNS to another folder")
        }
    }

    private static func configuration(pages: Int?) -> Configuration {
        var configuration = Configuration()
        configuration.label = "amalgam.runs"
        configuration.busyMode = .timeout(20)
        configuration.maximumReaderCount = 2
        configuration.prepareDatabase { database in
            // What is committed survives the end of the process; only a power cut may take the last transactions.
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
            if let pages { try database.execute(sql: "PRAGMA max_page_count = \(pages)") }
        }
        return configuration
    }

    /// A store that may be read but not written: on a medium that is read-only, or another person's.
    private static func readOnly(_ path: String) -> (any DatabaseReader)? {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        if let queue = try? DatabaseQueue(path: path, configuration: configuration), (try? queue.read(Self.count)) != nil { return queue }
        // Without its shared memory a file in WAL mode opens only by the promise that nobody writes, which holds where nothing is left to check in.
        let log = (try? FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int) ?? 0
        guard log == 0, let escaped = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed),
            let queue = try? DatabaseQueue(path: "file:\(escaped)?immutable=1", configuration: configuration),
            (try? queue.read(Self.count)) != nil
        else { return nil }
        return queue
    }

    private static func count(_ database: Database) throws -> Int { try Int.fetchOne(database, sql: "SELECT count(*) FROM run") ?? 0 }

    // MARK: Access

    func read<Value>(_ body: (Database) throws -> Value) throws(RunError) -> Value {
        do { return try reader.read(body) } catch { throw RunError.store(error, path: file) }
    }

    func write<Value>(_ body: (Database) throws -> Value) throws(RunError) -> Value {
        guard let writer else { throw RunError.store(path: file, reason: "it is read-only") }
        do { return try writer.write(body) } catch { throw RunError.store(error, path: file) }
    }

    /// Where an artifact is.
    package func path(of artifact: RunArtifact) -> String {
        artifact.path.hasPrefix("/") ? artifact.path : (folder as NSString).appendingPathComponent(artifact.path)
    }

    /// The folder of a run's artifacts.
    package func folder(of id: RunID) -> String { (folder as NSString).appendingPathComponent(id.description) }
}

extension RunError {
    /// An error of SQLite or of the system, as one of the store.
    package static func store(_ error: any Error, path: String) -> RunError {
        if let error = error as? RunError { return error }
        if error is RowDecodingError || error is DecodingError {
            return .store(
                path: path,
                reason:
                    "a run in it is damaged (\(DamagedRun.reason(error))):  amalgam runs repair  saves the others into a new store and keeps this one"
            )
        }
        guard let error = error as? DatabaseError else { return RunError(wrapping: error) }
        let said = error.message ?? "error \(error.extendedResultCode.rawValue)"
        let reason =
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB:
                "it is damaged (\(said)). Nothing was changed:  amalgam runs repair  moves it aside and recovers what can still be read"
            case .SQLITE_FULL: "the disk is full"
            case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: "it is not writable (\(said)); set AMALGAM_RUNS to another folder"
            case .SQLITE_CANTOPEN: "it cannot be opened (\(said)); set AMALGAM_RUNS to another folder"
            case .SQLITE_BUSY, .SQLITE_LOCKED: "another program kept it locked for too long (\(said))"
            case .SQLITE_IOERR: "reading or writing it failed (\(said)); check the disk"
            default: "SQLite refused: \(said)"
            }
        return .store(path: path, reason: reason)
    }
}

/// One process at a time in a folder.
struct FolderLock {
    private let descriptor: CInt

    /// Seconds that a process waits for another one, which may have been stopped while it held the folder.
    static let patience = 20.0

    init(_ folder: String, patience: Double = Self.patience) throws {
        let path = (folder as NSString).appendingPathComponent(".lock")
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw RunError.store(
                path: folder,
                reason: "the folder is not writable: \(String(cString: strerror(errno))); set AMALGAM_RUNS to another folder")
        }
        let end = ContinuousClock.now + .seconds(patience)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EINTR || errno == EWOULDBLOCK {
            guard ContinuousClock.now < end else {
                close(descriptor)
                throw RunError.store(
                    path: folder,
                    reason: "another program has kept it locked for \(Int(patience)) seconds; see whether one is stopped or hangs")
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        // Where it failed otherwise: some network file systems know no locks; SQLite's own still hold there or fail by themselves.
    }

    func release() { close(descriptor) }
}
