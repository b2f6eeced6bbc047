import Foundation

/// A report in GitHub's Markdown.
enum MarkdownReport {
    static func text(_ document: ReportDocument) -> String {
        var lines = ["# \(escaped(document.title))", "", escaped(document.summary)]
        for section in document.sections {
            let body = section.blocks.flatMap(self.lines)
            if !body.isEmpty { lines += ["", "## \(escaped(section.title))", ""] + body }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ block: ReportDocument.Block) -> [String] {
        switch block {
        case .paragraph(let text): [escaped(text), ""]
        case .facts(let facts): facts.map { "* \(escaped($0.name)): \(escaped($0.value))" } + [""]
        case .table(let table): self.lines(table) + [""]
        case .bars(let chart): fenced(TextReport.lines(chart))
        case .lines(let chart):
            fenced(
                [TextReport.printable(chart.title)] + chart.lines.map { "  \(TextReport.printable($0.name)): \(TextReport.sentence($0))" })
        case .plans: []
        case .code(let text): fenced(text.split(separator: "\n", omittingEmptySubsequences: false).map { TextReport.printable($0) })
        case .notes(let notes): notes.map { "> \(escaped($0))" } + [""]
        }
    }

    private static func lines(_ table: ReportTable) -> [String] {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        let rule = line(table.columns.map { $0.isNumber ? "---:" : "---" })
        return [line(table.columns.map { escaped($0.title) }), rule]
            + table.rows.enumerated().map { index, row in
                line(row.map { table.strong.contains(index) && !$0.isEmpty ? "**\(escaped($0))**" : escaped($0) })
            }
    }

    /// In a fence that is longer than any in the text.
    private static func fenced(_ lines: [String]) -> [String] {
        var longest = 2, run = 0
        for character in lines.joined(separator: "\n") {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        return [fence] + lines + [fence, ""]
    }

    /// Nothing in a name is taken for markup.
    static func escaped(_ text: String) -> String {
        TextReport.printable(text).reduce(into: "") { escaped, character in
            switch character {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\\", "`", "*", "_", "|", "[", "]", "#", "!", "~": escaped += "\\\(character)"
            default: escaped.append(character)
            }
        }
    }
}
