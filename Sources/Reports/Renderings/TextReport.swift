import Formatting
import Foundation

/// A report as lines for a terminal.
package enum TextReport {
    package static func lines(_ document: ReportDocument) -> [String] {
        var lines = [printable(document.title), printable(document.summary), ""]
        for section in document.sections {
            let body = section.blocks.flatMap(self.lines)
            if !body.isEmpty { lines += ["── \(section.title) ──", ""] + body }
        }
        return lines
    }

    private static func lines(_ block: ReportDocument.Block) -> [String] {
        switch block {
        case .paragraph(let text): [printable(text), ""]
        case .facts(let facts):
            facts.map { "\($0.name.padding(toLength: max(12, $0.name.count), withPad: " ", startingAt: 0))  \(printable($0.value))" } + [""]
        case .table(let table): self.lines(table) + [""]
        case .bars(let chart): self.lines(chart) + [""]
        case .lines(let chart): [printable(chart.title)] + chart.lines.map { "  \(printable($0.name)): \(sentence($0))" } + [""]
        // Pictures need more than text; their certificates stand in the table.
        case .plans: []
        case .code(let text): text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \(printable($0))" } + [""]
        case .notes(let notes): notes.map { "note: \(printable($0))" } + [""]
        }
    }

    private static func lines(_ table: ReportTable) -> [String] {
        var plain = PlainTable(table.columns.map { ($0.title, $0.isNumber ? .right : .left) })
        for row in table.rows { plain.add(row.map(printable)) }
        return plain.lines
    }

    static func lines(_ chart: BarChart, width: Int = 40) -> [String] {
        let longest = chart.bars.map(\.name.count).max() ?? 0
        return chart.bars.map { bar in
            let filled = bar.value.isFinite ? Int((min(max(bar.value, 0), 1) * Double(width)).rounded()) : 0
            let name = printable(bar.name)
            return name + String(repeating: " ", count: max(0, longest - name.count)) + "  " + String(repeating: "█", count: filled)
                + String(repeating: "·", count: width - filled) + "  " + Format.percent(bar.value)
        }
    }

    /// A curve in words, with a drawing of one line.
    static func sentence(_ line: CurveChart.Line) -> String {
        let finite = line.points.filter(\.value.isFinite)
        guard let first = finite.first, let last = finite.last, let least = finite.min(by: { $0.value < $1.value }),
            let most = finite.max(by: { $0.value < $1.value })
        else {
            return "\(line.points.count) values, none finite"
        }
        guard most.value > least.value || finite.count < line.points.count else {
            return "\(Format.significant(first.value)) (constant), \(finite.count) values"
        }
        let marks = Array("▁▂▃▄▅▆▇█"), range = Axis(spanning: least.value, to: most.value)
        let samples = (0..<min(32, finite.count)).map { finite[$0 * finite.count / min(32, finite.count)].value }
        let drawing = String(samples.map { marks[min(marks.count - 1, Int(range.place($0) * Double(marks.count)))] })
        let strange = line.points.count - finite.count
        return
            "\(Format.significant(first.value)) → \(Format.significant(last.value)) over \(line.points.count) values, min \(Format.significant(least.value)) at \(least.step), "
            + "max \(Format.significant(most.value)) at \(most.step)" + (strange > 0 ? ", \(strange) not finite" : "") + "  \(drawing)"
    }

    /// Without characters that steer a terminal: names come from files.
    static func printable(_ text: some StringProtocol) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    let steers =
                        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || (0x202a...0x202e).contains(scalar.value)
                        || (0x2066...0x2069).contains(scalar.value)
                    return steers ? "\u{fffd}" : scalar
                }))
    }
}
