import Foundation

/// Curves in braille dots over common axes: a line of means over the columns that there are, the spread of what a column stands for dim
/// behind it; what is not finite leaves a gap.
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
        /// In the order of x.
        package var points: [Point]
        package var role: Role
        /// 0 draws a whole line, a number as many dots on as off: told apart without colour.
        package var pattern: Int
        /// The weight of the past at one step of x, 0…1; 0 draws the points as they are. For series with a point at each step only.
        package var smoothing: Double
        /// Measured now and then, as a validation is: a mark at every point, above all other lines.
        package var isMarked: Bool

        package init(name: String, points: [Point], role: Role, pattern: Int = 0, smoothing: Double = 0, isMarked: Bool = false) {
            self.name = name
            self.points = points
            self.role = role
            self.pattern = pattern
            self.smoothing = smoothing
            self.isMarked = isMarked
        }

        /// The points of the drawn line: an exponential moving average over steps, divided by the weight of what has been seen, so that the
        /// beginning is not drawn towards zero. A step that a point skips counts, too: means of many steps forget more.
        package var smoothed: [Point] {
            guard smoothing > 0, smoothing < 1 else { return points }
            var mean = 0.0, weight = 0.0, last: Double?
            return points.map { point in
                guard point.y.isFinite, point.x.isFinite else { return point }
                let kept = pow(smoothing, max(1, point.x - (last ?? point.x - 1)))
                last = point.x
                mean = mean * kept + point.y * (1 - kept)
                weight = weight * kept + (1 - kept)
                return Point(x: point.x, y: mean / weight, low: point.low, high: point.high)
            }
        }
    }

    /// A value to compare curves with, drawn across.
    package struct Level: Sendable, Equatable {
        package var name: String
        package var value: Double
        package var role: Role

        package init(name: String, value: Double, role: Role) {
            self.name = name
            self.value = value
            self.role = role
        }
    }

    package var series: [Series]
    package var levels: [Level] = []
    package var isLogarithmic = false
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
        func take(_ x: Double?, _ value: Double) {
            guard let y = height(value) else { return }
            if let before = low {
                low = (min(before.x, x ?? before.x), min(before.y, y))
                high = (max(high.x, x ?? high.x), max(high.y, y))
            } else if let x {
                (low, high) = ((x, y), (x, y))
            }
        }
        for point in series.lazy.flatMap(\.points) where point.x.isFinite {
            for value in [point.low, point.high, point.y] { take(point.x, value) }
        }
        for level in levels { take(nil, level.value) }
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
        let named = (series.map(\.name) + levels.map(\.name)).map { Text.width(Text.clip($0, to: 12)) }
        let nameRoom = area.columns >= 48 ? (named.max() ?? 0) + 1 : 0
        let frame = ChartFrame(area, x: limits.x, y: limits.y, isLogarithmic: isLogarithmic, xTitle: xTitle, legendColumns: nameRoom)
        let plot = frame.plot
        frame.draw(onto: &cells)
        if let cursor, limits.x.contains(cursor) {
            let at = plot.column + frame.column(cursor) / 2
            for line in plot.row..<plot.bottom { cells.set("┊", row: line, column: at, style: Style(.cursor).on(.text)) }
        }
        var spread = BrailleCanvas(plot), across = BrailleCanvas(plot), lines = BrailleCanvas(plot), marked = BrailleCanvas(plot)
        for one in series {
            let columns = columns(of: one, frame)
            drawSpread(columns, frame, onto: &spread)
            if one.isMarked { drawLine(columns, one, frame, onto: &marked) } else { drawLine(columns, one, frame, onto: &lines) }
        }
        for level in levels {
            guard let y = height(level.value) else { continue }
            let row = frame.row(y)
            across.line(from: (row, 0), to: (row, across.width - 1), style: Style(level.role), pattern: 3)
        }
        for canvas in [spread, across, lines, marked] { canvas.draw(onto: &cells, appearance: appearance) }
        for one in series where one.isMarked { drawMarks(one, frame, onto: &cells) }
        if let best, let y = height(best.y), limits.x.contains(best.x), limits.y.contains(y) {
            cells.set("◆", row: plot.row + frame.row(y) / 4, column: plot.column + frame.column(best.x) / 2, style: Style(.chartBest))
        }
        if nameRoom > 0 { nameLines(in: frame.legend, frame, onto: &cells) }
    }

    /// What one column of dots stands for.
    private struct Column {
        var at: Int
        /// Mean of the line's points, on a logarithmic axis also that of the values and not of their logarithms.
        var mean: Double
        var count: Int
        var low: Double
        var high: Double
        /// Something that is not a number lies between the column before and this one.
        var isBroken: Bool
    }

    /// The points of a series gathered by the column of dots in which they lie.
    private func columns(of one: Series, _ frame: ChartFrame) -> [Column] {
        var found: [Column] = [], isBroken = false
        for point in one.smoothed {
            guard let y = height(point.y), point.x.isFinite else {
                isBroken = true
                continue
            }
            let at = frame.column(point.x), low = height(point.low) ?? y, high = height(point.high) ?? y
            if let last = found.last, last.at == at, !isBroken {
                let place = found.count - 1
                found[place].mean += (point.y - last.mean) / Double(last.count + 1)
                found[place].count += 1
                found[place].low = min(last.low, low)
                found[place].high = max(last.high, high)
            } else {
                found.append(Column(at: at, mean: point.y, count: 1, low: low, high: high, isBroken: isBroken))
                isBroken = false
            }
        }
        return found
    }

    /// From the smallest to the largest value of each column.
    private func drawSpread(_ columns: [Column], _ frame: ChartFrame, onto canvas: inout BrailleCanvas) {
        for column in columns where column.high > column.low || column.low != height(column.mean) {
            canvas.line(from: (frame.row(column.high), column.at), to: (frame.row(column.low), column.at), style: .dim)
        }
    }

    private func drawLine(_ columns: [Column], _ one: Series, _ frame: ChartFrame, onto canvas: inout BrailleCanvas) {
        var previous: (row: Int, column: Int)?
        for column in columns {
            guard let y = height(column.mean) else { continue }
            let here = (row: frame.row(y), column: column.at)
            canvas.line(from: column.isBroken ? here : previous ?? here, to: here, style: Style(one.role), pattern: one.pattern)
            previous = here
        }
    }

    /// A mark at each measurement, as long as they do not stand side by side.
    private func drawMarks(_ one: Series, _ frame: ChartFrame, onto cells: inout Cells) {
        let places = one.points.compactMap { point -> Position? in
            guard let y = height(point.y), point.x.isFinite else { return nil }
            return Position(row: frame.plot.row + frame.row(y) / 4, column: frame.plot.column + frame.column(point.x) / 2)
        }
        guard Set(places.map(\.column)).count * 2 <= frame.plot.columns else { return }
        for place in places { cells.set("•", row: place.row, column: place.column, style: Style(one.role).adding(.bold)) }
    }

    /// Names at the right, each beside the end of its line, moved apart where they would meet.
    private func nameLines(in area: Rectangle, _ frame: ChartFrame, onto cells: inout Cells) {
        var wanted: [(line: Int, name: String, role: Role)] = []
        for one in series {
            guard let last = one.smoothed.last(where: { height($0.y) != nil }), let y = height(last.y) else { continue }
            wanted.append((frame.row(y) / 4, one.name, one.role))
        }
        for level in levels {
            guard let y = height(level.value) else { continue }
            wanted.append((frame.row(y) / 4, level.name, level.role))
        }
        var next = 0
        for (_, entry) in wanted.enumerated().sorted(by: { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }) {
            let at = max(next, min(entry.line, area.rows - 1))
            guard at < area.rows else { break }
            cells.put(
                Text.clip(entry.name, to: 12), row: area.row + at, column: area.column + 1, style: Style(entry.role),
                limit: area.columns - 1)
            next = at + 1
        }
    }
}
