/// Rows of cells under optional headings; the selected row stays in view.
package struct Table {
    package struct Column: Sendable {
        /// A flexible column takes its part of the spare room, so far as `most` lets it.
        package enum Width: Sendable, Equatable { case fixed(Int), flexible(least: Int, most: Int = .max) }
        package var title: String
        package var width: Width
        package var alignment: Text.Alignment
        /// Whether a text without room loses its middle in place of its end.
        package var cutsMiddle: Bool

        package init(_ title: String, _ width: Width, _ alignment: Text.Alignment = .left, cutsMiddle: Bool = false) {
            self.title = title
            self.width = width
            self.alignment = alignment
            self.cutsMiddle = cutsMiddle
        }
    }

    package var columns: [Column]
    package var count: Int
    /// Makes the cells of a row; called only for rows in view.
    private let row: (Int) -> [Span]
    package var selected: Int?
    /// The selection is shown strongly where the keyboard is.
    package var isFocused: Bool
    /// What a click on a row means.
    private let target: ((Int) -> any ClickTarget)?

    package init(
        columns: [Column], rows: [[Span]], selected: Int? = nil, isFocused: Bool = false, target: ((Int) -> any ClickTarget)? = nil
    ) {
        self.init(columns: columns, count: rows.count, selected: selected, isFocused: isFocused, target: target) { rows[$0] }
    }

    /// - Parameter row: makes the cells of a row, for lists so long that only what is seen of them should be made.
    package init(
        columns: [Column], count: Int, selected: Int? = nil, isFocused: Bool = false, target: ((Int) -> any ClickTarget)? = nil,
        row: @escaping (Int) -> [Span]
    ) {
        self.columns = columns
        self.count = count
        self.row = row
        self.selected = selected
        self.isFocused = isFocused
        self.target = target
    }

    /// The first row shown so that the selected one is visible and, where possible, in the middle.
    package static func firstVisible(selected: Int?, count: Int, visible: Int) -> Int {
        guard let selected, count > visible, visible > 0 else { return 0 }
        return max(0, min(count - visible, selected - visible / 2))
    }

    /// Column widths for a given room: fixed ones first, the rest shared by the flexible ones; from the right, columns without room vanish.
    static func widths(_ columns: [Column], room: Int) -> [Int] {
        var shown = columns.count
        func least(_ count: Int) -> Int {
            columns.prefix(count).reduce(max(0, count - 1)) { total, column in
                switch column.width {
                case .fixed(let width): total + width
                case .flexible(let least, _): total + least
                }
            }
        }
        while shown > 1, least(shown) > room { shown -= 1 }
        var spare = max(0, room - least(shown))
        let flexible = columns.prefix(shown).filter { if case .flexible = $0.width { true } else { false } }.count
        var left = flexible
        return columns.enumerated().map { index, column in
            guard index < shown else { return 0 }
            switch column.width {
            case .fixed(let width): return min(width, room)
            case .flexible(let least, let most):
                let share = min(left > 0 ? spare / left : 0, max(0, most - least))
                spare -= share
                left -= 1
                return min(room, least + share)
            }
        }
    }

    package func draw(onto cells: inout Cells, in area: Rectangle) {
        guard !area.isEmpty else { return }
        var body = area
        let overflows = count > area.rows - (hasHeadings ? 1 : 0)
        let widths = Self.widths(columns, room: area.columns - 2 - (overflows ? 1 : 0))
        if hasHeadings {
            let (head, rest) = area.split(top: 1)
            draw(columns.map { Span($0.title, .dim) }, widths: widths, onto: &cells, in: head)
            body = rest
        }
        let first = Self.firstVisible(selected: selected, count: count, visible: body.rows)
        for line in 0..<min(body.rows, count - first) {
            let index = first + line
            let place = body.line(line)
            draw(row(index), widths: widths, onto: &cells, in: place)
            if index == selected {
                cells.put("▸", row: place.row, column: place.column, style: Style(.hotkey))
                if isFocused { cells.highlight(place) }
            }
            if let target { cells.addTarget(place, target(index)) }
        }
        if overflows { cells.scrollBar(in: body, first: first, visible: body.rows, total: count) }
    }

    private var hasHeadings: Bool { columns.contains { !$0.title.isEmpty } }

    private func draw(_ row: [Span], widths: [Int], onto cells: inout Cells, in line: Rectangle) {
        var at = line.column + 1
        for (index, span) in row.enumerated() where index < widths.count && widths[index] > 0 {
            let whole = columns[index].cutsMiddle ? Text.clipMiddle(span.text, to: widths[index]) : span.text
            let text = Text.fit(whole, to: widths[index], columns[index].alignment)
            cells.put(text, row: line.row, column: at, style: span.style, limit: widths[index])
            at += widths[index] + 1
        }
    }
}

extension Cells {
    /// A thumb at the right edge showing which part of a longer list is in view.
    package mutating func scrollBar(in area: Rectangle, first: Int, visible: Int, total: Int) {
        guard total > visible, area.rows > 0, area.columns > 0 else { return }
        let length = max(1, area.rows * visible / total)
        let start = total == visible ? 0 : (area.rows - length) * first / (total - visible)
        for row in 0..<area.rows {
            let inThumb = (start..<start + length).contains(row)
            set(inThumb ? "█" : "│", row: area.row + row, column: area.right - 1, style: Style(inThumb ? .scrollbar : .border))
        }
    }
}
