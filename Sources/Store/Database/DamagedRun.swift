import Foundation
import GRDB
import Provenance

/// A run that the store holds and that cannot be read: SQLite takes a value of any kind in any column, and other programs write to it.
package struct DamagedRun: Sendable, Codable, Equatable {
    /// Its name, or what stands in place of one.
    package let name: String
    package let reason: String

    package var sentence: String {
        "\(name) is damaged: \(reason). The other runs are not:  amalgam runs repair  saves them into a new store and keeps this one"
    }

    init(_ row: Row, column: String, _ error: any Error) {
        let value: DatabaseValue? = row[column]
        name = value.flatMap(RunID.fromDatabaseValue).map(\.description) ?? "a run without a number"
        reason = Self.reason(error)
    }

    /// What could not be read, without the rest of the row.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as RowDecodingError:
            let text = "\(error)"
            return String(text[..<(text.firstRange(of: ", row:")?.lowerBound ?? text.endIndex)].prefix(300))
        case DecodingError.dataCorrupted(let context), DecodingError.keyNotFound(_, let context),
            DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            let place = context.codingPath.map(\.stringValue).filter { $0 != "value" }.joined(separator: ".")
            return String(((place.isEmpty ? "" : "\(place): ") + context.debugDescription).prefix(300))
        default: return String("\(error)".prefix(300))
        }
    }
}

extension Run {
    /// A row of the table of runs. Numbers and times that no run can have are refused here, so that nothing that shows them has to expect them.
    static func read(_ row: Row) throws -> Run {
        let run = try Fetched<Run>(row: row).value
        for (name, time) in [("started", run.started), ("ended", run.ended ?? run.started), ("updated", run.updated)] {
            try check(name, time)
        }
        guard run.process >= 0, run.threads >= 0 else {
            throw Impossible(column: run.process < 0 ? "process" : "threads", value: "\(min(run.process, run.threads))")
        }
        guard run.peakMemory ?? 0 >= 0 else { throw Impossible(column: "peak_memory", value: "\(run.peakMemory ?? 0)") }
        return run
    }

    /// From 1970 to 9999, the times that ISO 8601 writes.
    static func check(_ column: String, _ time: Date) throws {
        guard (0..<253_402_300_800).contains(time.timeIntervalSince1970) else {
            throw Impossible(column: column, value: "\(time.timeIntervalSince1970)")
        }
    }

    private struct Impossible: Error, CustomStringConvertible {
        let column: String
        let value: String
        var description: String { "column \(column) holds \(value)" }
    }
}

extension MetricSeries.Point {
    /// A row of the table of points; SQLite keeps NaN as nothing.
    init(_ row: Row) throws {
        self.init(
            step: try row.decode(Int.self, forColumn: "step"), value: try row.decode(Double?.self, forColumn: "value") ?? .nan,
            time: try row.decode(Double.self, forColumn: "time"))
    }
}

/// Whether a row of any table can be read. It must be a copy: rows of a running statement turn values of the wrong kind into zeros.
enum StoredRow {
    static func check(_ row: Row, of table: String) throws {
        if table != "run", table != "point" { _ = try row.decode(RunID.self, forColumn: "run") }
        switch table {
        case "run": _ = try Run.read(row)
        case RunSource.table: _ = try Fetched<RunSource>(row: row)
        case RunEvaluation.table: _ = try Fetched<RunEvaluation>(row: row)
        case RunCoupling.table: _ = try Fetched<RunCoupling>(row: row)
        case RunTiming.table: _ = try Fetched<RunTiming>(row: row)
        case RunEvent.table: try Run.check("time", Fetched<RunEvent>(row: row).value.time)
        case RunArtifact.table: _ = try Fetched<RunArtifact>(row: row)
        case "series": _ = (try row.decode(Int64.self, forColumn: "id"), try row.decode(String.self, forColumn: "name"))
        case "point":
            _ = try row.decode(Int64.self, forColumn: "series")
            _ = try MetricSeries.Point(row)
        default: break
        }
    }
}
