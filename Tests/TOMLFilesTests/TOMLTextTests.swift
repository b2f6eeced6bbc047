import Testing

@testable import TOMLFiles

@Suite struct TOMLTextTests {
    private func fault(_ text: String, _ location: SourceLocation = #_sourceLocation) -> TOMLFault? {
        #expect(throws: TOMLFault.self, sourceLocation: location) { try TOMLTable(checking: text) }
    }

    @Test(
        "a header whose name begins with a wrong character is an error with its line, wherever it stands",
        arguments: [
            "[!]", "[[!]]", "[ !]", "[[ !", "[=", "[.a]", "[\u{1}", "[#", "[{", "[é]", "[", "[[", "[\t", "[\u{FEFF}a]", "[[[a]]]", "[+1]",
        ])
    func headers(header: String) {
        for before in [
            "", "a = 1\n", "a = [\n  [1, 2],\n  [-3]\n]\n", "a = \"\"\"\n[!]\n\"\"\"\"\"\n", "a = \'\'\'\n[!]\'\'\'\n", "# [!]\n",
            "a = { b = [ ] }\n\t", "a = \"\\\"[\" # \"\n",
        ] {
            let lines = before.filter { $0 == "\n" }.count
            #expect(fault(before + header)?.line == lines + 1, "\(before + header)")
        }
    }

    @Test(
        "what looks like such a header and is none is read",
        arguments: [
            "a = [\n[+1, -2],\n[{ b = 1 }],\n[ ],\n[\n]\n]", "a = \"[!]\"", "a = \'\'\'\n[!]\n\'\'\'", "# [!]\n[a]\nb = 1",
            "[ \"!\" ]\nb = 1", "[[\'!\']]\nb = 1", "[a . \"b c\" . d]\n[[e]]\n", "a = \"\"\"\\\n  [!]\n\"\"\"", "\u{FEFF}[a]\n",
            "[a]\r\nb = [1,\r\n [2]]\r\n[c]\r\n",
        ])
    func sound(text: String) throws {
        #expect(try !TOMLTable(checking: text).isEmpty)
    }

    @Test("nesting beyond what the stack holds is refused: lists, tables, dotted keys and headers")
    func nesting() {
        for text in [
            "a = " + String(repeating: "[", count: 100_000), "a = " + String(repeating: "{a=", count: 100_000),
            String(repeating: "a.", count: 100_000) + "a = 1",
            "[" + String(repeating: "a.", count: 100_000) + "a]", "b = { " + String(repeating: "a.", count: 1000) + "a = 1 }",
        ] { #expect(fault(text)?.reason.contains("32") == true) }
        let deep = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(throws: Never.self) { try TOMLTable(checking: "a = \(deep)\nb.c.d = 1.5\n") }
    }

    @Test("a date with a T behind which no time begins is an error with its line; dates and times are read")
    func dates() throws {
        for text in [
            "a = 0989-05-27T\u{FFFD}07:32:0", "a = 1979-05-27tx", "a = [1979-05-27T:07]", "a = 1979-05-27T", "a = 1979-05-27 7",
            "a = 1979-05-27 7\n", "a = [1979-05-27 7]", "a = 1979-05-27 1 b", "a = 19_79-0_5-27 7#", "a = 19é9-05-27 7,",
            "a=1979-05-27 7\u{A0}", "a=3958-=4-27 1",
        ] {
            #expect(fault("b = 1\n" + text)?.line == 2)
        }
        for text in [
            "a = 1979-05-27T07:32:00Z", "a = 1979-05-27t07:32:00", "a = 1979-05-27 07:32:00", "a = 1979-05-27", "a = 07:32:00",
            "a = \"1979-05-27Tx\"", "a = '1979-05-27 7'", "a = 1 # 1979-05-27 7",
        ] {
            #expect(throws: Never.self) { try TOMLTable(checking: text) }
        }
    }

    @Test("a list that another bracket closes and a line separator of Unicode are errors with their line; both may stand in strings")
    func closers() throws {
        for text in ["a = [}", "a = [ }]", "a = [1, # one\n }", "a = [{ b = [}] }]", "a = [\u{2028}1]", "a = [\u{85}]", "a = \u{2029}1"] {
            #expect((fault("b = 1\n" + text)?.line ?? 0) >= 2)
        }
        for text in ["a = [{ b = [] }, '}']", "a = \"[}\u{2028}\"", "a = 1 # [}\u{2028}", "[a]\nb = { c = [[1], []] }"] {
            #expect(throws: Never.self) { try TOMLTable(checking: text) }
        }
    }

    @Test("a NUL, a text too long and numbers that no type holds are errors in words")
    func others() {
        #expect(fault("a = 1\n\0[!]")?.reason == "a NUL character")
        #expect(fault(String(repeating: "#", count: TOMLTable.mostBytes + 1))?.reason.contains("at most") == true)
        for number in ["9223372036854775808", "-9223372036854775809", "0xFFFFFFFFFFFFFFFFF", "1e", "99999-99-99"] {
            #expect(fault("a = \(number)")?.line == 1)
        }
    }
}
