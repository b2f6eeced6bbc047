import Foundation

/// A coupling as a small picture: mass as strength of one colour, eight strengths.
enum PlanDrawing {
    private static let strengths = 8

    static func figure(_ picture: PlanPicture) -> String {
        let title = HTMLReport.escaped(picture.title)
        var svg =
            "<figure><svg viewBox=\"0 0 \(picture.columns) \(picture.rows)\" shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"\(title)\">"
        var paths = [String](repeating: "", count: strengths)
        for row in 0..<picture.rows {
            var column = 0
            while column < picture.columns {
                guard let strength = strength(picture.cells[row * picture.columns + column]) else {
                    column += 1
                    continue
                }
                // Neighbours of one strength are one rectangle.
                var end = column + 1
                while end < picture.columns, self.strength(picture.cells[row * picture.columns + end]) == strength { end += 1 }
                paths[strength] += "M\(column) \(row)h\(end - column)v1h-\(end - column)z"
                column = end
            }
        }
        for (strength, path) in paths.enumerated() where !path.isEmpty {
            svg += "<path class=\"cell\" opacity=\"\(Double(strength + 1) / Double(strengths))\" d=\"\(path)\"/>"
        }
        return svg + "</svg><figcaption><b>\(title)</b><br>\(HTMLReport.escaped(picture.caption))</figcaption></figure>\n"
    }

    /// Nil for no mass; the square root keeps weak matches visible.
    private static func strength(_ cell: UInt8) -> Int? {
        cell == 0 ? nil : min(strengths - 1, Int((Double(cell) / 255).squareRoot() * Double(strengths)))
    }
}
