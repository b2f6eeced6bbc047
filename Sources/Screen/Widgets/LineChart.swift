import Foundation

/// Curves in braille dots over a common pair of axes; values that are not finite leave a gap.
public struct LineChart: Sendable {
    public struct Series: Sendable {
        public var name: String
        public var points: [(x: Double, y: Double)]
        public var role: Role

        public init(name: String, points: [(x: Double, y: Double)], role: Role) {
            self.name = name
            self.points = points
            self.role = role
        }
    }

    public var series: [Series]
    public var isLogarithmic: Bool

    public init(series: [Series], isLogarithmic: Bool = false) {
        self.series = series
        self.isLogarithmic = isLogarithmic
    }

    private func height(_ y: Double) -> Double? {
        guard y.isFinite else { return nil }
        if isLogarithmic { return y > 0 ? log10(y) : nil }
        return y
    }

    public func draw(onto cells: inout Cells, in area: Rectangle, appearance: Appearance) {
        let known = series.flatMap { $0.points.compactMap { point in height(point.y).map { (x: point.x, y: $0) } } }
        guard let first = known.first, area.rows >= 3, area.columns >= 16 else {
            cells.write("no points yet", in: area, style: .dim)
            return
        }
        var low = first, high = first
        for point in known {
            (low.x, low.y) = (min(low.x, point.x), min(low.y, point.y))
            (high.x, high.y) = (max(high.x, point.x), max(high.y, point.y))
        }
        let span = (x: max(high.x - low.x, .leastNormalMagnitude), y: max(high.y - low.y, .leastNormalMagnitude))
        let (upper, foot) = area.split(bottom: 1)
        let (axis, plot) = upper.split(left: 8)
        func label(_ y: Double) -> String { HeatMap.number(isLogarithmic ? pow(10, y) : y) }
        for row in 0..<axis.rows { cells.set("┤", row: axis.row + row, column: axis.right - 1, style: Style(.chartGrid)) }
        cells.put(Text.fit(label(high.y), to: 6, .right), row: axis.row, column: axis.column, style: .dim)
        cells.put(Text.fit(label(low.y), to: 6, .right), row: axis.bottom - 1, column: axis.column, style: .dim)
        cells.write(HeatMap.number(low.x), in: foot, indent: 8, style: .dim)
        cells.write(HeatMap.number(high.x), in: foot, style: .dim, align: .right)
        var canvas = BrailleCanvas(plot)
        for one in series {
            var previous: (row: Int, column: Int)?
            for point in one.points {
                guard let y = height(point.y), point.x.isFinite else {
                    previous = nil
                    continue
                }
                let here = (row: Int((high.y - y) / span.y * Double(plot.rows * 4 - 1)), column: Int((point.x - low.x) / span.x * Double(plot.columns * 2 - 1)))
                canvas.line(from: previous ?? here, to: here, style: Style(one.role))
                previous = here
            }
        }
        canvas.draw(onto: &cells, appearance: appearance)
    }
}
