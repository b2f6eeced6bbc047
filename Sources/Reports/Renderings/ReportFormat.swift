import Foundation
import Provenance

/// What a report is written as; the suffix of a file chooses.
package enum ReportFormat: String, Sendable, CaseIterable {
    case text = "txt"
    case markdown = "md"
    case html
    case json

    package static let suffixes = allCases.map { ".\($0.rawValue)" }

    package init(file path: String) throws(RunError) {
        guard let format = Self.allCases.first(where: { path.lowercased().hasSuffix(".\($0.rawValue)") }) else {
            throw RunError.file(path: path, line: nil, reason: "the name should end in one of \(Self.suffixes.joined(separator: ", "))")
        }
        self = format
    }

    /// - Parameter json: the values that the document shows, as one object.
    package func text(_ document: ReportDocument, json: @autoclosure () throws -> String) throws -> String {
        switch self {
        case .text: TextReport.lines(document).joined(separator: "\n") + "\n"
        case .markdown: MarkdownReport.text(document)
        case .html: HTMLReport.page(document)
        case .json: try json() + "\n"
        }
    }

    /// Writes a report as the suffix of the file says, whole or not at all.
    package static func write(_ document: ReportDocument, to path: String, json: @autoclosure () throws -> String) throws {
        let format = try ReportFormat(file: path)
        try format.write(format.text(document, json: try json()), to: path)
    }

    /// Writes a report's text with the mark that distinguishes it from an edited file.
    package func write(_ text: String, to path: String) throws {
        let remark: WrittenMark.Remark? =
            switch self {
            case .text: WrittenMark.Remark.none
            case .markdown, .html: .angle
            case .json: nil
            }
        try TextFile.write(text, to: path, signed: remark)
    }
}

extension Output.Kind {
    /// As text by its mark; as JSON by the fields that only this program writes.
    package static let report = Output.Kind(suffixes: ReportFormat.suffixes) { path in
        path.lowercased().hasSuffix(".json") ? isReport(path) : isMarked(path)
    }

    /// A report, a record or a comparison of records: each says which version ran.
    private static func isReport(_ path: String) -> Bool {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)), let value = try? JSONSerialization.jsonObject(with: data) else {
            return false
        }
        func says(_ value: Any, _ depth: Int) -> Bool {
            guard let object = value as? [String: Any], depth > 0 else { return (value as? [Any])?.first.map { says($0, depth) } ?? false }
            return object["amalgam"] is String && object["recipe"] is String
                || ["run", "runs"].contains { key in object[key].map { says($0, depth - 1) } ?? false }
        }
        return says(value, 3)
    }
}
