import Foundation
import Fusion
import Training

/// Networks side by side on the same data.
public struct EvaluationReport: Sendable, Codable {
    public enum Role: String, Sendable, Codable { case parent, network, ensemble, average }

    public struct Row: Sendable, Codable {
        public let name: String
        public let role: Role
        public let path: String?
        public let parameters: Int
        public let evaluation: Evaluation
        /// The share of samples of which it says the same as each parent; empty where no parents are named.
        public let agreement: [Double]
        /// What it took over from its parents.
        public let transfer: Transfer?
    }

    public let data: String
    public let samples: Int
    public let classNames: [String]?
    public let rows: [Row]
    /// What was assumed of the networks' graphs, in sentences.
    public let assumed: [String]
    public let notes: [String]

    /// The tables as lines of text.
    ///
    /// - Parameters:
    ///   - showsClasses: accuracy and transfer for each class as well.
    public func lines(showsClasses: Bool = false, showsConfusion: Bool = false) -> [String] {
        let letters = rows.filter { $0.role == .parent }.enumerated().map { index, _ in FusionError.letter(index) }
        var columns: [(title: String, alignment: PlainTable.Alignment)] = [("network", .left), ("accuracy", .right), ("loss", .right), ("calibration error", .right), ("parameters", .right)]
        columns += letters.map { ("agrees with \($0)", .right) }
        var table = PlainTable(columns)
        for (index, row) in rows.enumerated() {
            let name = row.role == .parent ? "parent \(letters[index]), \(row.name)" : row.name
            table.add([
                name, Self.percent(row.evaluation.accuracy), String(format: "%.4f", row.evaluation.loss), String(format: "%.4f", row.evaluation.calibrationError),
                FusionReport.grouped(row.parameters),
            ] + row.agreement.map(Self.percent))
        }
        var lines = assumed.map { "assumed: \($0)" } + (assumed.isEmpty ? [] : [""]) + table.lines + ["measured on \(data), \(samples) samples"] + notes.map { "note: \($0)" }
        for row in rows where row.evaluation.nonFinite > 0 { lines.append("note: \(row.name) gives NaN or infinity on \(row.evaluation.nonFinite) samples, which count as wrong") }
        for row in rows { if let transfer = row.transfer { lines += [""] + transferLines(transfer, of: row.name, letters: letters, showsClasses: showsClasses) } }
        if showsClasses {
            var classes = PlainTable([("accuracy by class", .left)] + (rows.first?.evaluation.classes.indices.map { (name(ofClass: $0), PlainTable.Alignment.right) } ?? []))
            for row in rows { classes.add([row.name] + row.evaluation.classes.map { $0.accuracy.map { String(format: "%.1f", 100 * $0) } ?? "–" }) }
            lines += [""] + classes.lines
        }
        if showsConfusion {
            for row in rows {
                var confusion = PlainTable([("\(row.name): true class, said as", .left)] + row.evaluation.classes.indices.map { (name(ofClass: $0), PlainTable.Alignment.right) })
                for (label, counts) in row.evaluation.confusion.enumerated() { confusion.add([name(ofClass: label)] + counts.map { $0 == 0 ? "·" : "\($0)" }) }
                lines += [""] + confusion.lines
            }
        }
        return lines
    }

    private func transferLines(_ transfer: Transfer, of name: String, letters: [String], showsClasses: Bool) -> [String] {
        var table = PlainTable([("\(name): class", .left), ("samples", .right), ("inherited", .right), ("lost", .right), ("gained", .right), ("missed", .right)] + letters.map { ("kept of \($0) alone", .right) })
        func cells(_ label: String, _ one: Transfer.Class) -> [String] {
            [label, "\(one.samples)", "\(one.inherited)", "\(one.lost)", "\(one.gained)", "\(one.missed)"] + zip(one.keptAlone, one.alone).map { "\($0) of \($1)" }
        }
        if showsClasses { for (label, one) in transfer.classes.enumerated() { table.add(cells(self.name(ofClass: label), one)) } }
        table.add(cells("all", transfer.total))
        return table.lines
    }

    private func name(ofClass label: Int) -> String { classNames.flatMap { $0.indices.contains(label) ? $0[label] : nil } ?? "\(label)" }
    private static func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
}
