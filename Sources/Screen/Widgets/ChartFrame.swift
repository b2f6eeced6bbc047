import Foundation

/// The axes of a chart with ticks at round numbers, and where a point lies in dots of braille.
struct ChartFrame {
    let plot: Rectangle
    /// Beside the plot, for names of lines.
    let legend: Rectangle
    private let axis: Rectangle
    private let foot: Rectangle
    private let x: ClosedRange<Double>
    /// In powers of ten where the axis is logarithmic.
    private let y: ClosedRange<Double>
    private let isLogarithmic: Bool
    private let xTitle: String
    /// How a number of the vertical axis is written.
    var yText: (Double) -> String = HeatMap.number
    /// How a number of the horizontal axis is written.
    var xText: (Double) -> String = { HeatMap.number($0).replacing(".00", with: "").replacing(".0", with: "") }

    init(_ area: Rectangle, x: ClosedRange<Double>, y: ClosedRange<Double>, isLogarithmic: Bool, xTitle: String, legendColumns: Int = 0) {
        let (upper, foot) = area.split(bottom: 2)
        let (axis, rest) = upper.split(left: 8)
        (plot, legend) = rest.split(right: legendColumns)
        self.foot = Rectangle(row: foot.row, column: plot.column, rows: foot.rows, columns: plot.columns)
        self.axis = axis
        self.x = x
        self.y = y
        self.isLogarithmic = isLogarithmic
        self.xTitle = xTitle
    }

    func row(_ value: Double) -> Int { Int(((y.upperBound - value) / (y.upperBound - y.lowerBound) * Double(plot.rows * 4 - 1)).rounded()) }
    func column(_ value: Double) -> Int {
        Int(((value - x.lowerBound) / (x.upperBound - x.lowerBound) * Double(plot.columns * 2 - 1)).rounded())
    }

    /// Round numbers between two limits, about `count` of them.
    static func ticks(_ limits: ClosedRange<Double>, count: Int) -> [Double] {
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
            let ticks = powers.flatMap { power in multiples.map { Double(power) + log10($0) } }.filter {
                $0 >= limits.lowerBound - 1e-9 && $0 <= limits.upperBound + 1e-9
            }
            if (2...max(2, 2 * count)).contains(ticks.count) { return ticks }
        }
        return Self.ticks(limits, count: count)
    }

    func draw(onto cells: inout Cells) {
        let grid = Style(.chartGrid)
        for line in plot.row..<plot.bottom { cells.set("│", row: line, column: axis.right - 1, style: grid) }
        for at in plot.column..<plot.right { cells.set("─", row: foot.row, column: at, style: grid) }
        cells.set("└", row: foot.row, column: axis.right - 1, style: grid)
        let round = heightTicks(y, count: max(2, plot.rows / 4))
        // Where no two round numbers lie inside, the ends are named.
        for tick in round.count < 2 ? [y.lowerBound, y.upperBound] : round {
            let line = plot.row + row(tick) / 4
            guard (plot.row..<plot.bottom).contains(line) else { continue }
            cells.put(Text.fit(yText(isLogarithmic ? pow(10, tick) : tick), to: 7, .right), row: line, column: axis.column, style: .dim)
            cells.set("┤", row: line, column: axis.right - 1, style: grid)
        }
        var taken = plot.column - 1
        for tick in Self.ticks(x, count: max(1, plot.columns / 14)) {
            let at = plot.column + column(tick) / 2, label = xText(tick)
            let start = max(plot.column, min(plot.right - Text.width(label), at - Text.width(label) / 2))
            guard start > taken else { continue }
            cells.set("┬", row: foot.row, column: min(plot.right - 1, at), style: grid)
            cells.put(label, row: foot.row + 1, column: start, style: .dim)
            taken = start + Text.width(label)
        }
        if !xTitle.isEmpty, plot.right - Text.width(xTitle) > taken {
            cells.put(xTitle, row: foot.row + 1, column: plot.right - Text.width(xTitle), style: .dim)
        }
    }
}
