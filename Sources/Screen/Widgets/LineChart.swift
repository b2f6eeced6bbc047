import Foundation

/// Curves in braille dots over common axes; what is not finite leaves a gap, and the spread of what a point stands for is drawn dim.
public struct LineChart: Sendable {
    public struct Point: Sendable, Equatable {
        public var x: Double
        public var y: Double
        /// The smallest and largest value the point stands for.
        public var low: Double
        public var high: Double

        public init(x: Double, y: Double, low: Double? = nil, high: Double? = nil) {
            self.x = x
            self.y = y
            self.low = low ?? y
            self.high = high ?? y
        }
    }

    public struct Series: Sendable {
        public var name: String
        public var points: [Point]
        public var role: Role
        /// 0 draws a whole line, a number as many dots on as off: told apart without colour.
        public var pattern: Int

        public init(name: String, points: [Point], role: Role, pattern: Int = 0) {
            self.name = name
            self.points = points
            self.role = role
            self.pattern = pattern
        }
    }

    public var series: [Series]
    public var isLogarithmic = false
    /// Weight of the past in the drawn line, 0…1; the points themselves stay as a dim cloud.
    public var smoothing = 0.0
    /// A vertical line at this x.
    public var cursor: Double?
    /// A place worth a mark, such as the best validation.
    public var best: (x: Double, y: Double)?
    public var xTitle = ""
    /// What is said where there are no points.
    public var emptyWords = "no points yet"

    public init(series: [Series], isLogarithmic: Bool = false) {
        self.series = series
        self.isLogarithmic = isLogarithmic
    }

    private func height(_ y: Double) -> Double? {
        guard y.isFinite else { return nil }
        return isLogarithmic ? (y > 0 ? log10(y) : nil) : y
    }

    /// The limits of everything drawn, in the units of the axes (powers of ten on a logarithmic one).
    private var limits: (x: ClosedRange<Double>, y: ClosedRange<Double>)? {
        var low: (x: Double, y: Double)?, high = (x: 0.0, y: 0.0)
        for point in series.lazy.flatMap(\.points) where point.x.isFinite {
            for value in [point.low, point.high, point.y] {
                guard let y = height(value) else { continue }
                if let before = low {
                    low = (min(before.x, point.x), min(before.y, y))
                    high = (max(high.x, point.x), max(high.y, y))
                } else {
                    low = (point.x, y)
                    high = (point.x, y)
                }
            }
        }
        guard let low else { return nil }
        // One value alone still has an axis around it.
        let margin = high.y > low.y ? 0 : max(abs(low.y) / 10, 0.5)
        return (low.x...max(low.x + 1e-9, high.x), (low.y - margin)...(high.y + margin))
    }

