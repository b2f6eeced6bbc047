/// One line of text being edited; the caret counts characters, never halves of them.
package struct TextField: Equatable, Sendable {
    package private(set) var characters: [Character]
    package private(set) var caret: Int

    package init(_ text: String = "") {
        characters = Array(text)
        caret = characters.count
    }

    package var text: String { String(characters) }

    /// Line breaks and other controls in pasted text become spaces.
    package mutating func insert(_ text: String) {
        let clean = text.map { character -> Character in
            character.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? " " : character
        }
        characters.insert(contentsOf: clean, at: caret)
        caret += clean.count
        // A combining mark typed after its letter joins it.
        let joined = Array(String(characters))
        if joined.count != characters.count {
            caret = max(0, caret - (characters.count - joined.count))
            characters = joined
        }
    }

    package mutating func deleteBackward() {
        guard caret > 0 else { return }
        caret -= 1
        characters.remove(at: caret)
    }

    package mutating func deleteForward() {
        if caret < characters.count { characters.remove(at: caret) }
    }

    package mutating func moveLeft() { caret = max(0, caret - 1) }
    package mutating func moveRight() { caret = min(characters.count, caret + 1) }
    package mutating func moveToStart() { caret = 0 }
    package mutating func moveToEnd() { caret = characters.count }
    package mutating func clear() {
        characters = []
        caret = 0
    }

    /// Whether the key edited the text: movement, deletion and plain characters do.
    package mutating func apply(_ press: KeyPress) -> Bool {
        switch press {
        case KeyPress(.left): moveLeft()
        case KeyPress(.right): moveRight()
        case KeyPress(.home), .control("a"): moveToStart()
        case KeyPress(.end), .control("e"): moveToEnd()
        case KeyPress(.backspace): deleteBackward()
        case KeyPress(.delete): deleteForward()
        case .control("u"): clear()
        default:
            guard case .character(let character) = press.key, press.modifiers.isEmpty else { return false }
            insert(String(character))
        }
        return true
    }

    /// Draws the end of the text that fits and puts the hardware cursor at the caret.
    package func draw(onto cells: inout Cells, in area: Rectangle, role: Role = .input, placeholder: String = "") {
        guard area.columns > 1 else { return }
        let line = area.line(0)
        cells.fill(line, style: Style(role))
        if characters.isEmpty {
            cells.write(placeholder, in: line, style: Style(.placeholder).on(role))
        }
        // As much before the caret as there is room for, so that a long text costs no more than a short one.
        var first = caret, used = 0
        while first > 0 {
            let width = Text.width(String(characters[first - 1]))
            guard used + width <= line.columns - 1 else { break }
            used += width
            first -= 1
        }
        let shown = String(characters[first..<min(characters.count, caret + line.columns)])
        cells.put(shown, row: line.row, column: line.column, style: Style(role), limit: line.columns)
        cells.cursor = Position(row: line.row, column: line.column + used)
        cells.caret = true
    }
}
