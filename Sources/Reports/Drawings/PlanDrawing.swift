import Formatting
import Foundation
import Store

/// A coupling as a small picture: mass as strength of one colour, eight strengths.
enum PlanDrawing {
    private static let strengths = 8

    static func figure(title: String, _ coupling: RunCoupling) -> String {
        let title = HTMLReport.escaped(title), (rows, columns, cells) = sane(coupling)
        var svg =
            "<figure><svg viewBox=\"0 0 \(columns) \(rows)\" shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"\(title)\">"
        var paths = [String](repeating: "", count: strengths)
        for row in 0..<rows {
            var column = 0
            while column < columns {
                guard let strength = strength(cells[row * columns + column]) else {
                    column += 1
                    continue
                }
                // Neighbours of one strength are one rectangle.
                var end = column + 1
                while end < columns, self.strength(cells[row * columns + end]) == strength { end += 1 }
                paths[strength] += "M\(column) \(row)h\(end - column)v1h-\(end - column)z"
                column = end
            }
        }
        for (strength, path) in paths.enumerated() where !path.isEmpty {
            svg += "<path class=\"cell\" opacity=\"\(Double(strength + 1) / Double(strengths))\" d=\"\(path)\"/>"
        }
        return svg
            + "</svg><figcaption><b>\(title)</b><br>\(HTMLReport.escaped("\(Format.decimal(coupling.effectiveMatches, 2)) matches; \(coupling.sentence)"))</figcaption></figure>\n"
    }

    /// What another program wrote into the table may be anything.
    private static func sane(_ coupling: RunCoupling) -> (rows: Int, columns: Int, cells: [UInt8]) {
        guard (0...1000).contains(coupling.pictureRows), (0...1000).contains(coupling.pictureColumns) else { return (0, 0, []) }
        let count = coupling.pictureRows * coupling.pictureColumns, cells = Array(coupling.picture.prefix(count))
        return (coupling.pictureRows, coupling.pictureColumns, cells + [UInt8](repeating: 0, count: count - cells.count))
    }

    /// Nil for no mass; the square root keeps weak matches visible.
    private static func strength(_ cell: UInt8) -> Int? {
        cell == 0 ? nil : min(strengths - 1, Int((Double(cell) / 255).squareRoot() * Double(strengths)))
    }
}
