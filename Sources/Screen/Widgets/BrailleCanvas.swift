/// Dots at twice the columns and four times the rows of the cells: lines and clouds of points.
package struct BrailleCanvas: Sendable {
    package let area: Rectangle
    private var dots: [UInt8]
    private var styles: [Style]

    package init(_ area: Rectangle) {
        self.area = area
        dots = [UInt8](repeating: 0, count: area.rows * area.columns)
        styles = [Style](repeating: .text, count: dots.count)
    }

    /// Extent in dots.
    package var height: Int { area.rows * 4 }
    package var width: Int { area.columns * 2 }

    static func bit(row: Int, column: Int) -> UInt8 {
        let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
        return bits[row & 3][column & 1]
    }

    package static func character(_ dots: UInt8) -> Character { Unicode.Scalar(UInt32(0x2800) + UInt32(dots)).map(Character.init) ?? " " }

    /// A dot; outside the canvas nothing happens.
    package mutating func dot(row: Int, column: Int, style: Style) {
        guard (0..<height).contains(row), (0..<width).contains(column) else { return }
        let index = row / 4 * area.columns + column / 2
        dots[index] |= Self.bit(row: row, column: column)
        styles[index] = style
    }

    /// A straight line of dots; `pattern` draws this many and leaves as many out.
    package mutating func line(from: (row: Int, column: Int), to: (row: Int, column: Int), style: Style, pattern: Int = 0) {
        let steps = max(1, abs(to.row - from.row), abs(to.column - from.column))
        guard steps < 100_000 else { return }
        for step in 0...steps where pattern == 0 || (from.column + (to.column - from.column) * step / steps) / pattern % 2 == 0 {
            dot(
                row: from.row + (to.row - from.row) * step / steps, column: from.column + (to.column - from.column) * step / steps,
                style: style)
        }
    }

    /// Draws what has dots, leaving the rest of the screen.
    package func draw(onto cells: inout Cells, appearance: Appearance) {
        for index in dots.indices where dots[index] != 0 {
            let place = (row: area.row + index / max(1, area.columns), column: area.column + index % max(1, area.columns))
            cells.set(
                appearance.glyphs == .ascii ? "*" : Self.character(dots[index]), row: place.row, column: place.column, style: styles[index])
        }
    }
}
