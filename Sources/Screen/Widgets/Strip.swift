/// Many values in few lines: one cell each while there is room, half a cell where there are colours, several to a cell beyond that.
package struct Strip: Sendable {
    /// In the order shown.
    package var values: [Double]
    /// Positions drawn as dead, whatever their value.
    package var dead: [Bool]
    /// The value of the last step of the map; nil takes the largest.
    package var limit: Double?
    /// The position under the cursor.
    package var selected: Int?
    package var role: Role

    package init(values: [Double], dead: [Bool] = [], limit: Double? = nil, selected: Int? = nil, role: Role = .parentA) {
        self.values = values
        self.dead = dead
        self.limit = limit
        self.selected = selected
        self.role = role
    }

    /// How values lie in a place.
    package struct Geometry: Equatable, Sendable {
        package let area: Rectangle
        /// Lines of values in one line of cells: 1, or 2 by half blocks.
        package let lines: Int
        /// Values to a pixel; the largest of them is shown.
        package let block: Int
        package let count: Int

        package init(count: Int, in area: Rectangle, appearance: Appearance) {
            self.area = area
            self.count = count
            let places = max(1, area.rows * area.columns)
            lines = count > places && appearance.usesHalfBlocks ? 2 : 1
            block = max(1, (count + places * lines - 1) / (places * lines))
        }

        private var perLine: Int { max(1, area.columns * block) }
        /// Values in one line of pixels: what up and down move by.
        package var stride: Int { perLine }

        package func place(_ position: Int) -> Position? {
            guard (0..<count).contains(position), !area.isEmpty else { return nil }
            return Position(row: area.row + position / perLine / lines, column: area.column + position % perLine / block)
        }

        /// The first value under a cell.
        package func position(at place: Position) -> Int? {
            guard area.contains(place) else { return nil }
            let position = (place.row - area.row) * lines * perLine + (place.column - area.column) * block
            return position < count ? position : nil
        }
    }

    package func draw(onto cells: inout Cells, in area: Rectangle, appearance: Appearance, target: (any ClickTarget)? = nil) {
        let geometry = Geometry(count: values.count, in: area, appearance: appearance)
        let most = limit ?? values.filter(\.isFinite).max() ?? 0
        let steps = appearance.depth >= .sixteen && appearance.glyphs != .ascii ? ColourMap.levels : HeatMap.ramp(appearance.glyphs).count
        for row in 0..<area.rows {
            for column in 0..<area.columns {
                let place = Position(row: area.row + row, column: area.column + column)
                guard let first = geometry.position(at: place) else { continue }
                let top = pixel(first, geometry.block, most, steps)
                let bottom = geometry.lines == 2 ? pixel(first + geometry.stride, geometry.block, most, steps) : top
                draw(top, bottom, isDouble: geometry.lines == 2, at: place, onto: &cells, appearance: appearance)
            }
        }
        if let target { cells.addTarget(area, target) }
        if let selected, let place = geometry.place(selected) {
            cells.set("┼", row: place.row, column: place.column, style: Style(.cursor))
            cells.cursor = place
        }
    }

    private enum Pixel: Equatable { case nothing, dead, notANumber, level(Int) }

    private func pixel(_ first: Int, _ block: Int, _ most: Double, _ steps: Int) -> Pixel {
        guard values.indices.contains(first) else { return .nothing }
        let range = first..<min(values.count, first + block)
        if range.allSatisfy({ dead.indices.contains($0) && dead[$0] }) { return .dead }
        let known = values[range].filter(\.isFinite)
        guard let value = known.max() else { return .notANumber }
        guard most > 0, value > 0 else { return .level(0) }
        return .level(max(0, min(steps - 1, Int((value / most * Double(steps)).rounded(.up)) - 1)))
    }

    private func draw(_ top: Pixel, _ bottom: Pixel, isDouble: Bool, at place: Position, onto cells: inout Cells, appearance: Appearance) {
        func put(_ character: Character, _ style: Style) { cells.set(character, row: place.row, column: place.column, style: style) }
        if top == .notANumber || bottom == .notANumber { return put("!", Style(.mapNaN)) }
        let hasColours = appearance.depth >= .sixteen && appearance.glyphs != .ascii
        switch (top, bottom) {
        case (.dead, _), (_, .dead): put("·", Style(.warn))
        case (.level(let level), _) where !hasColours:
            put(HeatMap.ramp(appearance.glyphs)[level], Style(role))
        case (.level(let above), .level(let below)):
            if isDouble {
                put("▀", Style(foreground: .sequential(above), background: .sequential(below)))
            } else {
                put("█", Style(foreground: .sequential(above), background: .role(.text)))
            }
        case (.level(let above), _): put("▀", Style(foreground: .sequential(above), background: .role(.text)))
        default: break
        }
    }
}

extension HeatMap {
    /// The part of a place that shows a picture without stretching it; pixels are about square in half blocks and half as wide as high otherwise.
    package static func place(rows: Int, columns: Int, in area: Rectangle, appearance: Appearance) -> Rectangle {
        guard rows > 0, columns > 0, !area.isEmpty else { return .empty }
        let high = area.rows * 2, wide = area.columns
        var scale = min(Double(high) / Double(rows), Double(wide) / Double(columns))
        if scale > 1 { scale = scale.rounded(.down) }
        let height = max(1, Int((Double(rows) * scale + 1) / 2)), width = max(1, Int(Double(columns) * scale))
        return Rectangle(row: area.row, column: area.column, rows: min(area.rows, height), columns: min(area.columns, width))
    }
}
