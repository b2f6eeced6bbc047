/// One character cell. The second half of a wide character is a cell of width 0.
package struct Cell: Hashable, Sendable {
    package var character: Character
    package var width: UInt8
    package var style: Style

    package init(_ character: Character, width: UInt8 = 1, style: Style) {
        self.character = character
        self.width = width
        self.style = style
    }

    package var isContinuation: Bool { width == 0 }
}

/// What a click means to the program that draws the screen.
package protocol ClickTarget: Hashable, Sendable {}

/// A part of the screen that answers to the mouse.
package struct TargetArea: Equatable, Sendable {
    package let area: Rectangle
    package let target: any ClickTarget

    package static func == (a: TargetArea, b: TargetArea) -> Bool { a.area == b.area && AnyHashable(a.target) == AnyHashable(b.target) }
}

/// A screen as a value: what every view returns, every backend shows and every test compares.
///
/// Writing outside the screen is ignored, and a wide character is never left in half: overwriting one half blanks the other.
package struct Cells: Equatable, Sendable {
    package let size: Size
    private var storage: [Cell]
    /// Where the hardware cursor stands, so that screen readers and magnifiers follow; hidden when nil.
    package var cursor: Position?
    /// Whether the cursor is shown as a caret (a text field has the keyboard).
    package var caret = false
    /// Later targets lie above earlier ones.
    package private(set) var targets: [TargetArea] = []

    package init(_ size: Size, style: Style = .text) {
        self.size = size
        storage = Array(repeating: Cell(" ", style: style), count: size.area)
    }

    package var bounds: Rectangle { Rectangle(size) }

    /// The cell at a place; a blank outside the screen.
    package subscript(row: Int, column: Int) -> Cell {
        guard (0..<size.rows).contains(row), (0..<size.columns).contains(column) else { return Cell(" ", style: .text) }
        return storage[row * size.columns + column]
    }

    package mutating func set(_ character: Character, row: Int, column: Int, style: Style) {
        guard (0..<size.rows).contains(row), (0..<size.columns).contains(column) else { return }
        mend(row: row, column: column)
        storage[row * size.columns + column] = Cell(character, style: style)
    }

    /// Blanks the other half of a wide character before one of its halves is overwritten.
    private mutating func mend(row: Int, column: Int) {
        let index = row * size.columns + column
        if storage[index].isContinuation, column > 0 {
            storage[index - 1].character = " "
            storage[index - 1].width = 1
        }
        if storage[index].width == 2, column + 1 < size.columns {
            storage[index + 1].character = " "
            storage[index + 1].width = 1
        }
    }

    /// Writes text from a place to the right, at most `limit` columns and never past the screen.
    ///
    /// - Returns: the columns used.
    @discardableResult
    package mutating func put(_ text: some StringProtocol, row: Int, column: Int, style: Style, limit: Int = .max) -> Int {
        guard (0..<size.rows).contains(row), column < size.columns, limit > 0 else { return 0 }
        let end = min(size.columns, column.addingReportingOverflow(limit).overflow ? size.columns : column + limit)
        var at = column
        for glyph in Text.glyphs(text) {
            guard at + glyph.width <= end else { break }
            if at >= 0 {
                mend(row: row, column: at)
                if glyph.width == 2 { mend(row: row, column: at + 1) }
                let index = row * size.columns + at
                storage[index] = Cell(glyph.character, width: UInt8(glyph.width), style: style)
                if glyph.width == 2 { storage[index + 1] = Cell(" ", width: 0, style: style) }
            }
            at += glyph.width
        }
        return at - column
    }

    /// Writes text into one line of an area, clipped with `…`.
    @discardableResult
    package mutating func write(
        _ text: String, in area: Rectangle, line: Int = 0, indent: Int = 0, style: Style = .text,
        align: Text.Alignment = .left
    ) -> Int {
        guard (0..<area.rows).contains(line), indent < area.columns else { return 0 }
        let room = area.columns - indent
        let shown = align == .left ? Text.clip(text, to: room) : Text.fit(text, to: room, align)
        return put(shown, row: area.row + line, column: area.column + indent, style: style, limit: room)
    }

    /// Writes pieces of different styles one after the other into one line of an area.
    @discardableResult
    package mutating func write(_ pieces: [Span], in area: Rectangle, line: Int = 0, indent: Int = 0) -> Int {
        var at = indent
        for piece in pieces {
            guard at < area.columns else { break }
            at += write(piece.text, in: area, line: line, indent: at, style: piece.style)
        }
        return at - indent
    }

    package mutating func fill(_ area: Rectangle, with character: Character = " ", style: Style) {
        let inside = area.intersection(bounds)
        for row in inside.row..<inside.bottom {
            for column in inside.column..<inside.right { set(character, row: row, column: column, style: style) }
        }
    }

    /// Changes the look of what stands in an area, leaving the characters.
    package mutating func restyle(_ area: Rectangle, _ change: (Style) -> Style) {
        let inside = area.intersection(bounds)
        for row in inside.row..<inside.bottom {
            for column in inside.column..<inside.right {
                let index = row * size.columns + column
                storage[index].style = change(storage[index].style)
            }
        }
    }

    /// Shows a row as selected: its background becomes the role's, and in monochrome it is reversed.
    package mutating func highlight(_ area: Rectangle, as role: Role = .select) {
        restyle(area) { Style(foreground: .role(role), background: .role(role), attributes: $0.attributes) }
    }

    /// Replaces characters, for a terminal that lacks some.
    package mutating func mapCharacters(_ change: (Cell) -> Character) {
        for index in storage.indices where !storage[index].isContinuation { storage[index].character = change(storage[index]) }
    }

    package mutating func addTarget(_ area: Rectangle, _ target: any ClickTarget) {
        let inside = area.intersection(bounds)
        if !inside.isEmpty { targets.append(TargetArea(area: inside, target: target)) }
    }

    /// The uppermost target at a place.
    package func target(at position: Position) -> (any ClickTarget)? { targets.last { $0.area.contains(position) }?.target }

    /// Forgets what answers to the mouse, before a dialog is drawn above everything.
    package mutating func clearTargets() { targets = [] }

    /// One row as text, wide characters once.
    package func text(row: Int) -> String {
        var line = ""
        for column in 0..<size.columns where !self[row, column].isContinuation { line.append(self[row, column].character) }
        return line
    }

    /// The whole screen as text, rows without trailing blanks.
    package var text: String {
        (0..<size.rows).map { row in
            var line = Substring(text(row: row))
            while line.last == " " { line.removeLast() }
            return String(line)
        }.joined(separator: "\n")
    }
}

/// A piece of text with its look.
package struct Span: Hashable, Sendable {
    package var text: String
    package var style: Style

    package init(_ text: String, _ style: Style = .text) {
        self.text = text
        self.style = style
    }

    package init(_ text: String, _ role: Role, _ attributes: Attributes = []) {
        self.init(text, Style(role, attributes))
    }
}
