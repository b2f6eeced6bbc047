import Foundation
import Fusion
import Networks
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
        public let transfer: SkillTransfer?
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
    ///   - showsClasses: accuracy and transfer for each class as well; of many classes, the worst.
    public func lines(showsClasses: Bool = false, showsConfusion: Bool = false) -> [String] {
        let letters = rows.filter { $0.role == .parent }.enumerated().map { index, _ in FusionError.letter(index) }
        let figures = FigureColumn(rows.map(\.evaluation.figure)), second = rows.lazy.compactMap(\.evaluation.task.second).first
        var columns: [(title: String, alignment: PlainTable.Alignment)] = [("network", .left), (figures.title, .right)]
        if let second { columns.append((second.name, .right)) }
        columns += [("loss", .right), ("calibration error", .right), ("parameters", .right)]
        let agreeing = rows.first?.agreement.count ?? 0
        columns += letters.prefix(agreeing).map { ("agrees with \($0)", .right) }
        var table = PlainTable(columns)
        for (index, row) in rows.enumerated() {
            let name = row.role == .parent ? "parent \(letters[index]), \(row.name)" : row.name
            let cells = [name, row.evaluation.valueText] + (second == nil ? [] : [row.evaluation.secondText ?? "–"])
            table.add(
                cells + [row.evaluation.lossText, row.evaluation.calibrationText, FusionReport.grouped(row.parameters)]
                    + row.agreement.map(Self.percent))
        }
        var lines =
            assumed.map { "assumed: \($0)" } + (assumed.isEmpty ? [] : [""]) + broken + table.lines + [
                "measured on \(data), \(samples) samples"
            ] + notes.filter { !$0.hasPrefix("! ") }.map { "note: \($0)" }
        for row in rows {
            if let transfer = row.transfer {
                lines += [""] + transferLines(transfer, of: row, letters: letters, showsClasses: showsClasses)
            }
        }
        if showsClasses { lines += classLines }
        if showsConfusion { for row in rows where !row.evaluation.confusion.isEmpty { lines += [""] + confusionLines(row) } }
        return lines
    }

    /// Networks that give no numbers, before any figure is told: a low accuracy would mislead.
    private var broken: [String] {
        let parameters = notes.filter { $0.hasPrefix("! ") }
        return parameters
            + rows.filter { $0.evaluation.nonFinite > 0 }.map { row in
                let found = row.evaluation.nonFinite, all = row.evaluation.samples
                return "! \(row.name) gives NaN or infinity on \(found == all ? "all" : "\(found)") of \(all) samples, which count as wrong"
            }
    }

    // MARK: Classes

    /// Classes up to which a table has them all.
    private static let mostClasses = 20
    private static let worst = 10

    /// The figure of every class; of many classes the worst ten, with names and counts.
    private var classLines: [String] {
        guard let first = rows.first?.evaluation, first.parts.count + first.classes.count > 0 else { return [] }
        let task = first.task,
            title =
                task == .multilabel
                ? "average precision by label"
                : task == .segmentation ? "IoU by class" : task == .regression ? "MSE by output" : "accuracy by class"
        func value(_ evaluation: Evaluation, _ label: Int) -> Double? {
            task.givesOneClass
                ? evaluation.classes[label].accuracy : evaluation.parts.indices.contains(label) ? evaluation.parts[label] : nil
        }
        let count = task.givesOneClass ? first.classes.count : first.parts.count
        guard count > Self.mostClasses else {
            var classes = PlainTable([(title, .left)] + (0..<count).map { (name(ofClass: $0), PlainTable.Alignment.right) })
            for row in rows {
                classes.add(
                    [row.name]
                        + (0..<count).map { label in
                            value(row.evaluation, label).map {
                                task.figure.isShare ? String(format: "%.1f", 100 * $0) : task.figure.text($0)
                            } ?? "–"
                        })
            }
            return [""] + classes.lines
        }
        var lines: [String] = []
        for row in rows {
            let shown = worst(of: row, value)
            var table = PlainTable([
                ("\(row.name): the worst \(shown.count) of \(count) classes", .left), ("number", .right), ("samples", .right),
                ("right", .right), (task.givesOneClass ? "accuracy" : title, .right),
            ])
            for label in shown {
                let own = row.evaluation.classes.indices.contains(label) ? row.evaluation.classes[label] : nil
                table.add([
                    name(ofClass: label), "\(label)", own.map { "\($0.samples)" } ?? "–", own.map { "\($0.correct)" } ?? "–",
                    task.figure.text(value(row.evaluation, label)),
                ])
            }
            lines += [""] + table.lines
        }
        let unseen = (0..<count).count { value(first, $0) == nil }
        return lines + (unseen > 0 ? ["\(unseen) of \(count) classes have no samples"] : []) + ["--json has all \(count) classes"]
    }

    /// The classes with the worst figures, those of more samples first among equals; classes without samples have none.
    private func worst(of row: Row, _ value: (Evaluation, Int) -> Double?) -> [Int] {
        let evaluation = row.evaluation, figure = evaluation.figure
        func samples(_ label: Int) -> Int { evaluation.classes.indices.contains(label) ? evaluation.classes[label].samples : 0 }
        let known = (0..<max(evaluation.classes.count, evaluation.parts.count)).compactMap { label in
            value(evaluation, label).map { (label, figure.worth($0)) }
        }
        return known.sorted { ($0.1, -samples($0.0), $0.0) < ($1.1, -samples($1.0), $1.0) }.prefix(Self.worst).map(\.0)
    }

    private func transferLines(_ transfer: SkillTransfer, of row: Row, letters: [String], showsClasses: Bool) -> [String] {
        var table = PlainTable(
            [
                ("\(row.name): class", .left), ("samples", .right), ("inherited", .right), ("lost", .right), ("gained", .right),
                ("missed", .right),
            ] + letters.map { ("kept of \($0) alone", .right) })
        func cells(_ label: String, _ one: SkillTransfer.Class) -> [String] {
            [label, "\(one.samples)", "\(one.inherited)", "\(one.lost)", "\(one.gained)", "\(one.missed)"]
                + zip(one.keptAlone, one.alone).map { "\($0) of \($1)" }
        }
        if showsClasses {
            let isMany = transfer.classes.count > Self.mostClasses
            let shown =
                isMany
                ? transfer.classes.indices.sorted { (transfer.classes[$1].lost, $0) < (transfer.classes[$0].lost, $1) }.prefix(Self.worst)
                    .map(\.self) : Array(transfer.classes.indices)
            for label in shown { table.add(cells(name(ofClass: label), transfer.classes[label])) }
            if isMany { table.add(cells("the other \(transfer.classes.count - shown.count)", rest(of: transfer, without: Set(shown)))) }
        }
        table.add(cells("all", transfer.total))
        return table.lines
    }

    private func rest(of transfer: SkillTransfer, without shown: Set<Int>) -> SkillTransfer.Class {
        var sum = transfer.total
        for label in shown {
            let one = transfer.classes[label]
            sum.samples -= one.samples
            sum.inherited -= one.inherited
            sum.lost -= one.lost
            sum.gained -= one.gained
            sum.missed -= one.missed
            sum.alone = zip(sum.alone, one.alone).map(-)
            sum.keptAlone = zip(sum.keptAlone, one.keptAlone).map(-)
        }
        return sum
    }

    /// The whole matrix; of many classes, what is mistaken most often.
    private func confusionLines(_ row: Row) -> [String] {
        let confusion = row.evaluation.confusion
        guard confusion.count > Self.mostClasses else {
            var table = PlainTable(
                [("\(row.name): true class, said as", .left)] + confusion.indices.map { (name(ofClass: $0), PlainTable.Alignment.right) })
            for (label, counts) in confusion.enumerated() { table.add([name(ofClass: label)] + counts.map { $0 == 0 ? "·" : "\($0)" }) }
            return table.lines
        }
        let mistakes = confusion.indices.flatMap { label in
            confusion[label].indices.compactMap { said -> (Int, Int, Int)? in
                said != label && confusion[label][said] > 0 ? (label, said, confusion[label][said]) : nil
            }
        }
        var table = PlainTable([("\(row.name): true class", .left), ("said as", .left), ("samples", .right)])
        for (label, said, count) in mistakes.sorted(by: { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) }).prefix(Self.worst) {
            table.add([name(ofClass: label), name(ofClass: said), "\(count)"])
        }
        return table.lines + [
            "the \(min(Self.worst, mistakes.count)) most frequent of \(mistakes.count) confusions; --json has the whole matrix of \(confusion.count) classes"
        ]
    }

    private func name(ofClass label: Int) -> String { classNames.flatMap { $0.indices.contains(label) ? $0[label] : nil } ?? "\(label)" }
    private static func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
}
