import Foundation

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
            for (index, fact) in document.headline.enumerated() {
                html += "<div\(index == 0 ? " class=\"first\"" : "")><dt>\(escaped(fact.name))</dt><dd>\(escaped(fact.value))</dd></div>\n"
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
            "<dl class=\"facts\">\n" + facts.map { "<div><dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd></div>\n" }.joined() + "</dl>\n"
        case .table(let table): html(table)
        case .bars(let chart): BarDrawing.svg(chart)
        case .lines(let chart): LineDrawing.figure(chart)
        case .plans(let pictures, let explanation): "<p>\(escaped(explanation))</p>\n<div class=\"plans\">\n" + pictures.map(PlanDrawing.figure).joined() + "</div>\n"
        case .code(let text): "<pre><code>\(escaped(text))</code></pre>\n"
        case .notes(let notes): "<ul class=\"notes\">\n" + notes.map { "<li>\(escaped($0))</li>\n" }.joined() + "</ul>\n"
        }
    }

    private static func html(_ table: ReportTable) -> String {
        func cells(_ tag: String, _ row: [String]) -> String {
            row.enumerated().map { index, cell in
                let isNumber = table.columns.indices.contains(index) && table.columns[index].isNumber
                let isChecksum = cell.count == 64 && cell.allSatisfy(\.isHexDigit)
                let text = isChecksum ? "<code title=\"\(cell)\">\(cell.prefix(16))…</code>" : escaped(cell)
                return "<\(tag)\(isNumber ? " class=\"number\"" : "")>\(text)</\(tag)>"
            }.joined()
        }
        let rows = table.rows.enumerated().map { "<tr\(table.strong.contains($0.offset) ? " class=\"strong\"" : "")>\(cells("td", $0.element))</tr>\n" }.joined()
        return "<div class=\"scroll\"><table>\n<thead><tr>\(cells("th", table.columns.map(\.title)))</tr></thead>\n<tbody>\n\(rows)</tbody>\n</table></div>\n"
    }

    /// Nothing in a name is taken for markup, also inside an attribute; what steers the direction of text is shown as a mark.
    static func escaped(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { TextReport.printable($0) }.joined(separator: "\n").reduce(into: "") { escaped, character in
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
