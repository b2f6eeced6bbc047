/// One entry of the hint row: which keys, what they do.
package struct Hint: Sendable {
    package var keys: String
    package var title: String
    package var target: any ClickTarget

    package init(keys: String, title: String, target: any ClickTarget) {
        self.keys = keys
        self.title = title
        self.target = target
    }
}

extension Cells {
    /// Draws as many hints as fit, whole ones only; the last entries are kept to the end because they are the way out.
    package mutating func hints(_ hints: [Hint], kept: Int = 0, in line: Rectangle) {
        guard !line.isEmpty else { return }
        func width(_ hint: Hint) -> Int { Text.width(hint.keys) + Text.width(hint.title) + 3 }
        let last = Array(hints.suffix(kept))
        var room = line.columns - 1 - last.reduce(0) { $0 + width($1) }
        var shown: [Hint] = []
        for hint in hints.dropLast(kept) {
            guard width(hint) <= room else { continue }
            shown.append(hint)
            room -= width(hint)
        }
        var at = 1
        for hint in shown + last {
            let used = write([Span(hint.keys, .hotkey), Span(" " + hint.title, .hint)], in: line, indent: at)
            addTarget(Rectangle(row: line.row, column: line.column + at, rows: 1, columns: used), hint.target)
            at += used + 2
        }
    }

    /// A box in the middle of the screen with text and answers; what lies behind no longer answers to the mouse.
    package mutating func dialog(title: String, lines: [[Span]], answers: [Hint], width: Int = 56, appearance: Appearance) {
        clearTargets()
        let area = bounds.centred(rows: lines.count + 5, columns: min(width, size.columns))
        let inside = box(area, title: [Span(title, .title)], focused: true, appearance: appearance).inset(vertical: 0, horizontal: 1)
        for (index, line) in lines.enumerated() { write(line, in: inside, line: index + (inside.rows > lines.count + 2 ? 1 : 0)) }
        hints(
            answers, kept: answers.count,
            in: Rectangle(row: inside.bottom - 1, column: inside.column - 1, rows: 1, columns: inside.columns + 1))
    }
}
