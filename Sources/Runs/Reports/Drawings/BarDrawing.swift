import Foundation

/// Shares as horizontal bars, each with its number.
enum BarDrawing {
    static func svg(_ chart: BarChart) -> String {
        let width = 860.0, height = 30.0, right = 80.0
        // About seven units for a letter; a long name is shortened.
        let left = min(260, 28 + 7 * Double(chart.bars.map { shortened($0.name).count }.max() ?? 0))
        let most = max(1, chart.bars.map(\.value).max() ?? 1)
        var svg = "<figure class=\"chart\"><svg viewBox=\"0 0 \(Int(width)) \(Int(height) * chart.bars.count + 4)\" role=\"img\" aria-label=\"\(HTMLReport.escaped(chart.title))\">\n"
        for (index, bar) in chart.bars.enumerated() {
            let y = Double(index) * height + 4, share = bar.value.isFinite ? max(0, bar.value / most) : 0
            let length = max(1, share * (width - left - right))
            svg += "<text class=\"name\" x=\"\(Int(left) - 12)\" y=\"\(Coordinate.text(y + 17))\" text-anchor=\"end\">\(HTMLReport.escaped(shortened(bar.name)))<title>\(HTMLReport.escaped(bar.name))</title></text>"
            svg += "<rect class=\"\(bar.hue.fill)\" x=\"\(Int(left))\" y=\"\(Coordinate.text(y + 3))\" width=\"\(Coordinate.text(length))\" height=\"18\" rx=\"3\"/>"
            svg += "<text class=\"name\" x=\"\(Coordinate.text(left + length + 8))\" y=\"\(Coordinate.text(y + 17))\">\(ReportWords.percent(bar.value))</text>\n"
        }
        return svg + "</svg></figure>\n"
    }

    /// The end of a name says most.
    private static func shortened(_ name: String) -> String { name.count > 36 ? "…" + name.suffix(35) : name }
}

/// Numbers in drawings: a tenth of a unit is fine enough.
enum Coordinate {
    static func text(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(Int(tenths)) : String(format: "%.1f", tenths)
    }
}
