import Foundation

/// Points over two axes, each with a sign of its own, and a line through those on the front; one point is under the cursor.
package struct ScatterChart: Sendable {
    package struct Point: Sendable, Equatable {
        package var x: Double
        package var y: Double
        package var name: String
        package var sign: Character
        package var role: Role
        package var isOnFront: Bool

        package init(x: Double, y: Double, name: String, sign: Character, role: Role, isOnFront: Bool = false) {
            self.x = x
            self.y = y
            self.name = name
            self.sign = sign
            self.role = role
            self.isOnFront = isOnFront
        }
    }

    package var points: [Point]
    package var selected: Int?
    package var xTitle: String
    /// How numbers of the axes are written.
    package var xText: @Sendable (Double) -> String
    package var yText: @Sendable (Double) -> String
    /// What a click on a point means.
    private let target: (@Sendable (Int) -> any ClickTarget)?

    package init(
        points: [Point], selected: Int? = nil, xTitle: String = "", xText: @escaping @Sendable (Double) -> String = HeatMap.number,
        yText: @escaping @Sendable (Double) -> String = HeatMap.number, target: (@Sendable (Int) -> any ClickTarget)? = nil
    ) {
        self.points = points
        self.selected = selected
        self.xTitle = xTitle
        self.xText = xText
        self.yText = yText
        self.target = target
    }

    package func draw(onto cells: inout Cells, in area: Rectangle, appearance: Appearance) {
        let shown = points.indices.filter { points[$0].x.isFinite && points[$0].y.isFinite }
        guard let limits = limits(shown), area.rows >= 5, area.columns >= 20 else {
            cells.write(shown.isEmpty ? "no points yet" : "too little room", in: area, style: .dim)
            return
        }
        var frame = ChartFrame(area, x: limits.x, y: limits.y, isLogarithmic: false, xTitle: xTitle)
        frame.xText = xText
        frame.yText = yText
        frame.draw(onto: &cells)
        // What lies far below the rest stands at the foot with a sign of its own: the scale is for those that compete.
        func place(_ point: Point) -> Position {
            Position(
                row: min(frame.plot.bottom - 1, frame.plot.row + frame.row(point.y) / 4),
                column: frame.plot.column + frame.column(point.x) / 2)
        }
        drawFront(frame, shown, onto: &cells, appearance: appearance)
        // What is on the front, and then what is under the cursor, lies above the rest.
        let order = shown.sorted {
            (points[$0].isOnFront ? 1 : 0, $0 == selected ? 1 : 0, $0) < (points[$1].isOnFront ? 1 : 0, $1 == selected ? 1 : 0, $1)
        }
        for index in order {
            let point = points[index], at = place(point)
            let sign: Character = point.y < limits.y.lowerBound ? "▼" : point.sign
            cells.set(sign, row: at.row, column: at.column, style: index == selected ? Style(.cursor) : Style(point.role))
            if let target { cells.addTarget(Rectangle(row: at.row, column: at.column, rows: 1, columns: 1), target(index)) }
        }
        drawNames(order.reversed(), place, in: frame.plot, onto: &cells)
    }

    /// A little air around the points, so that none lies on an axis.
    private func limits(_ shown: [Int]) -> (x: ClosedRange<Double>, y: ClosedRange<Double>)? {
        guard let first = shown.first.map({ points[$0] }) else { return nil }
        let ends = shown.reduce((left: first.x, right: first.x, low: first.y, high: first.y)) { ends, index in
            (
                min(ends.left, points[index].x), max(ends.right, points[index].x), min(ends.low, points[index].y),
                max(ends.high, points[index].y)
            )
        }
        func margin(_ low: Double, _ high: Double) -> Double { high > low ? (high - low) * 0.06 : max(abs(high) * 0.1, 1e-6) }
        let heights = shown.map { points[$0].y }.sorted(), middle = heights[heights.count / 2]
        let low = heights.count > 4 && ends.high > middle ? max(ends.low, ends.high - 3 * (ends.high - middle)) : ends.low
        let across = margin(ends.left, ends.right), up = margin(low, ends.high)
        // Neither sizes nor times lie below nothing.
        let left = ends.left >= 0 ? max(0, ends.left - across) : ends.left - across
        return (left...(ends.right + across), (low - up)...(ends.high + up))
    }

    /// Steps from point to point of the front: so much can be had at so much cost.
    private func drawFront(_ frame: ChartFrame, _ shown: [Int], onto cells: inout Cells, appearance: Appearance) {
        let front = shown.map { points[$0] }.filter(\.isOnFront).sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        guard let first = front.first, let last = front.last else { return }
        var canvas = BrailleCanvas(frame.plot)
        let style = Style(.chartBest)
        canvas.line(
            from: (canvas.height - 1, frame.column(first.x)), to: (frame.row(first.y), frame.column(first.x)), style: style, pattern: 0)
        for (point, next) in zip(front, front.dropFirst()) {
            canvas.line(from: (frame.row(point.y), frame.column(point.x)), to: (frame.row(point.y), frame.column(next.x)), style: style)
            canvas.line(from: (frame.row(point.y), frame.column(next.x)), to: (frame.row(next.y), frame.column(next.x)), style: style)
        }
        canvas.line(from: (frame.row(last.y), frame.column(last.x)), to: (frame.row(last.y), canvas.width - 1), style: style)
        canvas.draw(onto: &cells, appearance: appearance)
    }

    /// Names beside the points that matter most, as long as they meet neither a point nor another name.
    private func drawNames(_ order: [Int], _ place: (Point) -> Position, in plot: Rectangle, onto cells: inout Cells) {
        var taken = Set(order.map { place(points[$0]) })
        for index in order where points[index].isOnFront || index == selected {
            let point = points[index], at = place(point), name = Text.clip(point.name, to: 16), width = Text.width(name)
            // A blank on both sides keeps the line of the front away from the letters.
            let starts = [at.column + 1, at.column - 2 - width]
            for start in starts where start >= plot.column && start + width + 2 <= plot.right {
                let places = (start..<start + width + 2).map { Position(row: at.row, column: $0) }
                guard !places.contains(where: taken.contains) else { continue }
                cells.put(
                    " \(name) ", row: at.row, column: start, style: index == selected ? Style(point.role).adding(.bold) : Style(point.role))
                taken.formUnion(places)
                break
            }
        }
    }
}
