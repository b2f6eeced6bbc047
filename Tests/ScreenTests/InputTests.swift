import CNcurses
import Testing

@testable import Screen

@Suite("input")
struct InputTests {
    /// Feeds bytes and codes, then says that nothing more is waiting.
    func decode(_ chunks: [[Int32]]) -> [InputEvent] {
        var decoder = InputDecoder()
        return chunks.flatMap { chunk in
            chunk.compactMap { decoder.feed($0) } + [decoder.flush()].compactMap(\.self)
        }
    }

    func bytes(_ text: String) -> [Int32] { text.utf8.map(Int32.init) }

    @Test("Esc alone is Esc; Esc and a letter together are Alt")
    func escapes() {
        #expect(decode([[27]]) == [.key(KeyPress(.escape))])
        #expect(decode([[27] + bytes("x")]) == [.key(KeyPress(.character("x"), .alt))])
        #expect(decode([[27], bytes("x")]) == [.key(KeyPress(.escape)), .key(.character("x"))])
    }

    @Test("UTF-8 typed byte by byte with pauses is one character", arguments: ["é", "作", "🔬"])
    func slowCharacters(character: String) {
        #expect(decode(bytes(character).map { [$0] }) == [.key(.character(Character(character)))])
    }

    @Test("broken UTF-8 and unknown sequences are swallowed")
    func noise() {
        #expect(decode([[0xC3] + bytes("a")]) == [.key(.character("a"))])
        #expect(decode([[0xFF, 0xFE, 0x80]]) == [])
        #expect(decode([bytes("\u{1B}[99;5~q")]) == [.key(.character("q"))])
        #expect(decode([bytes("\u{1B}Oxq")]) == [.key(.character("q"))])
    }

    @Test("a mouse report becomes a place, in columns beyond 223 too")
    func mouse() {
        let mouse = Int32(SCREEN_KEY_MOUSE.rawValue)
        #expect(decode([[mouse] + bytes("0;241;5M")]) == [.mouse(MouseEvent(.press, at: Position(row: 4, column: 240)))])
        #expect(decode([[mouse] + bytes("0;241;5m")]) == [.mouse(MouseEvent(.release, at: Position(row: 4, column: 240)))])
        #expect(decode([[mouse] + bytes("64;1;1M")]) == [.mouse(MouseEvent(.wheelUp, at: Position(row: 0, column: 0)))])
        #expect(decode([[mouse] + bytes("32;7;8M")]) == [.mouse(MouseEvent(.drag, at: Position(row: 7, column: 6)))])
        #expect(decode([[mouse] + bytes("0;0;5Mq")]) == [.key(.character("q"))])
        #expect(decode([[mouse] + bytes(String(repeating: "1", count: 40) + "q")]).count < 20)
    }

    @Test("pasted text is text, whatever it looks like")
    func paste() {
        let begin = Int32(SCREEN_KEY_PASTE_BEGIN.rawValue), end = Int32(SCREEN_KEY_PASTE_END.rawValue)
        #expect(decode([[begin] + bytes("q\nX"), bytes("é") + [end]]) == [.paste("q\nXé")])
    }

