import Formatting
import Provenance
import Screen

/// Measures what a run made and its parents again, class by class.
struct ClassesJob: Job {
    static let lane = JobLane.classes
    static let title = "evaluating by class"
    static let replaced: [any Job.Type] = [ClassesJob.self]

    var run: String

    func run(on engine: any Engine, _ control: JobControl) throws -> ClassFigures { try engine.classes(of: run, control: control) }

    func receive(_ figures: ClassFigures, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.compare.classes[run] = figures
        for note in figures.notes { model.say(.warn, note, now: now) }
        return []
    }

    func receiveFailure(_ reason: String, _ model: inout Model, now: Double) -> [Effect] {
        model.compare.classProblems[run] = reason
        return []
    }
}

extension Model {
    /// The figures by class of the selected run: of the fusion of this session as it was evaluated, of others as measured again.
    private var shownClasses: ClassFigures? {
        guard let run = compare.run else { return nil }
        if let result = fuse.result, result.run == run.id, result.loadedFrom == nil, result.rows.contains(where: { !$0.classes.isEmpty }) {
            return ClassFigures(rows: result.rows, data: result.recipe.evaluation.map { Paths.shownData($0) } ?? "")
        }
        return compare.classes[run.id]
    }

    /// Measures the selected run again where its figures by class are shown and not known.
    mutating func loadClasses() -> [Effect] {
        guard screen == .compare, compare.view.isByClass, let run = compare.run, run.status != "running", run.parameters != nil,
            shownClasses == nil,
            compare.classProblems[run.id] == nil, jobs.all(ClassesJob.self).first?.run != run.id
        else { return [] }
        return [jobs.start(ClassesJob(run: run.id))]
    }

    /// The networks with figures for every class: the parents, then what the run made.
    private var classRows: [(row: ResultRow, sign: String, role: Role)] {
        var letter = 0
        return (shownClasses?.rows ?? []).compactMap { row in
            guard row.role == .parent || row.role == .fused else { return nil }
            let (sign, role) = Self.mark(row.role, letter: letter)
            if row.role == .parent { letter += 1 }
            return row.classes.isEmpty ? nil : (row, sign.trimmingPlainSpaces, role)
        }
    }

    private func drawNoClasses(in area: Rectangle, onto cells: inout Cells) {
        var words = "No runs yet: F on screen 4 fuses and evaluates. v shows runs again.", style = Style.dim
        if let run = compare.run {
            if let running = jobs.first(ClassesJob.self) {
                words = "\(running.step) · \(running.percent)%"
            } else if run.status == "running" {
                words = "\(run.id) is running: it is evaluated by class when it has ended. v shows runs again."
            } else if run.parameters == nil {
                words = "\(run.id) made no network: \(Self.endWords(run.status)). v shows runs again."
            } else if let problem = compare.classProblems[run.id] {
                (words, style) = ("No figures by class: \(problem)", Style(.warn))
            } else {
                words = "\(run.id) has no figures by class: its evaluation data give each sample no one class. v shows runs again."
            }
        }
        _ = write(words, in: area, from: 0, style: style, onto: &cells)
    }

    /// How a run that made nothing ended.
    private static func endWords(_ status: String) -> String {
        switch status {
        case "cancelled": "it was cancelled"
        case "lost": "its process ended before it was done"
        case "failed": "it failed"
        default: "it is \(status)"
        }
    }

    private func classesTitle(_ words: String) -> [Span] {
        let run = compare.run.map { " · \($0.id)" } ?? "", data = shownClasses.map { $0.data.isEmpty ? "" : " on \($0.data)" } ?? ""
        return [Span(words, .title), Span(Text.printable(run + data), .dim)]
    }

    /// The name of a class of the shown run.
    private func shownClassName(_ label: Int) -> String {
        guard let names = shownClasses?.classNames, names.indices.contains(label), names[label] != "\(label)" else {
            return className(label)
        }
        return "\(label) \(names[label])"
    }

