import Networks

/// Two networks side by side, as `inspect` prints them.
package struct ComparisonReport: Sendable, Codable {
    package struct Row: Sendable, Codable {
        package let first: String?
        package let second: String?
        package let difference: String
    }

    package struct Verdict: Sendable, Codable {
        package let approach: String
        package let isPossible: Bool
        package let reason: String
    }

    package let rows: [Row]
    package let remarks: [String]
    package let verdicts: [Verdict]

    package init(_ comparison: Comparison) {
        rows = comparison.rows.map { row in
            Row(
                first: row.expected.map { "\($0.id): \($0.description)" }, second: row.found.map { "\($0.id): \($0.description)" },
                difference: row.reason)
        }
        remarks = comparison.remarks
        verdicts = comparison.verdicts.map { Verdict(approach: $0.approach.rawValue, isPossible: $0.isPossible, reason: $0.reason) }
    }

    package var lines: [String] {
        var lines: [String] = []
        if rows.allSatisfy({ $0.difference.isEmpty }) && remarks.isEmpty {
            lines.append("the two networks have identical architectures")
        } else {
            var table = PlainTable([("", .left), ("first", .left), ("second", .left), ("difference", .left)])
            var isFirst = true
            for row in rows {
                let marks = row.difference.isEmpty ? " " : isFirst ? "▸" : "!"
                if !row.difference.isEmpty { isFirst = false }
                table.add([marks, row.first ?? "–", row.second ?? "–", row.difference])
            }
            lines += table.lines + remarks.map { "! \($0)" }
        }
        var table = PlainTable([("method", .left), ("", .left), ("reason", .left)])
        for verdict in verdicts { table.add([verdict.approach, verdict.isPossible ? "yes" : "no", verdict.reason]) }
        return lines + [""] + table.lines
    }
}
