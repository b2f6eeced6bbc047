import GRDB

/// The short name of a run: `r1`, `r2`, … in the order in which a store's runs began. A number is never given twice, also after a deletion.
package struct RunID: Sendable, Hashable, Comparable, CustomStringConvertible, LosslessStringConvertible {
    package let number: Int64

    package init(number: Int64) { self.number = number }

    /// Reads `r12` or `12`.
    package init?(_ text: String) {
        guard let number = Int64(text.hasPrefix("r") ? text.dropFirst() : text[...]), number > 0 else { return nil }
        self.number = number
    }

    /// What was made without a store has the number 0.
    package static let unrecorded = RunID(number: 0)
    package var isRecorded: Bool { number > 0 }

    package var description: String { "r\(number)" }

    package static func < (first: RunID, second: RunID) -> Bool { first.number < second.number }
}

extension RunID: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = RunID(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "“\(text)” is not the name of a run"))
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension RunID: DatabaseValueConvertible {
    package var databaseValue: DatabaseValue { number.databaseValue }
    package static func fromDatabaseValue(_ value: DatabaseValue) -> RunID? { Int64.fromDatabaseValue(value).map(RunID.init(number:)) }
}
