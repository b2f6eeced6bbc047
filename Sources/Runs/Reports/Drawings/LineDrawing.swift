import Foundation

/// Curves over steps. Many points become means over ranges of steps, with a band from the least to the most of each.
enum LineDrawing {
    private static let width = 860.0, height = 220.0
    private static let left = 62.0, right = 14.0, top = 10.0, bottom = 30.0
    /// Points beyond which a line is drawn by ranges: about one for every two units.
    private static let finest = 400

    static func figure(_ chart: LineChart) -> String {
        let values = chart.lines.flatMap { $0.points.map(\.value) }.filter(\.isFinite)
        let steps = chart.lines.flatMap { $0.points.map(\.step) }
        guard let least = values.min(), let most = values.max(), let first = steps.min(), let last = steps.max() else {
            return "<p>\(HTMLReport.escaped(chart.title)): there is nothing to draw.</p>\n"
        }
        let vertical = Axis(from: least, to: most, isLogarithmic: least > 0 && most / least > 100)
        let horizontal = Axis(from: Double(first), to: Double(max(last, first + 1)), isWhole: true)
        func x(_ step: Double) -> Double { left + horizontal.place(step) * (width - left - right) }
        func y(_ value: Double) -> Double { height - bottom - vertical.place(value) * (height - top - bottom) }

        var svg = "<figure class=\"chart\"><figcaption><b>\(HTMLReport.escaped(chart.title))</b> &nbsp; "
        svg += chart.lines.map(key).joined() + (vertical.isLogarithmic ? "logarithmic" : "") + "</figcaption>\n"
        svg += "<svg viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"\(HTMLReport.escaped(chart.title))\">\n"
        for tick in vertical.ticks {
            let place = Coordinate.text(y(tick))
            svg += "<line class=\"grid\" x1=\"\(Int(left))\" x2=\"\(Int(width - right))\" y1=\"\(place)\" y2=\"\(place)\"/>"
            svg += "<text x=\"\(Int(left) - 8)\" y=\"\(Coordinate.text(y(tick) + 4))\" text-anchor=\"end\">\(ReportWords.short(tick))</text>\n"
        }
        for tick in horizontal.ticks {
            svg += "<text x=\"\(Coordinate.text(x(tick)))\" y=\"\(Int(height) - 8)\" text-anchor=\"middle\">\(ReportWords.short(tick))</text>\n"
        }
        svg += "<text x=\"\(Int(left) - 8)\" y=\"\(Int(height) - 8)\" text-anchor=\"end\">step</text>\n"
        for line in chart.lines { svg += drawn(line, x: x, y: y) }
        svg += "</svg>"
        let strange = chart.lines.map { line in (line.name, line.points.filter { !$0.value.isFinite }.count) }.filter { $0.1 > 0 }
        if !strange.isEmpty {
            svg += "<figcaption>\(strange.map { "\(HTMLReport.escaped($0.0)): \($0.1) values are not finite and not drawn" }.joined(separator: "; "))</figcaption>"
        }
        return svg + "</figure>\n"
    }

    private static func key(_ line: LineChart.Line) -> String {
        "<span class=\"key\"><svg viewBox=\"0 0 30 8\"><line class=\"\(line.hue.line) line\"\(dashes(line)) x1=\"1\" y1=\"4\" x2=\"29\" y2=\"4\"/></svg>\(HTMLReport.escaped(line.name))</span>"
    }

    private static func dashes(_ line: LineChart.Line) -> String { line.hue.dashes.map { " stroke-dasharray=\"\($0)\"" } ?? "" }

    private static func drawn(_ line: LineChart.Line, x: (Double) -> Double, y: (Double) -> Double) -> String {
        let finite = line.points.filter(\.value.isFinite)
        guard let only = finite.first else { return "" }
        guard finite.count > 1 else {
            return "<circle class=\"\(line.hue.fill)\" cx=\"\(Coordinate.text(x(Double(only.step))))\" cy=\"\(Coordinate.text(y(only.value)))\" r=\"3.5\"/>\n"
        }
        func point(_ step: Double, _ value: Double) -> String { "\(Coordinate.text(x(step))),\(Coordinate.text(y(value)))" }
        guard finite.count > finest else {
            return path(line, finite.map { point(Double($0.step), $0.value) })
        }
        var middle: [String] = [], upper: [String] = [], lower: [String] = []
        for part in 0..<finest {
            let range = finite[part * finite.count / finest..<(part + 1) * finite.count / finest]
            let step = range.reduce(0.0) { $0 + Double($1.step) } / Double(range.count)
            let values = range.map(\.value)
            middle.append(point(step, values.reduce(0, +) / Double(values.count)))
            upper.append(point(step, values.max() ?? 0))
            lower.append(point(step, values.min() ?? 0))
        }
        return "<polygon class=\"\(line.hue.fill) band\" points=\"\((upper + lower.reversed()).joined(separator: " "))\"/>\n" + path(line, middle)
    }

    private static func path(_ line: LineChart.Line, _ points: [String]) -> String {
        "<polyline class=\"\(line.hue.line) line\"\(dashes(line)) points=\"\(points.joined(separator: " "))\"><title>\(HTMLReport.escaped(line.name)): \(HTMLReport.escaped(TextReport.sentence(line)))</title></polyline>\n"
    }
}
