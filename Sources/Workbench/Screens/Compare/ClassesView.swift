import Formatting
import Provenance
import Screen

// What the networks of this session's fusion do class by class.

extension Model {
    /// The networks with figures for every class: the parents, then what was fused.
    private var classRows: [(row: ResultRow, sign: String, role: Role)] {
        guard let result = fuse.result else { return [] }
        var letter = 0
        return result.rows.compactMap { row in
            guard row.role == .parent || row.role == .fused else { return nil }
            let (sign, role) = Self.mark(row.role, letter: letter)
            if row.role == .parent { letter += 1 }
            return row.classes.isEmpty ? nil : (row, sign.trimmingPlainSpaces, role)
        }
    }

    private func drawNoClasses(in area: Rectangle, onto cells: inout Cells) {
        let words =
            fuse.result == nil
            ? "F on screen 4 fuses and evaluates; its classes are compared here. v shows runs again."
            : fuse.result?.recipe.evaluation == nil && fuse.result?.loadedFrom == nil
                ? "No class figures: the recipe names no evaluation data; screen 4 has the field. v shows runs again."
                : "No class figures: the evaluation data give each sample no one class, or the network was loaded from a run. v shows runs again."
        _ = write(words, in: area, from: 0, style: .dim, onto: &cells)
    }

    private func classesTitle(_ words: String) -> [Span] {
        let data = fuse.result?.recipe.evaluation.map { " on \(Paths.shownData($0))" } ?? ""
        return [Span(words, .title), Span(Text.printable(data), .dim)]
    }

    /// A row for each class: the accuracy of every parent and of the fused network, and what the fused one has gained or lost against the best parent; the largest
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
            return [Span(Text.printable(className(label)))] + shown.map { Span(value($0.row, label), $0.role) } + [
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
                (most, words) = (count, "\(className(label))→\(className(said)): \(count)")
            }
        }
        return Text.printable(words)
    }
}
