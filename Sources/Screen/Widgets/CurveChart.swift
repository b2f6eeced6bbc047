import Foundation

/// Curves in braille dots over common axes; what is not finite leaves a gap, and the spread of what a point stands for is drawn dim.
package struct CurveChart: Sendable {
    package struct Point: Sendable, Equatable {
        package var x: Double
        package var y: Double
        /// The smallest and largest value the point stands for.
        package var low: Double
        package var high: Double

        package init(x: Double, y: Double, low: Double? = nil, high: Double? = nil) {
            self.x = x
            self.y = y
            self.low = low ?? y
            self.high = high ?? y
        }
    }

    package struct Series: Sendable {
        package var name: String
        package var points: [Point]
        package var role: Role
        /// 0 draws a whole line, a number as many dots on as off: told apart without colour.
        package var pattern: Int

        package init(name: String, points: [Point], role: Role, pattern: Int = 0) {
            self.name = name
            self.points = points
            self.role = role
            self.pattern = pattern
        }
    }

    package var series: [Series]
    package var isLogarithmic = false
    /// Weight of the past in the drawn line, 0…1; the points themselves stay as a dim cloud.
    package var smoothing = 0.0
    /// A vertical line at this x.
    package var cursor: Double?
    /// A place worth a mark, such as the best validation.
    package var best: (x: Double, y: Double)?
    package var xTitle = ""
    /// What is said where there are no points.
    package var emptyWords = "no points yet"

    package init(series: [Series], isLogarithmic: Bool = false) {
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
    package static func ticks(_ limits: ClosedRange<Double>, count: Int) -> [Double] { ChartFrame.ticks(limits, count: count) }

    /// Draws the chart and names each line at its end.
    package func draw(onto cells: inout Cells, in area: Rectangle, appearance: Appearance) {
        guard let limits, area.rows >= 4, area.columns >= 20 else {
            cells.write(emptyWords, in: area, style: .dim)
            return
        }
        let names = series.map { Text.clip($0.name, to: 12) }
        let nameRoom = area.columns >= 48 ? (names.map { Text.width($0) }.max() ?? 0) + 1 : 0
        let frame = ChartFrame(area, x: limits.x, y: limits.y, isLogarithmic: isLogarithmic, xTitle: xTitle, legendColumns: nameRoom)
        let plot = frame.plot
        frame.draw(onto: &cells)
        var cloud = BrailleCanvas(plot), lines = BrailleCanvas(plot)
        for one in series { draw(one, frame, cloud: &cloud, lines: &lines) }
        if let cursor, limits.x.contains(cursor) {
            let at = plot.column + frame.column(cursor) / 2
            for line in plot.row..<plot.bottom { cells.set("┊", row: line, column: at, style: Style(.cursor).on(.text)) }
        }
        cloud.draw(onto: &cells, appearance: appearance)
        lines.draw(onto: &cells, appearance: appearance)
        if let best, let y = height(best.y), limits.x.contains(best.x), limits.y.contains(y) {
            cells.set("◆", row: plot.row + frame.row(y) / 4, column: plot.column + frame.column(best.x) / 2, style: Style(.chartBest))
        }
        if nameRoom > 0 { nameLines(names, in: frame.legend, frame, onto: &cells) }
    }

    private func draw(_ one: Series, _ frame: ChartFrame, cloud: inout BrailleCanvas, lines: inout BrailleCanvas) {
        var previous: (row: Int, column: Int)?, mean: Double?
        for point in one.points {
            guard let y = height(point.y), point.x.isFinite else {
                previous = nil
                continue
            }
            if let low = height(point.low), let high = height(point.high), high > low {
                cloud.line(from: (frame.row(high), frame.column(point.x)), to: (frame.row(low), frame.column(point.x)), style: .dim)
            } else if smoothing > 0 {
                cloud.dot(row: frame.row(y), column: frame.column(point.x), style: .dim)
            }
            let drawn = mean.map { $0 * smoothing + y * (1 - smoothing) } ?? y
            mean = drawn
            let here = (row: frame.row(drawn), column: frame.column(point.x))
            lines.line(from: previous ?? here, to: here, style: Style(one.role), pattern: one.pattern)
            previous = here
        }
    }

    /// Names at the right, each beside the end of its line, moved apart where they would meet.
    private func nameLines(_ names: [String], in area: Rectangle, _ frame: ChartFrame, onto cells: inout Cells) {
        var wanted: [(line: Int, index: Int)] = []
        for (index, one) in series.enumerated() {
            guard let last = one.points.last(where: { height($0.y) != nil }), let y = height(last.y) else { continue }
            wanted.append((frame.row(y) / 4, index))
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
