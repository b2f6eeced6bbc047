import Screen

/// Drawings that other programs open, in the colours of the screen's maps.
struct Drawing {
    private var parts: [String] = []
    let width: Double
    let height: Double

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    mutating func rectangle(x: Double, y: Double, width: Double, height: Double, fill: RGB) {
        parts.append(
            "<rect x=\"\(Self.short(x))\" y=\"\(Self.short(y))\" width=\"\(Self.short(width))\" height=\"\(Self.short(height))\" fill=\"\(Self.hex(fill))\"/>"
        )
    }

    mutating func text(_ text: String, x: Double, y: Double, size: Double = 11) {
        parts.append(
            "<text x=\"\(Self.short(x))\" y=\"\(Self.short(y))\" font-size=\"\(Self.short(size))\" font-family=\"sans-serif\">\(Self.escaped(text))</text>"
        )
    }

    mutating func line(_ points: [(x: Double, y: Double)], stroke: RGB, dashes: String = "") {
        let path = points.map { "\(Self.short($0.x)),\(Self.short($0.y))" }.joined(separator: " ")
        parts.append(
            "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(Self.hex(stroke))\" stroke-width=\"1.5\"\(dashes.isEmpty ? "" : " stroke-dasharray=\"\(dashes)\"")/>"
        )
    }

    var svg: String {
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Self.short(width))\" height=\"\(Self.short(height))\" viewBox=\"0 0 \(Self.short(width)) \(Self.short(height))\">\n"
            + "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" + parts.joined(separator: "\n") + "\n</svg>\n"
    }

    private static func short(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    private static func hex(_ colour: RGB) -> String {
        let digits = String(colour.hex, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            default: result.append(character)
            }
        }
    }
}

extension Model {
    /// The plan in the shown order, pooled to at most 256 cells a side.
    func svg(_ coupling: CouplingSnapshot) -> String {
        let order = order(of: coupling), plan = coupling.plan
        let pooled = PooledGrid(
            plan, rowOrder: order.rows, columnOrder: order.columns, window: GridWindow(plan), rows: min(256, plan.rows),
            columns: min(256, plan.columns), pooling: .sum)
        let side = max(2, 512 / Double(max(1, max(pooled.rows, pooled.columns))))
        var drawing = Drawing(width: Double(pooled.columns) * side + 20, height: Double(pooled.rows) * side + 40)
        drawing.text(
            "\(group?.name ?? ""): \(letter(coupling.parent)) \(plan.rows) → fused \(plan.columns), \(align.order.rawValue) order, sum",
            x: 10, y: 18)
        let map = colourMap ?? .cividis, limit = pooled.largest
        for row in 0..<pooled.rows {
            for column in 0..<pooled.columns where pooled[row, column] > 0 && limit > 0 {
                // Dark is much, as on paper.
                let level = ColourMap.levels - 1 - min(ColourMap.levels - 1, Int(pooled[row, column] / limit * Double(ColourMap.levels)))
                if pooled[row, column] / limit < 0.02 { continue }
                drawing.rectangle(
                    x: 10 + Double(column) * side, y: 28 + Double(row) * side, width: side, height: side, fill: map.rgb(level))
            }
        }
        return drawing.svg
    }

    /// Curves as they are on the screen, unsmoothed.
    func curvesSVG(_ series: [CurveChart.Series]) -> String {
        var drawing = Drawing(width: 600, height: 340)
        let points = series.flatMap(\.points).filter { $0.y.isFinite }
        guard let left = points.map(\.x).min(), let right = points.map(\.x).max(), let low = points.map(\.y).min(),
            let high = points.map(\.y).max()
        else { return drawing.svg }
        let colours = [RGB(hex: 0x0B61A4), RGB(hex: 0xA85400), RGB(hex: 0x1B7837), RGB(hex: 0x6A3D9A)]
        drawing.text(HeatMap.number(high), x: 4, y: 30)
        drawing.text(HeatMap.number(low), x: 4, y: 305)
        drawing.text("step \(Int(left)) … \(Int(right))", x: 60, y: 330)
        for (index, one) in series.enumerated() {
            let line = one.points.filter { $0.y.isFinite }.map {
                (x: 60 + 430 * ($0.x - left) / max(right - left, 1e-9), y: 300 - 275 * ($0.y - low) / max(high - low, 1e-12))
            }
            drawing.line(line, stroke: colours[index % colours.count], dashes: ["", "6 3", "2 2", "8 2 2 2"][index % 4])
            if let last = line.last { drawing.text(one.name, x: 496, y: last.y + 4) }
        }
        return drawing.svg
    }

    /// Sorted scores of every network as curves.
    var neuronsSVG: String {
        guard let snapshot = neuronSnapshot else { return "" }
        var drawing = Drawing(width: 560, height: 330)
        drawing.text("\(snapshot.group): importance by \(snapshot.score.rawValue), ranked", x: 40, y: 18)
        let most = snapshot.owners.flatMap { scores(of: $0) }.filter(\.isFinite).max() ?? 0
        let colours = [RGB(hex: 0x0B61A4), RGB(hex: 0xA85400), RGB(hex: 0x22262E), RGB(hex: 0x6A3D9A), RGB(hex: 0x1B7837)]
        for (index, owner) in snapshot.owners.enumerated() {
            let sorted = ranking(of: owner).map { scores(of: owner)[$0] }
            guard most > 0, sorted.count > 1 else { continue }
            let points = sorted.enumerated().map {
                (x: 40 + 480 * Double($0.offset) / Double(sorted.count - 1), y: 300 - 260 * max(0, $0.element) / most)
            }
            drawing.line(points, stroke: colours[index % colours.count], dashes: ["", "6 3", "2 2", "8 2 2 2"][index % 4])
            if let first = points.first {
                drawing.text(owner.role == .fused ? "fused" : letter(owner.role), x: 20, y: first.y + 4 + Double(index) * 2)
            }
        }
        return drawing.svg
    }
}
