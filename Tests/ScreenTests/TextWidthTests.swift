import Testing

@testable import Screen

@Suite("text takes the columns it takes")
struct TextWidthTests {
    @Test(
        "widths of letters, wide characters, joined emoji and marks",
        arguments: [
            ("abc", 3), ("作者", 4), ("é", 1), ("e\u{301}", 1), ("👩‍🔬", 2), ("작가", 4), ("ｱ", 1), ("Ａ", 2), ("🇨🇭", 2), ("", 0), ("\u{301}", 1),
            ("…·▀", 3), ("a\u{200B}b", 2),
        ])
    func widths(text: String, columns: Int) { #expect(Text.width(text) == columns) }

    @Test("control characters are shown, never sent")
    func controls() {
        var cells = Cells(Size(columns: 20, rows: 1))
        cells.put("a\u{1B}[31m\u{7F}\r\n\u{9B}z", row: 0, column: 0, style: .text)
        #expect(cells.text == "a^[[31m^?^M^J<9b>z")
        #expect(Text.printable("a\u{1B}[31m\n作") == "a^[[31m^J作")
    }

    @Test("clipping never splits a wide pair", arguments: 0...14)
    func clipping(columns: Int) {
        let name = "作者-é-👩‍🔬.pt"
        let clipped = Text.clip(name, to: columns)
        #expect(Text.width(clipped) <= columns)
        #expect(Text.width(Text.fit(name, to: columns)) == columns)
        #expect(Text.width(Text.clipStart(name, to: columns)) <= columns)
    }

    @Test("wrapping keeps every word and no line is too long")
    func wrapping() {
        let lines = Text.wrap("one two 三四五六七 antidisestablishmentarianism", to: 8)
        #expect(lines.allSatisfy { Text.width($0) <= 8 })
        #expect(lines.joined().filter { $0 != " " } == "onetwo三四五六七antidisestablishmentarianism")
    }
}

@Suite("a screen is a value")
struct CellsTests {
    @Test("overwriting half of a wide character blanks the other half")
    func halves() {
        var cells = Cells(Size(columns: 6, rows: 1))
        cells.put("作者", row: 0, column: 0, style: .text)
        cells.put("x", row: 0, column: 1, style: .text)
        #expect(cells.text == " x者")
        cells.put("y", row: 0, column: 2, style: .text)
        #expect(cells.text == " xy")
        for column in 0..<6 { #expect(cells[0, column].width == 1) }
    }

    @Test("a wide character does not hang over the edge")
    func edge() {
        var cells = Cells(Size(columns: 3, rows: 1))
        cells.put("ab作", row: 0, column: 0, style: .text)
        #expect(cells.text == "ab")
    }

    @Test("writing outside the screen changes nothing")
    func outside() {
        var cells = Cells(Size(columns: 4, rows: 2))
        let before = cells
        cells.put("hello", row: 5, column: 0, style: .text)
        cells.put("hello", row: -1, column: 0, style: .text)
        cells.put("hello", row: 0, column: 9, style: .text)
        cells.set("x", row: 0, column: -1, style: .text)
        cells.fill(Rectangle(row: -5, column: -5, rows: 3, columns: 3), with: "z", style: .text)
        #expect(cells == before)
        cells.put("hello", row: 0, column: -2, style: .text)
        #expect(cells.text == "llo\n")
    }

    @Test("ASCII screens keep their columns")
    func ascii() {
        var cells = Cells(Size(columns: 30, rows: 4))
        let inside = cells.box(cells.bounds, title: [Span("作 ε ▸", .title)], appearance: Appearance())
        cells.write("▀▄█ 者 naïve …", in: inside)
        let plain = cells.asciified()
        #expect(plain.text.allSatisfy { $0.isASCII })
        #expect(plain.text.split(separator: "\n").first?.count == 30)
        #expect(plain.text.split(separator: "\n").dropFirst().first?.count == 30)
    }

    @Test("the uppermost target answers")
    func targets() {
        var cells = Cells(Size(columns: 10, rows: 4))
        cells.addTarget(cells.bounds, TestTarget.below)
        cells.addTarget(Rectangle(row: 1, column: 1, rows: 1, columns: 20), TestTarget.above)
        #expect(cells.target(at: Position(row: 1, column: 9)) as? TestTarget == .above)
        #expect(cells.target(at: Position(row: 0, column: 9)) as? TestTarget == .below)
        #expect(cells.target(at: Position(row: 9, column: 9)) == nil)
    }
}

@Suite("rectangles")
struct RectangleTests {
    @Test("splits cover the whole and never overlap", arguments: -2...12)
    func splits(count: Int) {
        let whole = Rectangle(row: 1, column: 2, rows: 5, columns: 9)
        let (top, below) = whole.split(top: count)
        #expect(top.rows + below.rows == 5 && below.row == top.bottom)
        let (above, bottom) = whole.split(bottom: count)
        #expect(above.rows + bottom.rows == 5 && bottom.bottom == whole.bottom)
        let (left, beside) = whole.split(left: count)
        #expect(left.columns + beside.columns == 9 && beside.column == left.right)
        let (rest, right) = whole.split(right: count)
        #expect(rest.columns + right.columns == 9 && right.right == whole.right)
    }

    @Test("insets of small blocks are empty, not negative")
    func insets() {
        #expect(Rectangle(row: 0, column: 0, rows: 1, columns: 1).inset().isEmpty)
        #expect(Rectangle(row: 3, column: 3, rows: 2, columns: 9).inset().isEmpty)
    }

    @Test(
        "sizes are read and refused",
        arguments: [("80x24", true), ("160×45", true), ("0x4", false), ("80", false), ("99999x2", false), ("axb", false)])
    func sizes(text: String, isGood: Bool) { #expect((Size(text) != nil) == isGood) }
}
