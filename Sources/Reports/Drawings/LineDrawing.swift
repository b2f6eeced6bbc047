import Formatting
import Foundation

/// Curves over steps. Many points become means over ranges of steps, with a band from the least to the most of each.
struct LineDrawing {
    let chart: CurveChart
    /// In units of about a pixel.
    let width: Double
    let height: Double

    private static let left = 62.0, right = 14.0, top = 10.0, bottom = 30.0
    /// Points beyond which a line is drawn by ranges: about one for every two units.
    private var finest: Int { Int(width / 2) }

    /// Drawn twice, for wide windows and for narrow ones: the style shows one of them, so that letters are of one size everywhere.
    static func figure(_ chart: CurveChart) -> String {
        let values = chart.lines.flatMap { $0.points.map(\.value) }.filter(\.isFinite)
        let steps = chart.lines.flatMap { $0.points.map(\.step) }
        guard let least = values.min(), let most = values.max(), let first = steps.min(), let last = steps.max() else {
            return "<p>\(HTMLReport.escaped(chart.title)): no data.</p>\n"
        }
        // A number that never changes needs no drawing.
        if least == most, chart.lines.allSatisfy({ $0.points.allSatisfy(\.value.isFinite) }) {
            return "<p>\(HTMLReport.escaped(chart.title)): \(Format.significant(least)) (constant).</p>\n"
        }
        let vertical = Axis(from: least, to: most, isLogarithmic: least > 0 && most / least > 100)
        let horizontal = Axis(from: Double(first), to: Double(max(last, first + 1)), isWhole: true)
        // The only line of a chart needs no name where the chart has it.
        let keys = chart.lines.count == 1 && chart.lines[0].name == chart.title ? "" : chart.lines.map(key).joined()
        var svg =
            "<figure class=\"chart\"><figcaption><b>\(HTMLReport.escaped(chart.title))</b>\(keys)\(vertical.isLogarithmic ? "logarithmic" : "")</figcaption>\n"
        svg +=
            LineDrawing(chart: chart, width: 860, height: 220).svg("wide", horizontal, vertical)
            + LineDrawing(chart: chart, width: 360, height: 200).svg("narrow", horizontal, vertical)
        let strange = chart.lines.map { line in (line.name, line.points.filter { !$0.value.isFinite }.count) }.filter { $0.1 > 0 }
        if !strange.isEmpty {
            svg +=
                "<figcaption>\(strange.map { "\(HTMLReport.escaped($0.0)): \($0.1) non-finite values are not drawn" }.joined(separator: "; "))</figcaption>"
        }
        return svg + "</figure>\n"
    }

    private func svg(_ kind: String, _ horizontal: Axis, _ vertical: Axis) -> String {
        let (left, right, top, bottom) = (Self.left, Self.right, Self.top, Self.bottom)
        func x(_ step: Double) -> Double { left + horizontal.place(step) * (width - left - right) }
        func y(_ value: Double) -> Double { height - bottom - vertical.place(value) * (height - top - bottom) }

        var svg =
            "<svg class=\"\(kind)\" viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"\(HTMLReport.escaped(chart.title))\">\n"
        for tick in vertical.ticks {
            let place = Coordinate.text(y(tick)), label = chart.isShare ? Format.significant(100 * tick) + " %" : Format.significant(tick)
            svg += "<line class=\"grid\" x1=\"\(Int(left))\" x2=\"\(Int(width - right))\" y1=\"\(place)\" y2=\"\(place)\"/>"
            svg += "<text x=\"\(Int(left) - 8)\" y=\"\(Coordinate.text(y(tick) + 4))\" text-anchor=\"end\">\(label)</text>\n"
        }
        for tick in horizontal.ticks {
            svg +=
                "<text x=\"\(Coordinate.text(x(tick)))\" y=\"\(Int(height) - 8)\" text-anchor=\"middle\">\(Format.significant(tick))</text>\n"
        }
        svg += "<text x=\"\(Int(left) - 8)\" y=\"\(Int(height) - 8)\" text-anchor=\"end\">\(HTMLReport.escaped(chart.axis))</text>\n"
        for line in chart.lines { svg += drawn(line, x: x, y: y) }
        return svg + "</svg>\n"
    }

    private static func key(_ line: CurveChart.Line) -> String {
        "<span class=\"key\"><svg viewBox=\"0 0 30 8\"><line class=\"\(line.hue.line) line\"\(dashes(line)) x1=\"1\" y1=\"4\" x2=\"29\" y2=\"4\"/></svg>\(HTMLReport.escaped(line.name))</span>"
    }

    private static func dashes(_ line: CurveChart.Line) -> String { line.hue.dashes.map { " stroke-dasharray=\"\($0)\"" } ?? "" }

    private func drawn(_ line: CurveChart.Line, x: (Double) -> Double, y: (Double) -> Double) -> String {
        let finite = line.points.filter(\.value.isFinite)
        guard let only = finite.first else { return "" }
        guard finite.count > 1 else {
            return
                "<circle class=\"\(line.hue.fill)\" cx=\"\(Coordinate.text(x(Double(only.step))))\" cy=\"\(Coordinate.text(y(only.value)))\" r=\"3.5\"/>\n"
        }
        func point(_ step: Double, _ value: Double) -> String { "\(Coordinate.text(x(step))),\(Coordinate.text(y(value)))" }
        guard finite.count > finest else {
            return Self.path(line, finite.map { point(Double($0.step), $0.value) })
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
        return "<polygon class=\"\(line.hue.fill) band\" points=\"\((upper + lower.reversed()).joined(separator: " "))\"/>\n"
            + Self.path(line, middle)
    }

    private static func path(_ line: CurveChart.Line, _ points: [String]) -> String {
        "<polyline class=\"\(line.hue.line) line\"\(dashes(line)) points=\"\(points.joined(separator: " "))\"><title>\(HTMLReport.escaped(line.name)): \(HTMLReport.escaped(TextReport.sentence(line)))</title></polyline>\n"
    }
}
