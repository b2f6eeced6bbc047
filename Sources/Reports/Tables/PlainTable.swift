/// A table for a terminal or a file: columns as wide as their widest cell, numbers to the right.
package struct PlainTable {
    package enum Alignment: Sendable { case left, right }

    private let titles: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    package init(_ columns: [(title: String, alignment: Alignment)]) {
        titles = columns.map(\.title)
        alignments = columns.map(\.alignment)
    }

    package mutating func add(_ cells: [String]) { rows.append(cells) }

    package var lines: [String] {
        let widths = titles.indices.map { column in ([titles] + rows).map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            var text = ""
            for (column, width) in widths.enumerated() {
                let cell = cells.indices.contains(column) ? cells[column] : ""
                let padding = String(repeating: " ", count: width - cell.count)
                text += (column > 0 ? "  " : "") + (alignments[column] == .right ? padding + cell : cell + padding)
            }
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        }
        return [line(titles), widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")] + rows.map(line)
    }
}
