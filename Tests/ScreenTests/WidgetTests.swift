import Testing

@testable import Screen

@Suite("widgets")
struct WidgetTests {
    @Test("a table keeps the selected row in view", arguments: 0..<50)
    func scrolling(selected: Int) {
        let first = Table.firstVisible(selected: selected, count: 50, visible: 7)
        #expect((first..<first + 7).contains(selected))
        #expect(first >= 0 && first + 7 <= 50)
    }

    @Test("a table: headings, alignment, selection, scroll bar")
    func table() {
        var cells = Cells(Size(columns: 24, rows: 4))
        let columns = [Table.Column("layer", .flexible(least: 4)), Table.Column("size", .fixed(6), .right)]
        let rows = (0..<5).map { [Span("fc\($0)"), Span("\($0 * 100)")] }
        Table(columns: columns, rows: rows, selected: 3, isFocused: true, target: TestTarget.row).draw(onto: &cells, in: cells.bounds)
        #expect(
            cells.text == """
                 layer            size
                 fc2               200 │
                ▸fc3               300 │
                 fc4               400 █
                """)
        #expect(cells.target(at: Position(row: 2, column: 4)) as? TestTarget == .row(3))
        #expect(cells[2, 4].style.background == .role(.select))
    }

    @Test(
        "bars in eighths",
        arguments: [(0.0, "    "), (1.0, "████"), (0.5, "██  "), (0.53125, "██▏ "), (2.0, "████"), (-1.0, "    "), (.nan, "    ")])
    func bars(fraction: Double, drawn: String) { #expect(Bars.horizontal(fraction, columns: 4) == drawn) }

    @Test("a sparkline shows its peaks and marks what is not a number")
    func sparkline() {
        #expect(Bars.sparkline([0, 1, 2, 4, 8], columns: 5) == " ▁▂▄█")
        #expect(Bars.sparkline([1, .nan], columns: 2) == "█!")
        #expect(Bars.sparkline([0, 9, 0, 0, 0, 0], columns: 3).first == "█")
    }

    @Test("only whole hints are shown, and the way out is kept")
    func hints() {
        let hints = ["F fuse", "u undo", "? help", "q quit"].map {
            Hint(keys: String($0.prefix(1)), title: String($0.dropFirst(2)), target: TestTarget.row(0))
        }
        var cells = Cells(Size(columns: 26, rows: 1))
        cells.hints(hints, kept: 2, in: cells.bounds)
        #expect(cells.text == " F fuse  ? help  q quit")
    }

    @Test("a focused box is heavy, a small one is nothing")
    func box() {
        var cells = Cells(Size(columns: 16, rows: 3))
        cells.box(cells.bounds, title: [Span("fc1")], note: [], focused: true, appearance: Appearance())
        #expect(cells.text == "┏━ fc1 ━━━━━━━━┓\n┃              ┃\n┗━━━━━━━━━━━━━━┛")
        let inside = cells.box(Rectangle(row: 0, column: 0, rows: 1, columns: 9), title: [], appearance: Appearance())
        #expect(inside.isEmpty)
    }

    @Test("a chart leaves a gap where a value is not a number, and survives one point")
    func chart() {
        var cells = Cells(Size(columns: 40, rows: 8))
        CurveChart(
            series: [
                .init(
                    name: "loss", points: [.init(x: 0, y: 2), .init(x: 1, y: 1), .init(x: 2, y: .nan), .init(x: 3, y: 0.5)],
                    role: .chartTrain)
            ], isLogarithmic: true
        ).draw(onto: &cells, in: cells.bounds, appearance: Appearance())
        #expect(cells.text.contains("2.00") && cells.text.contains("0.500"))
        var small = Cells(Size(columns: 40, rows: 8))
        CurveChart(series: [.init(name: "loss", points: [.init(x: 5, y: 5)], role: .chartTrain)]).draw(
            onto: &small, in: small.bounds, appearance: Appearance())
        #expect(small.text.contains("5.00"))
    }

    @Test(
        "ticks are round numbers inside the limits, ascending, neither none nor a crowd",
        arguments: [0.0...1.0, 0...0.003, -7...1234, 99.5...100.5, -1e-9...1e-9, 5...5])
    func ticks(limits: ClosedRange<Double>) {
        for count in 1...12 {
            let ticks = CurveChart.ticks(limits, count: count)
            #expect(!ticks.isEmpty && ticks.count <= 3 * count + 2)
            #expect(ticks == ticks.sorted())
            // The last place of a tick is a multiple of the step, rounded.
            let slack = (limits.upperBound - limits.lowerBound) * 1e-6
            #expect(ticks.allSatisfy { $0 >= limits.lowerBound - slack && $0 <= limits.upperBound + slack })
        }
    }

    @Test("curves are named at their ends and told apart without colour")
    func curves() {
        var cells = Cells(Size(columns: 70, rows: 12))
        var chart = CurveChart(series: [
            .init(name: "r1", points: (0..<50).map { .init(x: Double($0), y: Double($0)) }, role: .chartTrain),
            .init(name: "r2", points: (0..<50).map { .init(x: Double($0), y: 10) }, role: .chartValidation, pattern: 3),
        ])
        chart.best = (49, 49)
        chart.draw(onto: &cells, in: cells.bounds, appearance: Appearance(depth: .mono))
        #expect(cells.text.contains("r1") && cells.text.contains("r2") && cells.text.contains("◆"))
        let dashed = cells.text.split(separator: "\n").first { $0.contains("r2") } ?? ""
        #expect(dashed.contains(" "))
    }

    @Test(
        "a strip finds every value again under its cell, whatever the room",
        arguments: [(96, 100, 8), (96, 40, 3), (512, 40, 4), (5000, 20, 2), (1, 1, 1)])
    func strip(count: Int, columns: Int, rows: Int) {
        let area = Rectangle(row: 2, column: 3, rows: rows, columns: columns)
        let geometry = Strip.Geometry(count: count, in: area, appearance: Appearance())
        for position in 0..<count {
            guard let place = geometry.place(position) else {
                Issue.record("\(position) has no place")
                continue
            }
            #expect(area.contains(place))
        }
        #expect(geometry.place(count) == nil && geometry.position(at: Position(row: 0, column: 0)) == nil)
        var cells = Cells(Size(columns: columns + 6, rows: rows + 4))
        Strip(values: (0..<count).map(Double.init), dead: (0..<count).map { $0 == 0 }, selected: count - 1).draw(
            onto: &cells, in: area, appearance: Appearance())
        #expect(cells.cursor == geometry.place(count - 1))
    }

    @Test("signed maps are symmetric: what is taken away and what is given have different signs without colour")
    func signed() throws {
        var cells = Cells(Size(columns: 8, rows: 2))
        var map = HeatMap(matrix: try #require(ValueGrid(rows: 1, columns: 4, values: [-1, 0, 0.4, 1])), pooling: .sum)
        map.isSigned = true
        map.draw(onto: &cells, in: cells.bounds, appearance: Appearance(glyphs: .ascii, depth: .mono), decorated: false)
        let line = cells.text.filter { !$0.isNewline }
        #expect(line.contains("=") && line.contains("#") && line.contains(" "))
    }

    @Test("a form: choice, slider, switch, a field being edited with its problem")
    func form() {
        var cells = Cells(Size(columns: 60, rows: 4))
        let rows = [
            Form.Row(label: "method", control: .choice("transport", index: 0, count: 3)),
            Form.Row(label: "epsilon", control: .slider("0.050", fraction: 0.5), note: "1e-4 … 1", isChanged: true),
            Form.Row(label: "unbalanced", control: .flag(false), note: "needs entropic", isDisabled: true),
        ]
        Form(rows: rows, selected: 1, isFocused: true, editing: TextField("abc"), problem: "a number", target: TestTarget.row).draw(
            onto: &cells, in: cells.bounds)
        #expect(cells.text.contains("‹ transport › 1/3"))
        #expect(cells.text.contains("▸•epsilon"))
        #expect(cells.text.contains("! a number"))
        #expect(cells.caret)
        Form(rows: rows, selected: 0, isFocused: true, target: TestTarget.row).draw(onto: &cells, in: cells.bounds)
        #expect(cells.text.contains("├──────●"))
        #expect(cells.target(at: Position(row: 2, column: 5)) as? TestTarget == .row(2))
    }

    @Test("a saved screen has characters, styles and what they mean, and a difference shows both lines")
    func saved() {
        var cells = Cells(Size(columns: 4, rows: 2))
        cells.put("ab", row: 0, column: 0, style: Style(.title, .underline).on(.select))
        #expect(ScreenText.dump(cells) == "ab\n\n--- styles\n..aa\naaaa\n--- legend\n. title on select underline\na text\n")
        #expect(ScreenText.difference(expected: "a\nb", found: "a\nc\nd") == "2 - b\n2 + c\n3 + d")
    }
}

/// What clicks mean in these tests.
enum TestTarget: ClickTarget { case row(Int), point(Int), below, above }