    /// A row for each class: the accuracy of every parent and of what the run made, and what that has gained or lost against the best parent; the largest
    /// losses first.
    func drawClassTransfer(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(area, title: classesTitle("Accuracy by class"), appearance: appearance), shown = classRows
        guard let fused = shown.last, fused.row.role == .fused, shown.count >= 2 else { return drawNoClasses(in: inside, onto: &cells) }
        let parents = shown.dropLast()
        func gain(_ label: Int) -> Double? {
            guard let own = fused.row.classes[label] else { return nil }
            return parents.compactMap { $0.row.classes.indices.contains(label) ? $0.row.classes[label] : nil }.max().map { own - $0 }
        }
        let order = fused.row.classes.indices.sorted { (gain($0) ?? .infinity, $0) < (gain($1) ?? .infinity, $1) }
        func value(_ row: ResultRow, _ label: Int) -> String {
            row.classes.indices.contains(label) ? row.classes[label].map { Format.percent($0, digits: 1) } ?? Format.none : Format.none
        }
        let columns: [Table.Column] =
            [.init("class", .flexible(least: 6, most: 16))]
            + shown.map { .init($0.sign, .fixed(7), .right) } + [.init("Δ best", .fixed(8), .right)]
        Table(columns: columns, count: order.count) { place in
            let label = order[place], change = gain(label)
            return [Span(Text.printable(shownClassName(label)))] + shown.map { Span(value($0.row, label), $0.role) } + [
                Span(
                    change.map { ($0 > 0 ? "+" : "") + Format.percentDigits($0) } ?? "",
                    change.map { $0 < 0 ? Role.warn : $0 > 0 ? .ok : .dim } ?? .dim)
            ]
        }.draw(onto: &cells, in: inside)
        let hidden = order.count - (inside.rows - 1)
        if hidden > 0 { cells.writeAtRight(" +\(hidden) more ", in: inside, line: inside.rows - 1, style: .dim) }
    }

    /// How often each class is taken for each other, one matrix beside the other: rows are the true classes, columns what the network says.
    func drawConfusion(in area: Rectangle, onto cells: inout Cells) {
        let shown = classRows.filter { !$0.row.confusion.isEmpty }
        let inside = cells.box(
            area, title: classesTitle("Confusion"), note: [Span("rows true, columns predicted", .dim)], appearance: appearance)
        guard !shown.isEmpty, inside.rows >= 4 else { return drawNoClasses(in: inside, onto: &cells) }
        // The fused network always has a place.
        let least = 14, fitting = max(1, min(shown.count, inside.columns / least))
        let drawn = fitting < shown.count ? Array(shown.prefix(fitting - 1)) + [shown[shown.count - 1]] : shown
        let width = inside.columns / max(1, drawn.count)
        for (index, one) in drawn.enumerated() {
            let place = Rectangle(row: inside.row, column: inside.column + index * width, rows: inside.rows, columns: width - 1)
            let (head, body) = place.split(top: 1), (map, foot) = body.split(bottom: body.rows >= 5 ? 1 : 0)
            let matrix = one.row.confusion, classes = matrix.count
            cells.write(
                [Span("\(one.sign) ", one.role), Span(one.row.accuracy.map { Format.percent($0) } ?? "", .title)], in: head)
            // Shares of the true class, so that rare classes show as well.
            let values = matrix.flatMap { counts -> [Float] in
                let all = max(1, counts.reduce(0, +))
                return counts.map { Float($0) / Float(all) }
            }
            draw(rows: classes, columns: classes, values, isSigned: false, in: map, onto: &cells)
            cells.write(confusionWords(matrix), in: foot, style: .dim)
        }
        if drawn.count < shown.count {
            cells.writeAtRight(" +\(shown.count - drawn.count) more ", in: inside, line: 0, style: .dim)
        }
    }

    /// The commonest mistake: “4→9: 31”.
    private func confusionWords(_ matrix: [[Int]]) -> String {
        var most = 0, words = "no mistakes"
        for (label, counts) in matrix.enumerated() {
            for (said, count) in counts.enumerated() where said != label && count > most {
                (most, words) = (count, "\(shownClassName(label))→\(shownClassName(said)): \(count)")
            }
        }
        return Text.printable(words)
    }
}
