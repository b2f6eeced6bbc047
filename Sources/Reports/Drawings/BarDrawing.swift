import Formatting
import Foundation

/// Shares as horizontal bars, each with its number: a grid whose bars take the width that names and numbers leave.
enum BarDrawing {
    static func figure(_ chart: BarChart) -> String {
        let most = max(1, chart.bars.map(\.value).filter(\.isFinite).max() ?? 1)
        let rows = chart.bars.map { bar in
            let share = bar.value.isFinite ? max(0.002, bar.value / most) : 0
            return
                "<span>\(HTMLReport.escaped(bar.name))</span><svg height=\"18\" aria-hidden=\"true\"><rect class=\"\(bar.hue.fill)\" width=\"\(Coordinate.text(100 * share))%\" height=\"18\" rx=\"3\"/></svg>"
                + "<span>\(Format.percent(bar.value))</span>\n"
        }
        return "<figure class=\"chart bars\" aria-label=\"\(HTMLReport.escaped(chart.title))\">\n\(rows.joined())</figure>\n"
    }
}

/// Numbers in drawings: a tenth of a unit is fine enough.
enum Coordinate {
    static func text(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(Int(tenths)) : String(format: "%.1f", tenths)
    }
}
