import Formatting
import Foundation
import Provenance
import Store

/// Runs as a table for a terminal.
package struct RunList {
    private let summaries: [RunSummary]

    package init(_ summaries: [RunSummary]) { self.summaries = summaries }

    package var lines: [String] {
        let figures = FigureColumn(summaries.filter { $0.measured != nil }.map(\.figure))
        var table = PlainTable([
            ("run", .left), ("started", .left), ("kind", .left), ("method", .left), (figures.title, .right), ("loss", .right),
            ("time", .right), ("status", .left), ("parents", .left),
        ])
        for summary in summaries {
            let run = summary.run
            let status = run.status == .finished ? "✓" : run.status == .running ? "running" : "! \(run.status.rawValue)"
            var parents = summary.parents.map { ($0 as NSString).lastPathComponent }.joined(separator: " ")
            if let parent = run.parent { parents = "\(parent)" + (parents.isEmpty ? "" : " (\(parents))") }
            table.add([
                run.id.description, Format.time(run.started).replacingOccurrences(of: " UTC", with: ""),
                run.title.map { "\(run.kind.rawValue): \(TextReport.printable($0))" } ?? run.kind.rawValue,
                run.method, figures.cell(summary.figure, summary.measured), Format.decimal(summary.loss),
                Format.duration(run.seconds()), status,
                TextReport.printable(parents),
            ])
        }
        return table.lines
    }
}
