/// A list of settings, each with its value drawn as what it is: a choice, a slider, a switch or text.
package struct Form {
    package enum Control: Equatable, Sendable {
        case choice(String, index: Int, count: Int)
        /// The value in words and where it lies between its bounds, 0…1.
        case slider(String, fraction: Double)
        case flag(Bool)
        case words(String)
    }

    package struct Row: Sendable {
        package var label: String
        package var control: Control
        /// The range, the unit or the paper.
        package var note: String
        /// A row that does not apply is shown with the reason instead of being hidden.
        package var isDisabled: Bool
        package var isChanged: Bool

        package init(label: String, control: Control, note: String = "", isDisabled: Bool = false, isChanged: Bool = false) {
            self.label = label
            self.control = control
            self.note = note
            self.isDisabled = isDisabled
            self.isChanged = isChanged
        }
    }

    package var rows: [Row]
    package var selected: Int
    package var isFocused: Bool
    /// The field under the caret and what is wrong with it.
    package var editing: TextField?
    package var problem: String?
    /// What a click on a row means.
    private let target: (Int) -> any ClickTarget

    package init(
        rows: [Row], selected: Int, isFocused: Bool, editing: TextField? = nil, problem: String? = nil,
        target: @escaping (Int) -> any ClickTarget
    ) {
        self.rows = rows
        self.selected = selected
        self.isFocused = isFocused
        self.editing = editing
        self.problem = problem
        self.target = target
    }

    package func draw(onto cells: inout Cells, in area: Rectangle) {
        let labelWidth = min(area.columns * 2 / 5, max(8, rows.map { Text.width($0.label) }.max() ?? 8))
        let first = Table.firstVisible(selected: selected, count: rows.count, visible: area.rows)
        let overflows = rows.count > area.rows
        for line in 0..<min(area.rows, rows.count - first) {
            let index = first + line
            let place = area.line(line)
            draw(rows[index], index: index, labelWidth: labelWidth, onto: &cells, in: overflows ? place.split(right: 1).rest : place)
            cells.addTarget(place, target(index))
        }
        if overflows { cells.scrollBar(in: area, first: first, visible: area.rows, total: rows.count) }
    }

    private func draw(_ row: Row, index: Int, labelWidth: Int, onto cells: inout Cells, in line: Rectangle) {
        let isSelected = index == selected
        let style: Style = row.isDisabled ? .dim : .text
        cells.put(isSelected ? "▸" : " ", row: line.row, column: line.column, style: Style(.hotkey))
        cells.put(row.isChanged ? "•" : " ", row: line.row, column: line.column + 1, style: Style(.warn))
        cells.put(
            Text.fit(row.label, to: labelWidth), row: line.row, column: line.column + 2,
            style: isSelected && isFocused ? Style(.title) : style)
        let (_, right) = line.split(left: labelWidth + 3)
        if isSelected, let editing {
            let (field, rest) = right.split(left: min(right.columns, 16))
            editing.draw(onto: &cells, in: field)
            cells.write([Span(problem.map { " ! " + $0 } ?? " " + row.note, problem == nil ? .dim : Style(.error))], in: rest)
            return
        }
        draw(row.control, row: row, isSelected: isSelected, onto: &cells, in: right)
    }

    private func draw(_ control: Control, row: Row, isSelected: Bool, onto cells: inout Cells, in area: Rectangle) {
        let value = row.isDisabled ? Style.dim : isSelected && isFocused ? Style(.select) : Style.text
        let arrow = isSelected && isFocused && !row.isDisabled ? Style(.hotkey) : Style.dim
        var used: Int
        switch control {
        case .choice(let words, let index, let count):
            used = cells.write([Span("‹ ", arrow), Span(words, value), Span(" ›", arrow)], in: area)
            if count > 1 { used += cells.write([Span(" \(index + 1)/\(count)", .dim)], in: area, indent: used) }
        case .slider(let words, let fraction):
            used = cells.write([Span(Text.fit(words, to: 8), value), Span(" ")], in: area)
            let width = min(15, area.columns - used - 2)
            if width >= 5 { used += drawSlider(fraction, width: width, isDisabled: row.isDisabled, onto: &cells, in: area, indent: used) }
        case .flag(let isOn):
            used = cells.write([Span("‹ ", arrow), Span(isOn ? "on" : "off", value), Span(" ›", arrow)], in: area)
        case .words(let words):
            used = cells.write([Span(words, value)], in: area)
        }
        let column = max(used + 1, min(26, area.columns - Text.width(row.note)))
        // A note of which only a letter or two would be left says nothing.
        if area.columns - column >= min(8, Text.width(row.note)) { cells.write(row.note, in: area, indent: column, style: .dim) }
    }

    private func drawSlider(
        _ fraction: Double, width: Int, isDisabled: Bool, onto cells: inout Cells, in area: Rectangle, indent: Int
    ) -> Int {
        let place = Int((Bars.clamp(fraction) * Double(width - 1)).rounded())
        for offset in 0..<width {
            let style = isDisabled ? Style.dim : offset <= place ? Style(.barFill) : Style(.barEmpty)
            let sign: Character = offset == place ? "●" : offset == 0 ? "├" : offset == width - 1 ? "┤" : "─"
            cells.set(sign, row: area.row, column: area.column + indent + offset, style: style)
        }
        return width
    }
}
