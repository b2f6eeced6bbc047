import Networks

/// Two networks side by side, as `inspect` prints them.
public struct ComparisonReport: Sendable, Codable {
    public struct Row: Sendable, Codable {
        public let first: String?
        public let second: String?
        public let difference: String
    }

    public struct Verdict: Sendable, Codable {
        public let approach: String
        public let isPossible: Bool
        public let reason: String
    }

    public let rows: [Row]
    public let remarks: [String]
    public let verdicts: [Verdict]

    public init(_ comparison: Comparison) {
        rows = comparison.rows.map { row in
            Row(
                first: row.expected.map { "\($0.id): \($0.description)" }, second: row.found.map { "\($0.id): \($0.description)" },
                difference: row.reason)
        }
        remarks = comparison.remarks
        verdicts = comparison.verdicts.map { Verdict(approach: $0.approach.rawValue, isPossible: $0.isPossible, reason: $0.reason) }
    }

    public var lines: [String] {
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
