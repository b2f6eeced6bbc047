import Foundation
import GRDB
import Provenance

/// What belongs to a run and has a table of its own, a row for each.
protocol RunPart: Codable, Sendable {
    static var table: String { get }
}

extension RunSource: RunPart { static var table: String { "source" } }
extension RunEvaluation: RunPart { static var table: String { "evaluation" } }
extension RunCoupling: RunPart { static var table: String { "coupling" } }
extension RunTiming: RunPart { static var table: String { "timing" } }
extension RunEvent: RunPart { static var table: String { "event" } }
extension RunArtifact: RunPart { static var table: String { "artifact" } }

/// A value read from a row: its properties are the columns, written with underscores.
struct Fetched<Value: Decodable>: Decodable, FetchableRecord {
    static var databaseColumnDecodingStrategy: DatabaseColumnDecodingStrategy { .convertFromSnakeCase }
    let value: Value
    init(from decoder: any Decoder) throws { value = try Value(from: decoder) }

    static func all(_ database: Database, sql: String, arguments: StatementArguments = StatementArguments()) throws -> [Value] {
        // Rows that are copied first say which value is of the wrong kind; those of a running statement turn it into a zero.
        try Row.fetchAll(database, sql: sql, arguments: arguments).map { try Fetched(row: $0).value }
    }
}

/// A part with the run it belongs to, as a row.
struct OwnedPart<Part: RunPart>: EncodableRecord, PersistableRecord {
    static var databaseTableName: String { Part.table }
    /// An artifact that is written again takes the place of the one before.
    static var persistenceConflictPolicy: PersistenceConflictPolicy { .init(insert: .replace, update: .replace) }

    let run: RunID
    let part: Part

    func encode(to container: inout PersistenceContainer) throws {
        for (column, value) in try EncodedPart(part: part).databaseDictionary { container[column] = value }
        container["run"] = run
    }
}

private struct EncodedPart<Part: RunPart>: Encodable, EncodableRecord {
    static var databaseColumnEncodingStrategy: DatabaseColumnEncodingStrategy { .convertToSnakeCase }
    let part: Part
    func encode(to encoder: any Encoder) throws { try part.encode(to: encoder) }
}
