import Fusion
import Screen

extension Model {
    /// What was noticed: of the result; before there is one, what was assumed of the parents.
    var notes: [FusionNote] { fuse.result?.orderedNotes ?? opened.value?.notes.map(FusionNote.init) ?? [] }

    /// “2 notes, 1 warning”
    private var notesWords: String {
        let warnings = notes.count(where: \.isWarning), others = notes.count - warnings
        func count(_ number: Int, _ word: String) -> String? { number == 0 ? nil : "\(number) \(word)\(number == 1 ? "" : "s")" }
        return [count(warnings, "warning"), count(others, "note")].compactMap(\.self).joined(separator: ", ")
    }

    /// In the title of the result: the key that shows the notes, and how much there is to read, in as many words as there is room for.
    func notesMark(room: Int) -> [Span] {
        guard fuse.result != nil, !notes.isEmpty else { return [] }
        let sign = notes.contains(where: \.isWarning) ? appearance.warn : ""
        let total = "\(notes.count) note\(notes.count == 1 ? "" : "s")"
        let words = [notesWords, total].map { sign.isEmpty ? $0 : "\(sign) \($0)" } + ["\(sign)\(notes.count)"]
        let shown = words.first { Text.width($0) + 5 <= room } ?? words[2]
        return [Span(" · ", .dim), Span("n", .hotkey), Span(" \(shown)", sign.isEmpty ? .dim : Style(.warn))]
    }

    /// Every note, wrapped, each beginning with a sign.
    private func noteLines(_ columns: Int) -> [(text: String, note: FusionNote)] {
        notes.flatMap { note in
            Text.wrap(Text.printable(note.text), to: max(8, columns - 3)).enumerated().map { index, part in
                ((index > 0 ? "  " : note.isWarning ? appearance.warn + " " : "· ") + part, note)
            }
        }
    }

    func drawNotes(in area: Rectangle, onto cells: inout Cells) {
        let inside = cells.box(
            area, title: [Span("Notes", .title)] + (fuse.result == nil ? [Span(" on the parents", .dim)] : []),
            note: notes.isEmpty ? [] : [Span(notesWords, notes.contains(where: \.isWarning) ? Style(.warn) : .dim)],
            focused: hasFocus(.notes), appearance: appearance)
        cells.addTarget(inside, MouseTarget.notes)
        guard !notes.isEmpty else {
            _ = write(
                opened.value == nil ? "What a fusion assumes and warns of is shown here." : "Nothing was assumed, nothing to warn of.",
                in: inside,
                from: 0, style: .dim, onto: &cells)
            return
        }
        let lines = noteLines(inside.columns), first = max(0, min(fuse.firstNote, lines.count - inside.rows))
        for (row, line) in lines.dropFirst(first).prefix(inside.rows).enumerated() {
            cells.write(line.text, in: inside, line: row, style: line.note.isWarning ? Style(.warn) : .text)
        }
        cells.scrollBar(in: inside, first: first, visible: inside.rows, total: lines.count)
    }

    mutating func performOnNotes(_ action: Action) -> [Effect] {
        let area = inside(.notes), lines = noteLines(area.columns).count, most = max(0, lines - area.rows)
        switch action {
        case .back: focus[.fuse] = .form
        default:
            guard let next = action.moved(min(fuse.firstNote, most), count: most + 1, page: max(1, area.rows - 1)) else { return [] }
            fuse.firstNote = next
            inform(
                lines <= area.rows
                    ? "All \(lines) lines of the notes are in view"
                    : "Notes: lines \(next + 1) to \(min(lines, next + area.rows)) of \(lines)")
        }
        return []
    }

    /// Moves the focus to the notes, or from there back to the recipe.
    mutating func showNotes() {
        guard panel != .notes else {
            focus[.fuse] = .form
            inform(screen.room.guidance(self))
            return
        }
        guard !notes.isEmpty else {
            inform(fuse.result == nil ? "No notes: F fuses, and what it assumes and warns of is shown then" : "This fusion has no notes")
            return
        }
        focus[.fuse] = .notes
        inform("\(notesWords); ↑↓ scroll, n returns to the recipe")
    }
}
