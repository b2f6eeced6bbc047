import Foundation
import GRDB
import Provenance

/// A damaged store put aside, and what could be saved of it. Nothing is deleted.
package struct StoreRepair: Sendable, Codable {
    package let store: String
    /// Where the damaged file is now; nil where the store was whole.
    package let movedTo: String?
    /// Rows saved, by table.
    package let saved: [String: Int]
    /// Tables of which the rest could not be read, and why.
    package let losses: [String: String]

    private static let tables = ["run", "source", "evaluation", "coupling", "timing", "series", "point", "event", "artifact"]

    /// Examines the store in a folder; where it is damaged, moves it aside and copies every row that can be read into a new one.
    package static func carryOut(folder: String = Home.runs) throws(RunError) -> StoreRepair {
        let path = RunStore.file(in: folder)
        guard FileManager.default.fileExists(atPath: path) else { throw RunError.store(path: path, reason: "there is none") }
        if try isWhole(path) { return StoreRepair(store: path, movedTo: nil, saved: [:], losses: [:]) }
        let stamp = Date().formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: false).timeSeparator(.omitted).dateSeparator(.omitted))
        let aside = "\(path).damaged-\(stamp)"
        do {
            let lock = try FolderLock(folder)
            defer { lock.release() }
            guard !FileManager.default.fileExists(atPath: aside) else {
                throw RunError.store(path: aside, reason: "a file of that name is in the way; try again in a second")
            }
            // The log of changes not yet checked in belongs to its file.
            for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
                try FileManager.default.moveItem(atPath: path + suffix, toPath: aside + suffix)
            }
        } catch { throw RunError.store(error, path: path) }
        return try saved(from: aside, into: RunStore(folder: folder))
    }

    private static func isWhole(_ path: String) throws(RunError) -> Bool {
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(20)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return try queue.read { database in
                guard try String.fetchAll(database, sql: "PRAGMA integrity_check") == ["ok"],
                    try Int.fetchOne(database, sql: "SELECT count(*) FROM run") != nil
                else { return false }
                return try tables.allSatisfy { table in
                    let rows = try Row.fetchCursor(database, sql: "SELECT * FROM \(table)")
                    while let row = try rows.next() {
                        do { try StoredRow.check(row.copy(), of: table) } catch { return false }
                    }
                    return true
                }
            }
        } catch let error as DatabaseError {
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR: return false
            default: throw RunError.store(error, path: path)
            }
        } catch { throw RunError.store(error, path: path) }
    }

    private static func saved(from aside: String, into store: RunStore) throws(RunError) -> StoreRepair {
        var saved: [String: Int] = [:], losses: [String: String] = [:]
        let damaged: DatabaseQueue
        do {
            damaged = try DatabaseQueue(path: aside)
            _ = try damaged.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") }
        } catch {
            return StoreRepair(store: store.file, movedTo: aside, saved: [:], losses: ["all tables": "\(error)"])
        }
        for table in tables {
            var count = 0, loss: (any Error)?, unread: (count: Int, reason: String) = (0, "")
            do {
                try store.write { target in
                    // A part whose run could not be read is kept out by its reference.
                    let known = Set(try target.columns(in: table).map(\.name))
                    do {
                        try damaged.read { source in
                            let rows = try Row.fetchCursor(source, sql: "SELECT * FROM \(table)")
                            while let row = try rows.next() {
                                // SQLite takes a value of any kind in any column; what cannot be read again is left in the file that is kept.
                                do { try StoredRow.check(row.copy(), of: table) } catch {
                                    unread = (unread.count + 1, DamagedRun.reason(error))
                                    continue
                                }
                                let columns = row.columnNames.filter(known.contains)
                                let places = columns.map { _ in "?" }.joined(separator: ", ")
                                do {
                                    try target.execute(
                                        sql: "INSERT OR IGNORE INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places))",
                                        arguments: StatementArguments(columns.map { row[$0] as DatabaseValue }))
                                    count += target.changesCount
                                } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                                    loss = error
                                }
                            }
                        }
                    } catch { loss = error }
                }
            } catch { loss = error }
            saved[table] = count
            if unread.count > 0 { losses[table] = "\(unread.count) rows hold values of the wrong kind (\(unread.reason))" }
            if let loss { losses[table] = (loss as? DatabaseError)?.message ?? "\(loss)" }
        }
        return StoreRepair(store: store.file, movedTo: aside, saved: saved, losses: losses)
    }

    package var lines: [String] {
        guard let movedTo else { return ["\(store) is intact; nothing was changed"] }
        var lines = [
            "the damaged store is now \(movedTo)",
            "recovered into \(store): \(saved["run"] ?? 0) runs, \(saved["point"] ?? 0) points, \(saved["event"] ?? 0) events",
        ]
        lines += losses.sorted { $0.key < $1.key }.map { "! lost part of \($0.key): \($0.value)" }
        return lines
    }
}
