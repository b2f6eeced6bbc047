import Foundation
import Provenance

/// A report as one page that needs nothing else: no script, no font, no picture from elsewhere. It follows the reader's choice of
/// light or dark, and prints.
enum HTMLReport {
    static func page(_ document: ReportDocument) -> String {
        var html = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="generator" content="Amalgam \(Version.current)">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(escaped(document.title))</title>
            <style>
            \(HTMLStyle.sheet)
            </style>
            </head>
            <body>
            <header>
            <p class="brand">Amalgam</p>
            <h1>\(escaped(document.title))</h1>
            <p class="summary">\(escaped(document.summary))</p>

            """
        if !document.headline.isEmpty {
            html += "<dl class=\"headline\">\n"
            for fact in document.headline {
                html +=
                    "<div\(fact.isChief ? " class=\"chief\"" : "")><dt>\(escaped(fact.name))</dt><dd>\(escaped(fact.value))</dd></div>\n"
            }
            html += "</dl>\n"
        }
        html += "</header>\n<main>\n"
        for section in document.sections {
            html += "<section>\n<h2>\(escaped(section.title))</h2>\n" + section.blocks.map(self.html).joined() + "</section>\n"
        }
        return html + "</main>\n<footer>Written by Amalgam \(Version.current)</footer>\n</body>\n</html>\n"
    }

    private static func html(_ block: ReportDocument.Block) -> String {
        switch block {
        case .paragraph(let text): "<p>\(escaped(text))</p>\n"
        case .facts(let facts):
            "<dl class=\"facts\">\n" + facts.map { "<div><dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd></div>\n" }.joined()
                + "</dl>\n"
        case .table(let table): html(table)
        case .bars(let chart): BarDrawing.figure(chart)
        case .lines(let chart): LineDrawing.figure(chart)
        case .plans(let pictures, let explanation):
            "<p>\(escaped(explanation))</p>\n<div class=\"plans\">\n"
                + pictures.map { PlanDrawing.figure(title: $0.title, $0.coupling) }.joined() + "</div>\n"
        case .code(let text): "<pre><code>\(escaped(text))</code></pre>\n"
        case .notes(let notes): "<ul class=\"notes\">\n" + notes.map { "<li>\(escaped($0))</li>\n" }.joined() + "</ul>\n"
        }
    }

    private static func html(_ table: ReportTable) -> String {
        func isChecksum(_ cell: String) -> Bool { cell.count == 64 && cell.allSatisfy(\.isHexDigit) }
        // Long text may be broken anywhere, for it may be a path; a short one stays whole, and a narrow window scrolls.
        let kinds = table.columns.enumerated().map { index, column in
            if column.isNumber { return " class=\"number\"" }
            return table.rows.contains { $0.indices.contains(index) && $0[index].count > 24 && !isChecksum($0[index]) }
                ? " class=\"long\"" : ""
        }
        func cells(_ tag: String, _ row: [String]) -> String {
            row.enumerated().map { index, cell in
                let text = isChecksum(cell) ? "<code title=\"\(cell)\">\(cell.prefix(16))…</code>" : escaped(cell)
                return "<\(tag)\(kinds.indices.contains(index) ? kinds[index] : "")>\(text)</\(tag)>"
            }.joined()
        }
        let rows = table.rows.enumerated().map {
            "<tr\(table.strong.contains($0.offset) ? " class=\"strong\"" : "")>\(cells("td", $0.element))</tr>\n"
        }.joined()
        return
            "<div class=\"scroll\"><table>\n<thead><tr>\(cells("th", table.columns.map(\.title)))</tr></thead>\n<tbody>\n\(rows)</tbody>\n</table></div>\n"
    }

    /// Nothing in a name is taken for markup, also inside an attribute; what steers the direction of text is shown as a mark.
    static func escaped(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { TextReport.printable($0) }.joined(separator: "\n").reduce(
            into: ""
        ) { escaped, character in
            switch character {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
    }
}
