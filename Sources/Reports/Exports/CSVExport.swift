import Foundation
import Provenance
import Store

/// Runs for spreadsheets and data frames (RFC 4180, lines end with CR LF).
///
/// A text that a spreadsheet would take for a formula gets an apostrophe before it, as spreadsheets themselves write it.
enum CSVExport {
    static let header = "run,series,step,value,time"

    static func text(_ accounts: [RunAccount]) -> String {
        var text = header + "\r\n"
        for account in accounts {
            let id = account.run.id.description
            for row in account.evaluations {
                let name = account.exportName(of: row)
                let ended = account.run.ended.map { number($0.timeIntervalSince1970) } ?? ""
                for (measure, value) in [(row.figure.name, row.measured), ("loss", row.loss), ("calibration error", row.calibrationError)] {
                    if let value { text += line([id, cell("\(measure)/\(name)"), "", number(value), ended]) }
                }
            }
            for series in account.series {
                for point in series.points {
                    text += line([id, cell(series.name), "\(point.step)", number(point.value), number(point.time)])
                }
            }
        }
        return text
    }

    private static func line(_ cells: [String]) -> String { cells.joined(separator: ",") + "\r\n" }

    private static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : value.isNaN ? "nan" : value > 0 ? "inf" : "-inf" }

    static func cell(_ text: String) -> String {
        // Unicode scalars, because CR LF is one character.
        let scalars = text.unicodeScalars
        let isFormula = scalars.first.map { "=+-@\t\r\n".unicodeScalars.contains($0) } ?? false
        let safe = (isFormula ? "'" : "") + text
        return scalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
            ? "\"" + safe.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : safe
    }
}
