import Foundation

/// A matrix drawn in colour: pooled to the place there is, rows and columns in any order, with rulers, marginal bars, legend and cross-hair.
package struct HeatMap: Sendable {
    package var matrix: ValueGrid
    package var rowOrder: [Int]
    package var columnOrder: [Int]
    package var window: GridWindow
    package var pooling: CellPooling
    package var scale: MapScale
    /// The value of the last step of the map; nil takes the largest pooled value.
    package var limit: Double?
    /// Order position of the cross-hair.
    package var cursor: (row: Int, column: Int)?
    /// One fraction for each row and column, by index, drawn as bars beside the map.
    package var rowMarks: [Double]
    package var columnMarks: [Double]
    /// Whose rows and columns they are: the looks of the bars.
    package var rowRole: Role
    package var columnRole: Role
    package var rowPrefix: String
    package var columnPrefix: String
    /// Words for the legend: what a value is.
    package var unit: String
    /// Braille shows entries of at least this part of the limit as dots.
    package var threshold: Double
    /// Values below zero mean something: drawn in the diverging colours, symmetric about zero.
    package var isSigned = false
    /// A rectangle by order positions, framed.
    package var selection: GridWindow?
    /// For each row by index what its entries are hundredths of, where cells are large enough to print them; nil prints nothing.
    package var printedWholes: [Double]?

    package init(
        matrix: ValueGrid, rowOrder: [Int] = [], columnOrder: [Int] = [], window: GridWindow? = nil, pooling: CellPooling = .sum,
        scale: MapScale = .linear, limit: Double? = nil, cursor: (row: Int, column: Int)? = nil, rowMarks: [Double] = [],
        columnMarks: [Double] = [], rowRole: Role = .parentA, columnRole: Role = .fused, rowPrefix: String = "", columnPrefix: String = "",
        unit: String = "", threshold: Double = 0.1
    ) {
        self.matrix = matrix
        self.rowOrder = rowOrder.count == matrix.rows ? rowOrder : Array(0..<matrix.rows)
        self.columnOrder = columnOrder.count == matrix.columns ? columnOrder : Array(0..<matrix.columns)
        self.window = window ?? GridWindow(matrix)
        self.pooling = pooling
        self.scale = scale
        self.limit = limit
        self.cursor = cursor
        self.rowMarks = rowMarks
        self.columnMarks = columnMarks
        self.rowRole = rowRole
        self.columnRole = columnRole
        self.rowPrefix = rowPrefix
        self.columnPrefix = columnPrefix
        self.unit = unit
        self.threshold = threshold
    }

    package func geometry(in area: Rectangle, appearance: Appearance, decorated: Bool = true) -> HeatMapGeometry {
        HeatMapGeometry(area: area, window: window, appearance: appearance, decorated: decorated)
    }

    package func pooled(_ geometry: HeatMapGeometry) -> PooledGrid {
        PooledGrids.grid(
            matrix, rowOrder: rowOrder, columnOrder: columnOrder, window: window, rows: geometry.gridRows, columns: geometry.gridColumns,
            pooling: pooling)
    }

    /// - Returns: what was drawn, so that the caller can say it in words.
    @discardableResult
    package func draw(
        onto cells: inout Cells, in area: Rectangle, appearance: Appearance, decorated: Bool = true, target: (any ClickTarget)? = nil
    ) -> PooledGrid {
        let geometry = geometry(in: area, appearance: appearance, decorated: decorated)
        let pooled = pooled(geometry)
        guard pooled.rows > 0, pooled.columns > 0 else {
            cells.write("nothing to draw: the matrix is \(matrix.rows) × \(matrix.columns)", in: area, style: .dim)
            return pooled
        }
        let limit = limit ?? (isSigned ? pooled.largestMagnitude : pooled.largest)
        let shading = Shading(pooled: pooled, scale: scale, limit: limit, ordered: scale.ordered(pooled.values), isSigned: isSigned)
        for row in 0..<geometry.map.rows {
            for column in 0..<geometry.map.columns {
                draw(shading, geometry, row: row, column: column, onto: &cells, appearance: appearance)
            }
        }
        if let target { cells.addTarget(geometry.map, target) }
        if decorated {
            drawRulers(geometry, onto: &cells)
            drawBars(geometry, onto: &cells)
            drawLegend(geometry, limit: limit, pooled: pooled, onto: &cells, appearance: appearance)
        }
        drawNumbers(geometry, onto: &cells)
        drawSelection(geometry, onto: &cells)
        drawCursor(geometry, onto: &cells)
        return pooled
    }

    private struct Shading {
        let pooled: PooledGrid
        let scale: MapScale
        let limit: Double
        let ordered: [Double]
        let isSigned: Bool

        enum Pixel: Equatable { case nothing, level(Int), notANumber }

        func pixel(_ row: Int, _ column: Int, steps: Int) -> Pixel {
            guard row < pooled.rows, column < pooled.columns else { return .nothing }
            let value = pooled[row, column]
            guard value.isFinite else { return .notANumber }
            if isSigned { return signedStep(value, steps: steps).map(Pixel.level) ?? .nothing }
            return scale.level(value, limit: limit, ordered: ordered, steps: steps).map(Pixel.level) ?? .nothing
        }

        /// A step about the middle; close to nothing is drawn as nothing.
        private func signedStep(_ value: Double, steps: Int) -> Int? {
            guard limit > 0, abs(value) * Double(steps) >= limit / 2 else { return nil }
            let place = (Swift.max(-1, Swift.min(1, value / limit)) + 1) / 2
            return Swift.min(steps - 1, Int(place * Double(steps)))
        }

        func ink(_ level: Int) -> Ink { isSigned ? .diverging(level) : .sequential(level) }
    }

    private func draw(
        _ shading: Shading, _ geometry: HeatMapGeometry, row: Int, column: Int, onto cells: inout Cells, appearance: Appearance
    ) {
        let place = Position(row: geometry.map.row + row, column: geometry.map.column + column)
        func pixel(_ dy: Int, _ dx: Int, steps: Int = ColourMap.levels) -> Shading.Pixel {
            shading.pixel(
                (row * geometry.pixelRows + dy) / geometry.magnificationRows,
                (column * geometry.pixelColumns + dx) / geometry.magnificationColumns, steps: steps)
        }
        func put(_ character: Character, _ style: Style) { cells.set(character, row: place.row, column: place.column, style: style) }
        if appearance.glyphs == .braille {
            var dots: UInt8 = 0
            for dy in 0..<4 {
                for dx in 0..<2 where isAbove(pixel(dy, dx)) { dots |= BrailleCanvas.bit(row: dy, column: dx) }
            }
            put(dots == 0 ? " " : BrailleCanvas.character(dots), Style(.chartTrain))
            return
        }
        if appearance.usesHalfBlocks {
            switch (pixel(0, 0), pixel(1, 0)) {
            case (.notANumber, _), (_, .notANumber): put("!", Style(.mapNaN))
            case (.nothing, .nothing): put(" ", .text)
            case (.level(let top), .level(let bottom)):
                put("▀", Style(foreground: shading.ink(top), background: shading.ink(bottom)))
            case (.level(let top), .nothing): put("▀", Style(foreground: shading.ink(top), background: .role(.text)))
            case (.nothing, .level(let bottom)): put("▄", Style(foreground: shading.ink(bottom), background: .role(.text)))
            }
            return
        }
        let ramp = isSigned ? Self.signedRamp : Self.ramp(appearance.glyphs)
        switch pixel(0, 0, steps: ramp.count) {
        case .nothing: put(" ", .text)
        case .notANumber: put("!", Style(.mapNaN))
        case .level(let step): put(ramp[step], .text)
        }
    }

    private func isAbove(_ pixel: Shading.Pixel) -> Bool {
        guard case .level(let level) = pixel else { return false }
        let middle = Double(ColourMap.levels) / 2
        return isSigned
            ? abs(Double(level) + 0.5 - middle) >= threshold * middle : Double(level + 1) >= threshold * Double(ColourMap.levels)
    }

    /// Shades for screens with fewer than sixteen colours, lightest first; nothing at all is a blank.
    static func ramp(_ glyphs: GlyphSet) -> [Character] { glyphs == .ascii ? Array(".:-=+*#%@") : Array("·░▒▓█") }

    /// Shades of signed values: strongly below zero, weakly, weakly above, strongly.
    static let signedRamp: [Character] = ["=", "-", "+", "#"]

    private func drawRulers(_ geometry: HeatMapGeometry, onto cells: inout Cells) {
        let marked = cursor.flatMap { geometry.gridCell(row: $0.row, column: $0.column) }.map {
            geometry.position(gridRow: $0.row, gridColumn: $0.column)
        }
        let every = 4
        for row in 0..<geometry.ruler.rows {
            let isMarked = marked?.row == geometry.ruler.row + row
            guard isMarked || row % every == 0 else { continue }
            let gridRow = row * geometry.pixelRows / geometry.magnificationRows
            guard gridRow < geometry.gridRows else { continue }
            let position = isMarked ? cursor?.row ?? 0 : geometry.entries(gridRow: gridRow, gridColumn: 0).rows.lowerBound
            guard rowOrder.indices.contains(position) else { continue }
            let label = "\(rowPrefix)\(rowOrder[position])"
            let style = isMarked ? Style(.cursor) : Style.dim
            cells.put(
                Text.fit(label, to: geometry.ruler.columns - 1, .right), row: geometry.ruler.row + row, column: geometry.ruler.column,
                style: style)
        }
        guard geometry.columnRuler.rows > 0 else { return }
        let line = geometry.columnRuler
        let first = "\(columnPrefix)\(columnOrder.indices.contains(window.column) ? columnOrder[window.column] : 0)"
        let lastPosition = window.column + window.columns - 1
        let last = "\(columnPrefix)\(columnOrder.indices.contains(lastPosition) ? columnOrder[lastPosition] : 0)"
        // The name at the cursor comes first; those of the ends stand where they do not touch it.
        var taken: Range<Int>?
        if let marked, let cursor, columnOrder.indices.contains(cursor.column) {
            let label = "\(columnPrefix)\(columnOrder[cursor.column])", width = Text.width(label)
            let start = max(line.column, min(line.right - width, marked.column - width / 2))
            cells.put(label, row: line.row, column: start, style: Style(.cursor))
            taken = start - 1..<start + width + 1
        }
        func isFree(_ place: Range<Int>) -> Bool { taken.map { !$0.overlaps(place) } ?? true }
        guard window.columns > 1 else { return }
        if isFree(line.column..<line.column + Text.width(first)) {
            cells.put(first, row: line.row, column: line.column, style: .dim, limit: line.columns)
        }
        let end = line.right - Text.width(last)
        if line.columns > Text.width(first) + Text.width(last), isFree(end..<line.right) {
            cells.put(last, row: line.row, column: end, style: .dim)
        }
    }

    private func drawBars(_ geometry: HeatMapGeometry, onto cells: inout Cells) {
        if rowMarks.count == matrix.rows, geometry.rowBar.columns > 1 {
            for row in 0..<geometry.rowBar.rows {
                let first = row * geometry.pixelRows / geometry.magnificationRows
                let last = max(first, ((row + 1) * geometry.pixelRows - 1) / geometry.magnificationRows)
                let value = (first...min(last, max(first, geometry.gridRows - 1))).map {
                    mean(of: rowMarks, at: geometry.entries(gridRow: $0, gridColumn: 0).rows, in: rowOrder)
                }.max()
                cells.set(
                    Bars.horizontalCell(value ?? 0), row: geometry.rowBar.row + row, column: geometry.rowBar.column + 1,
                    style: Style(rowRole))
            }
        }
        if columnMarks.count == matrix.columns, geometry.columnBar.rows > 0 {
            for column in 0..<geometry.columnBar.columns {
                let cell = column * geometry.pixelColumns / geometry.magnificationColumns
                let value = mean(of: columnMarks, at: geometry.entries(gridRow: 0, gridColumn: cell).columns, in: columnOrder)
                cells.set(
                    Bars.vertical(value), row: geometry.columnBar.row, column: geometry.columnBar.column + column, style: Style(columnRole))
            }
        }
    }

    private func mean(of marks: [Double], at positions: Range<Int>, in order: [Int]) -> Double {
        let values = positions.compactMap { order.indices.contains($0) && marks.indices.contains(order[$0]) ? marks[order[$0]] : nil }
        return values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    private func drawLegend(
        _ geometry: HeatMapGeometry, limit: Double, pooled: PooledGrid, onto cells: inout Cells, appearance: Appearance
    ) {
        guard geometry.legend.rows > 0 else { return }
        let low = isSigned ? -limit : scale == .logarithmic ? limit * MapScale.logarithmicFloor : 0
        var spans: [Span] = [Span(Self.number(low) + " ", .dim)]
        if appearance.glyphs == .braille {
            spans = [Span("⠿ at least \(Self.number(threshold * limit)) ", .dim)]
        } else if appearance.usesHalfBlocks {
            spans += stride(from: 1, to: ColourMap.levels, by: 3).map {
                Span("█", Style(foreground: isSigned ? .diverging($0) : .sequential($0), background: .role(.text)))
            }
        } else {
            spans += (isSigned ? Self.signedRamp : Self.ramp(appearance.glyphs)).map { Span(String($0)) }
        }
        if appearance.glyphs != .braille { spans.append(Span(" " + Self.number(limit), .dim)) }
        let words = [isSigned ? "linear" : scale.rawValue, "\(pooling.rawValue) \(geometry.block.rows):\(geometry.block.columns)", unit]
            .filter { !$0.isEmpty }
        if pooled.notFinite > 0 { spans.append(Span("  ! \(pooled.notFinite) not a number", Style(.mapNaN))) }
        spans.append(Span("  " + words.joined(separator: " · "), .dim))
        cells.write(spans, in: geometry.legend)
    }

    /// The entries themselves in hundredths, where a cell of the map has room for three digits.
    private func drawNumbers(_ geometry: HeatMapGeometry, onto cells: inout Cells) {
        let high = geometry.magnificationRows / geometry.pixelRows, wide = geometry.magnificationColumns / geometry.pixelColumns
        guard let wholes = printedWholes, high >= 1, wide >= 4, geometry.gridRows == window.rows, geometry.gridColumns == window.columns
        else { return }
        for row in 0..<geometry.gridRows {
            for column in 0..<geometry.gridColumns
            where rowOrder.indices.contains(window.row + row) && columnOrder.indices.contains(window.column + column) {
                let index = rowOrder[window.row + row]
                let value = Double(matrix[index, columnOrder[window.column + column]])
                let whole = wholes.indices.contains(index) ? wholes[index] : 0
                let place = geometry.position(gridRow: row, gridColumn: column)
                let text = !value.isFinite ? "!" : whole > 0 ? "\(Int((value / whole * 100).rounded()))" : "–"
                cells.put(
                    Text.fit(text, to: 3, .right), row: place.row + (high - 1) / 2, column: place.column + (wide - 3) / 2, style: .text)
            }
        }
    }

    /// A frame around the selected rectangle: its corners.
    private func drawSelection(_ geometry: HeatMapGeometry, onto cells: inout Cells) {
        guard let selection, selection.rows > 0, selection.columns > 0,
            let first = geometry.gridCell(row: max(window.row, selection.row), column: max(window.column, selection.column)),
            let last = geometry.gridCell(
                row: min(window.row + window.rows, selection.row + selection.rows) - 1,
                column: min(window.column + window.columns, selection.column + selection.columns) - 1)
        else { return }
        let from = geometry.position(gridRow: first.row, gridColumn: first.column),
            to = geometry.position(gridRow: last.row, gridColumn: last.column)
        let style = Style(.cursor)
        for (row, column, sign) in [
            (from.row, from.column, "┌"), (from.row, to.column, "┐"), (to.row, from.column, "└"), (to.row, to.column, "┘"),
        ] as [(Int, Int, Character)] {
            cells.set(sign, row: row, column: column, style: style)
        }
    }

    private func drawCursor(_ geometry: HeatMapGeometry, onto cells: inout Cells) {
        guard let cursor, let cell = geometry.gridCell(row: cursor.row, column: cursor.column) else { return }
        let place = geometry.position(gridRow: cell.row, gridColumn: cell.column)
        let rows = max(1, geometry.magnificationRows / geometry.pixelRows),
            columns = max(1, geometry.magnificationColumns / geometry.pixelColumns)
        let middle = Position(row: place.row + (rows - 1) / 2, column: place.column + (columns - 1) / 2)
        cells.set("┼", row: middle.row, column: middle.column, style: Style(.cursor))
        cells.cursor = middle
    }

    /// Three significant digits, short enough for a legend.
    package static func number(_ value: Double) -> String {
        guard value.isFinite else { return "!" }
        if value == 0 { return "0" }
        let size = abs(value)
        if size >= 0.001, size < 10_000 {
            return String(format: size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f", value)
        }
        return String(format: "%.1e", value)
    }
}