    @Test("a paste whose end mark does not come is over when it is given up, and keys are keys again")
    func lostPaste() {
        var decoder = InputDecoder()
        for code in [Int32(SCREEN_KEY_PASTE_BEGIN.rawValue)] + bytes("abc") { #expect(decoder.feed(code) == nil) }
        #expect(decoder.flush() == nil && decoder.isPasting)
        #expect(decoder.endPaste() == .paste("abc") && !decoder.isPasting && decoder.endPaste() == nil)
        #expect(decoder.feed(Int32(SCREEN_KEY_PASTE_END.rawValue)) == nil)
        #expect(decoder.feed(bytes("q")[0]) == .key(.character("q")))
    }

    @Test("a paste is bounded: what is beyond the longest is dropped")
    func longPaste() {
        var decoder = InputDecoder()
        _ = decoder.feed(Int32(SCREEN_KEY_PASTE_BEGIN.rawValue))
        for _ in 0..<InputDecoder.longestPaste + 10 { _ = decoder.feed(Int32(UInt8(ascii: "x"))) }
        guard case .paste(let text)? = decoder.feed(Int32(SCREEN_KEY_PASTE_END.rawValue)) else {
            Issue.record("no paste")
            return
        }
        #expect(text.utf8.count == InputDecoder.longestPaste)
    }

    @Test("a long text in a field shows its end before the caret and costs no more to draw than what is seen")
    func longField() {
        var field = TextField(String(repeating: "作x", count: 16_000))
        var cells = Cells(Size(columns: 21, rows: 1))
        field.draw(onto: &cells, in: cells.bounds)
        #expect(cells.cursor == Position(row: 0, column: 19) && cells.text.contains("作x"))
        field.moveToStart()
        var start = Cells(Size(columns: 21, rows: 1))
        field.draw(onto: &start, in: start.bounds)
        #expect(start.cursor == Position(row: 0, column: 0))
    }

    @Test("control keys and named keys")
    func control() {
        #expect(
            decode([[3, 9, 13, 127, 16]]) == [
                .key(.control("c")), .key(KeyPress(.tab)), .key(KeyPress(.enter)), .key(KeyPress(.backspace)), .key(.control("p")),
            ])
        #expect(
            decode([[Int32(SCREEN_KEY_BACK_TAB.rawValue), Int32(SCREEN_KEY_FUNCTION.rawValue) + 1]]) == [
                .key(KeyPress(.tab, .shift)), .key(KeyPress(.function(1))),
            ])
    }

    @Test(
        "key names are read back as written",
        arguments: ["a", "F", "ctrl-p", "alt-x", "shift-tab", "enter", "f12", "space", "esc", "pgdn", "-", "ctrl-alt-x", "é"])
    func names(name: String) throws { #expect(try KeyPress(name: name).name == name) }

    @Test("a name that is no key is refused", arguments: ["", "hyper-a", "f13", "ctrl-", "entr"])
    func unknown(name: String) { #expect(throws: ScreenError.keyUnknown(name: name)) { try KeyPress(name: name) } }
}

@Suite("locale")
struct LocaleTests {
    @Test(
        "names of UTF-8 locales",
        arguments: [
            ("C.UTF-8", true), ("de_DE.utf8", true), ("en_GB.UTF-8@euro", true), ("UTF-8", true), ("C", false), ("ANSI_X3.4-1968", false),
            ("de_DE.ISO-8859-1", false),
        ])
    func names(name: String, isUnicode: Bool) { #expect(TerminalLocale.asksForUTF8(name) == isUnicode) }

    @Test("who asks for C gets ASCII; who asks for nothing, or for a UTF-8 locale that is missing, gets UTF-8")
    func choice() {
        #expect(!TerminalLocale.adopt(["LC_ALL": "C"]))
        #expect(TerminalLocale.adopt([:]))
        #expect(TerminalLocale.adopt(["LANG": "xx_YY.UTF-8"]))
        #expect(TerminalLocale.adopt(["LC_ALL": "", "LANG": "C.UTF-8"]))
    }
}

@Suite("text fields")
struct TextFieldTests {
    @Test("editing moves by whole characters")
    func editing() throws {
        var field = TextField("0.05")
        for name in ["left", "left", "backspace", "1", "home", "delete", "end", "作"] {
            let isEdited = field.apply(try KeyPress(name: name))
            #expect(isEdited)
        }
        #expect(field.text == "105作")
        field.insert("e")
        field.insert("\u{301}\n")
        #expect(field.text.hasSuffix("é "))
        #expect(field.caret == field.characters.count)
        let others = [KeyPress(.enter), .control("p")].map { field.apply($0) }
        #expect(others == [false, false])
    }

    @Test("a long text scrolls so that the caret is seen")
    func scrolling() {
        var cells = Cells(Size(columns: 8, rows: 1))
        TextField("abcdefghijk").draw(onto: &cells, in: cells.bounds)
        #expect(cells.text == "efghijk")
        #expect(cells.cursor == Position(row: 0, column: 7))
    }
}
