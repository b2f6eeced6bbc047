extension Cells {
    /// Draws a frame with a title on its upper edge and a note at its right end.
    ///
    /// - Returns: the area inside the frame.
    @discardableResult
    package mutating func box(
        _ area: Rectangle, title: [Span], note: [Span] = [], focused: Bool = false, appearance: Appearance, ground: Role = .text
    ) -> Rectangle {
        guard area.rows >= 2, area.columns >= 2 else { return .empty }
        let border: Border = focused && appearance.border != .ascii ? .heavy : appearance.border
        let signs = border.characters
        let style = Style(focused ? .borderFocus : .border).on(ground)
        fill(area, style: Style(ground))
        for column in area.column..<area.right {
            set(signs.across, row: area.row, column: column, style: style)
            set(signs.across, row: area.bottom - 1, column: column, style: style)
        }
        for row in area.row..<area.bottom {
            set(signs.down, row: row, column: area.column, style: style)
            set(signs.down, row: row, column: area.right - 1, style: style)
        }
        set(signs.topLeft, row: area.row, column: area.column, style: style)
        set(signs.topRight, row: area.row, column: area.right - 1, style: style)
        set(signs.bottomLeft, row: area.bottom - 1, column: area.column, style: style)
        set(signs.bottomRight, row: area.bottom - 1, column: area.right - 1, style: style)
        let edge = Rectangle(row: area.row, column: area.column + 2, rows: 1, columns: area.columns - 4)
        let noteWidth = note.reduce(0) { $0 + Text.width($1.text) }
        let titleRoom = noteWidth > 0 && noteWidth + 8 < edge.columns ? edge.columns - noteWidth - 3 : edge.columns
        if !title.isEmpty, titleRoom > 4 {
            let place = Rectangle(row: edge.row, column: edge.column, rows: 1, columns: titleRoom)
            var at = write([Span(" ", style)], in: place)
            at += write(
                title.map { Span($0.text, $0.style.on(ground)) },
                in: Rectangle(row: place.row, column: place.column, rows: 1, columns: place.columns - 1), indent: at)
            write([Span(" ", style)], in: place, indent: at)
        }
        if titleRoom < edge.columns {
            let start = edge.columns - noteWidth - 2
            write([Span(" ", style)] + note.map { Span($0.text, $0.style.on(ground)) } + [Span(" ", style)], in: edge, indent: start)
        }
        return area.inset()
    }

    /// A line across a box from edge to edge.
    package mutating func rule(in area: Rectangle, line: Int, style: Style = Style(.border)) {
        guard (0..<area.rows).contains(line) else { return }
        for column in area.column..<area.right { set("─", row: area.row + line, column: column, style: style) }
    }
}