    /// Round numbers between two limits, about `count` of them.
    public static func ticks(_ limits: ClosedRange<Double>, count: Int) -> [Double] {
        let span = limits.upperBound - limits.lowerBound
        guard span > 0, span.isFinite, count > 0 else { return [limits.lowerBound] }
        let raw = span / Double(count), power = pow(10, log10(raw).rounded(.down))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= raw * 0.999 } ?? power * 10
        var ticks: [Double] = [], at = (limits.lowerBound / step).rounded(.up) * step
        while at <= limits.upperBound + step * 1e-9, ticks.count <= 4 * count + 4 {
            ticks.append(abs(at) < step * 1e-9 ? 0 : at)
            at += step
        }
        return ticks
    }

    /// Ticks of the vertical axis: on a logarithmic one 1, 2 and 5 of each power of ten, or the powers alone where those are many.
    private func heightTicks(_ limits: ClosedRange<Double>, count: Int) -> [Double] {
        guard isLogarithmic, limits.upperBound - limits.lowerBound < 40 else { return Self.ticks(limits, count: count) }
        let powers = Int(limits.lowerBound.rounded(.down))...Int(limits.upperBound.rounded(.up))
        for multiples in [[1.0, 2, 5], [1]] {
            let ticks = powers.flatMap { power in multiples.map { Double(power) + log10($0) } }.filter { $0 >= limits.lowerBound - 1e-9 && $0 <= limits.upperBound + 1e-9 }
            if (2...max(2, 2 * count)).contains(ticks.count) { return ticks }
        }
        return Self.ticks(limits, count: count)
    }

    /// Draws the chart and names each line at its end.
    public func draw(onto cells: inout Cells, in area: Rectangle, appearance: Appearance) {
        guard let limits, area.rows >= 4, area.columns >= 20 else {
            cells.write(emptyWords, in: area, style: .dim)
            return
        }
        let (upper, foot) = area.split(bottom: 2)
        let (axis, rest) = upper.split(left: 8)
        let names = series.map { Text.clip($0.name, to: 12) }
        let nameRoom = rest.columns >= 40 ? (names.map { Text.width($0) }.max() ?? 0) + 1 : 0
        let (plot, legend) = rest.split(right: nameRoom)
        func row(_ y: Double) -> Int { Int(((limits.y.upperBound - y) / (limits.y.upperBound - limits.y.lowerBound) * Double(plot.rows * 4 - 1)).rounded()) }
        func column(_ x: Double) -> Int { Int(((x - limits.x.lowerBound) / (limits.x.upperBound - limits.x.lowerBound) * Double(plot.columns * 2 - 1)).rounded()) }
        drawAxes(limits, plot: plot, axis: axis, foot: foot, row: row, column: column, onto: &cells)
        var cloud = BrailleCanvas(plot), lines = BrailleCanvas(plot)
        for one in series { draw(one, row: row, column: column, cloud: &cloud, lines: &lines) }
        if let cursor, limits.x.contains(cursor) {
            let at = plot.column + column(cursor) / 2
            for line in plot.row..<plot.bottom { cells.set("┊", row: line, column: at, style: Style(.cursor).on(.text)) }
        }
        cloud.draw(onto: &cells, appearance: appearance)
        lines.draw(onto: &cells, appearance: appearance)
        if let best, let y = height(best.y), limits.x.contains(best.x), limits.y.contains(y) {
            cells.set("◆", row: plot.row + row(y) / 4, column: plot.column + column(best.x) / 2, style: Style(.chartBest))
        }
        if nameRoom > 0 { nameLines(names, in: legend, row: row, onto: &cells) }
    }

    private func draw(_ one: Series, row: (Double) -> Int, column: (Double) -> Int, cloud: inout BrailleCanvas, lines: inout BrailleCanvas) {
        var previous: (row: Int, column: Int)?, mean: Double?
        for point in one.points {
            guard let y = height(point.y), point.x.isFinite else {
                previous = nil
                continue
            }
            if let low = height(point.low), let high = height(point.high), high > low {
                cloud.line(from: (row(high), column(point.x)), to: (row(low), column(point.x)), style: .dim)
            } else if smoothing > 0 {
                cloud.dot(row: row(y), column: column(point.x), style: .dim)
            }
            let drawn = mean.map { $0 * smoothing + y * (1 - smoothing) } ?? y
            mean = drawn
            let here = (row: row(drawn), column: column(point.x))
            lines.line(from: previous ?? here, to: here, style: Style(one.role), pattern: one.pattern)
            previous = here
        }
    }

    private func drawAxes(
        _ limits: (x: ClosedRange<Double>, y: ClosedRange<Double>), plot: Rectangle, axis: Rectangle, foot: Rectangle, row: (Double) -> Int, column: (Double) -> Int,
        onto cells: inout Cells
    ) {
        let grid = Style(.chartGrid)
        for line in plot.row..<plot.bottom { cells.set("│", row: line, column: axis.right - 1, style: grid) }
        for at in plot.column..<plot.right { cells.set("─", row: foot.row, column: at, style: grid) }
        cells.set("└", row: foot.row, column: axis.right - 1, style: grid)
        for tick in heightTicks(limits.y, count: max(2, plot.rows / 4)) {
            let line = plot.row + row(tick) / 4
            guard (plot.row..<plot.bottom).contains(line) else { continue }
            cells.put(Text.fit(HeatMap.number(isLogarithmic ? pow(10, tick) : tick), to: 7, .right), row: line, column: axis.column, style: .dim)
            cells.set("┤", row: line, column: axis.right - 1, style: grid)
        }
        var taken = plot.column - 1
        for tick in Self.ticks(limits.x, count: max(1, plot.columns / 14)) {
            let at = plot.column + column(tick) / 2, label = HeatMap.number(tick).replacing(".00", with: "").replacing(".0", with: "")
            let start = max(plot.column, min(plot.right - Text.width(label), at - Text.width(label) / 2))
            guard start > taken else { continue }
            cells.set("┬", row: foot.row, column: min(plot.right - 1, at), style: grid)
            cells.put(label, row: foot.row + 1, column: start, style: .dim)
            taken = start + Text.width(label)
        }
        if !xTitle.isEmpty, plot.right - Text.width(xTitle) > taken { cells.put(xTitle, row: foot.row + 1, column: plot.right - Text.width(xTitle), style: .dim) }
    }

    /// Names at the right, each beside the end of its line, moved apart where they would meet.
    private func nameLines(_ names: [String], in area: Rectangle, row: (Double) -> Int, onto cells: inout Cells) {
        var wanted: [(line: Int, index: Int)] = []
        for (index, one) in series.enumerated() {
            guard let last = one.points.last(where: { height($0.y) != nil }), let y = height(last.y) else { continue }
            wanted.append((row(y) / 4, index))
        }
        var next = 0
        for (line, index) in wanted.sorted(by: { ($0.line, $0.index) < ($1.line, $1.index) }) {
            let at = max(next, min(line, area.rows - 1))
            guard at < area.rows else { break }
            cells.put(names[index], row: area.row + at, column: area.column + 1, style: Style(series[index].role), limit: area.columns - 1)
            next = at + 1
        }
    }
}
