import Testing

@testable import Screen

@Suite("points over two axes")
struct ScatterTests {
    private func point(_ x: Double, _ y: Double, _ name: String, front: Bool = false) -> ScatterChart.Point {
        ScatterChart.Point(x: x, y: y, name: name, sign: front ? "●" : "·", role: front ? .chartBest : .chartTrain, isOnFront: front)
    }

    private func drawn(_ chart: ScatterChart, glyphs: GlyphSet = .block, size: Size = Size(columns: 60, rows: 14)) -> Cells {
        var cells = Cells(size)
        chart.draw(onto: &cells, in: Rectangle(size), appearance: Appearance(glyphs: glyphs))
        return glyphs == .ascii ? cells.asciified() : cells
    }

    @Test("better stands higher, dearer stands further right; the front is joined and named, the rest are dots")
    func places() throws {
        let chart = ScatterChart(
            points: [point(1, 0.5, "small", front: true), point(9, 0.9, "large", front: true), point(8, 0.6, "beaten")], selected: 1,
            xTitle: "numbers", target: TestTarget.point)
        let cells = drawn(chart)
        let small = try #require(cells.targets.first { $0.target as? TestTarget == .point(0) }?.area),
            large = try #require(cells.targets.first { $0.target as? TestTarget == .point(1) }?.area)
        #expect(small.column < large.column && small.row > large.row)
        #expect(cells[small.row, small.column].character == "●" && cells[large.row, large.column].style == Style(.cursor))
        for words in ["small", "large", "numbers"] { #expect(cells.text.contains(words)) }
        #expect(!cells.text.contains("beaten"))
        let lines = cells.text.unicodeScalars.filter { (0x2801...0x28FF).contains($0.value) }
        #expect(lines.count > 10)
    }

    @Test("in ASCII the same picture has stars for the line and letters for the signs")
    func ascii() {
        let cells = drawn(ScatterChart(points: [point(1, 0.5, "small", front: true), point(9, 0.9, "large", front: true)]), glyphs: .ascii)
        let foreign = cells.text.unicodeScalars.filter { !$0.isASCII }
        #expect(foreign.isEmpty && cells.text.contains("*") && cells.text.contains("o"))
    }

    @Test("what lies far below the others stands at the foot with a sign of its own, and does not flatten the rest")
    func outlier() throws {
        let close = (0..<5).map { point(Double($0), 0.9 + 0.01 * Double($0), "p\($0)") }
        let cells = drawn(ScatterChart(points: close + [point(2, 0.1, "ruin")], target: TestTarget.point))
        #expect(cells.text.contains("▼"))
        let rows = Set((0..<5).compactMap { index in cells.targets.first { $0.target as? TestTarget == .point(index) }?.area.row })
        #expect(rows.count >= 4)
    }

    @Test("no points, points that are no numbers, one point and little room are met with words or a picture, never a crash")
    func odd() {
        #expect(drawn(ScatterChart(points: [])).text.contains("no points yet"))
        #expect(drawn(ScatterChart(points: [point(.nan, 1, "a"), point(1, .infinity, "b")])).text.contains("no points yet"))
        #expect(drawn(ScatterChart(points: [point(0, 0, "a", front: true)])).text.contains("●"))
        for size in [Size(columns: 1, rows: 1), Size(columns: 19, rows: 9), Size(columns: 20, rows: 5), Size(columns: 200, rows: 4)] {
            #expect(drawn(ScatterChart(points: [point(1, 1, "a", front: true), point(2, 2, "b", front: true)]), size: size).size == size)
        }
    }

    @Test("an axis within which no round number lies names its ends")
    func ends() {
        var cells = Cells(Size(columns: 44, rows: 10))
        // Between these no power of ten nor its double or fivefold comes twice.
        CurveChart(
            series: [.init(name: "loss", points: [.init(x: 1, y: 0.295), .init(x: 2, y: 0.115)], role: .chartTrain)], isLogarithmic: true
        )
        .draw(onto: &cells, in: Rectangle(Size(columns: 44, rows: 10)), appearance: Appearance())
        #expect(cells.text.contains("0.295") && cells.text.contains("0.115"))
    }
}
