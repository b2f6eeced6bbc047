import Formatting
import Fusion
import Networks
import Training

/// Networks side by side on the same data.
package struct EvaluationReport: Sendable, Codable {
    package let data: String
    package let samples: Int
    package let classNames: [String]?
    package let rows: [EvaluationRow]
    /// What was assumed of the networks' graphs, in sentences.
    package let assumed: [String]
    package let notes: [String]

    package init(data: String, samples: Int, classNames: [String]?, rows: [EvaluationRow], assumed: [String], notes: [String]) {
        self.data = data
        self.samples = samples
        self.classNames = classNames
        self.rows = rows
        self.assumed = assumed
        self.notes = notes
    }

    /// Every row has an evaluation here.
    private var measured: [(row: EvaluationRow, evaluation: Evaluation)] { rows.compactMap { row in row.evaluation.map { (row, $0) } } }

    /// The tables as lines of text.
    ///
    /// - Parameters:
    ///   - showsClasses: accuracy and transfer for each class as well; of many classes, the worst.
    package func lines(showsClasses: Bool = false, showsConfusion: Bool = false) -> [String] {
        let letters = rows.filter { $0.role == .parent }.enumerated().map { index, _ in FusionError.letter(index) }
        let agreeing = rows.first?.agreement?.count ?? 0
        let table = EvaluationTable(
            columns: [.calibration, .parameters],
            name: { index, row in row.role == .parent ? "parent \(letters[index]), \(row.name)" : row.name },
            further: letters.prefix(agreeing).enumerated().map { place, letter in
                ("agrees with \(letter)", { row in row.agreement.map { Format.percent($0[place]) } ?? Format.none })
            })
        var lines =
            assumed.map { "assumed: \($0)" } + (assumed.isEmpty ? [] : [""]) + broken + table.lines(rows) + [
                "evaluation data: \(data), \(samples) samples"
            ] + notes.filter { !$0.hasPrefix("! ") }.map { "note: \($0)" }
        for row in rows {
            if let transfer = row.transfer {
                lines += [""] + transferLines(transfer, of: row, letters: letters, showsClasses: showsClasses)
            }
        }
        if showsClasses { lines += classLines }
        if showsConfusion {
            for (row, found) in measured where !found.confusion.isEmpty { lines += [""] + confusionLines(row, found.confusion) }
        }
        return lines
    }

    /// Networks with non-finite outputs, listed before all figures: a low accuracy would mislead.
    private var broken: [String] {
        let parameters = notes.filter { $0.hasPrefix("! ") }
        return parameters
            + measured.filter { $0.evaluation.nonFinite > 0 }.map { row, evaluation in
                let found = evaluation.nonFinite, all = evaluation.samples
                return "! \(row.name) outputs NaN or infinity for \(found == all ? "all" : "\(found)") of \(all) samples, counted as errors"
            }
    }

    // MARK: Classes

    /// Classes up to which a table has them all.
    private static let mostClasses = 20
    private static let worst = 10

    /// The figure of every class; of many classes the worst ten, with names and counts.
    private var classLines: [String] {
        guard let first = measured.first?.evaluation, first.parts.count + first.classes.count > 0 else { return [] }
        let task = first.task,
            title =
                task == .multilabel
                ? "per-label average precision"
                : task == .segmentation ? "per-class IoU" : task == .regression ? "per-output MSE" : "per-class accuracy"
        func value(_ evaluation: Evaluation, _ label: Int) -> Double? {
            task.givesOneClass
                ? evaluation.classes[label].accuracy : evaluation.parts.indices.contains(label) ? evaluation.parts[label] : nil
        }
        let count = task.givesOneClass ? first.classes.count : first.parts.count
        guard count > Self.mostClasses else {
            var classes = PlainTable([(title, .left)] + (0..<count).map { (name(ofClass: $0), PlainTable.Alignment.right) })
            for (row, evaluation) in measured {
                classes.add(
                    [row.name]
                        + (0..<count).map { label in
                            value(evaluation, label).map {
                                task.figure.isShare ? Format.percentDigits($0, digits: 1) : task.figure.text($0)
                            } ?? Format.none
                        })
            }
            return [""] + classes.lines
        }
        var lines: [String] = []
        for (row, evaluation) in measured {
            let shown = worst(of: evaluation, value)
            var table = PlainTable([
                ("\(row.name): the worst \(shown.count) of \(count) classes", .left), ("index", .right), ("samples", .right),
                ("correct", .right), (task.givesOneClass ? "accuracy" : title, .right),
            ])
            for label in shown {
                let own = evaluation.classes.indices.contains(label) ? evaluation.classes[label] : nil
                table.add([
                    name(ofClass: label), "\(label)", own.map { "\($0.samples)" } ?? Format.none,
                    own.map { "\($0.correct)" } ?? Format.none,
                    task.figure.text(value(evaluation, label)),
                ])
            }
            lines += [""] + table.lines
        }
        let unseen = (0..<count).count { value(first, $0) == nil }
        return lines + (unseen > 0 ? ["\(unseen) of \(count) classes have no samples"] : []) + ["--json lists all \(count) classes"]
    }

    /// The classes with the worst figures, those of more samples first among equals; classes without samples have none.
    private func worst(of evaluation: Evaluation, _ value: (Evaluation, Int) -> Double?) -> [Int] {
        let figure = evaluation.figure
        func samples(_ label: Int) -> Int { evaluation.classes.indices.contains(label) ? evaluation.classes[label].samples : 0 }
        let known = (0..<max(evaluation.classes.count, evaluation.parts.count)).compactMap { label in
            value(evaluation, label).map { (label, figure.worth($0)) }
        }
        return known.sorted { ($0.1, -samples($0.0), $0.0) < ($1.1, -samples($1.0), $1.0) }.prefix(Self.worst).map(\.0)
    }

    private func transferLines(_ transfer: SkillTransfer, of row: EvaluationRow, letters: [String], showsClasses: Bool) -> [String] {
        var table = PlainTable(
            [
                ("\(row.name): class", .left), ("samples", .right), ("retained", .right), ("lost", .right), ("gained", .right),
                ("missed", .right),
            ] + letters.map { ("retained, only \($0) correct", .right) })
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
    private func confusionLines(_ row: EvaluationRow, _ confusion: [[Int]]) -> [String] {
        guard confusion.count > Self.mostClasses else {
            var table = PlainTable(
                [("\(row.name): true class, predicted as", .left)]
                    + confusion.indices.map { (name(ofClass: $0), PlainTable.Alignment.right) })
            for (label, counts) in confusion.enumerated() { table.add([name(ofClass: label)] + counts.map { $0 == 0 ? "·" : "\($0)" }) }
            return table.lines
        }
        let mistakes = confusion.indices.flatMap { label in
            confusion[label].indices.compactMap { said -> (Int, Int, Int)? in
                said != label && confusion[label][said] > 0 ? (label, said, confusion[label][said]) : nil
            }
        }
        var table = PlainTable([("\(row.name): true class", .left), ("predicted", .left), ("samples", .right)])
        for (label, said, count) in mistakes.sorted(by: { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) }).prefix(Self.worst) {
            table.add([name(ofClass: label), name(ofClass: said), "\(count)"])
        }
        return table.lines + [
            "the \(min(Self.worst, mistakes.count)) most frequent of \(mistakes.count) confusions; --json has the full matrix of \(confusion.count) classes"
        ]
    }

    private func name(ofClass label: Int) -> String { classNames.flatMap { $0.indices.contains(label) ? $0[label] : nil } ?? "\(label)" }
}
