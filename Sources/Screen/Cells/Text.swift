/// How text becomes columns: display widths, safe forms, clipping and padding.
///
/// Widths follow Unicode's East Asian Width and emoji presentation (UAX #11, UTS #51), not the C library's tables,
/// so that a screen is the same on every machine.
package enum Text {
    /// A grapheme cluster as a terminal can show it: what to print, and how many columns it takes (1 or 2).
    struct Glyph: Equatable {
        var character: Character
        var width: Int
    }

    /// The clusters of `text` in printable form; control characters become `^[`, stray marks stand on a dotted circle,
    /// a regional-indicator pair becomes its two letters, invisible format characters vanish.
    static func glyphs(_ text: some StringProtocol) -> [Glyph] {
        var result: [Glyph] = []
        result.reserveCapacity(text.utf8.count)
        for character in text { append(character, to: &result) }
        return result
    }

    private static func append(_ character: Character, to result: inout [Glyph]) {
        if let ascii = character.asciiValue, (0x20..<0x7F).contains(ascii), character != "\r\n" {
            result.append(Glyph(character: character, width: 1))
            return
        }
        guard let base = character.unicodeScalars.first else { return }
        switch base.value {
        case 0x00..<0x20, 0x7F, 0x80..<0xA0:
            for scalar in character.unicodeScalars { appendControl(scalar, to: &result) }
        case 0x1F1E6...0x1F1FF:
            for scalar in character.unicodeScalars {
                let letter = Unicode.Scalar(UInt8(truncatingIfNeeded: 65 + scalar.value &- 0x1F1E6))
                result.append(Glyph(character: Character(letter), width: 1))
            }
        default:
            // What no version of Unicode that we know has assigned has no width that we know.
            if base.properties.generalCategory == .unassigned {
                result.append(Glyph(character: "\u{FFFD}", width: 1))
                return
            }
            switch width(of: base) {
            case 0 where isMark(base): result.append(Glyph(character: Character("\u{25CC}" + String(character)), width: 1))
            case 0: return
            case let width: result.append(Glyph(character: character, width: width))
            }
        }
    }

    private static func appendControl(_ scalar: Unicode.Scalar, to result: inout [Glyph]) {
        if scalar.value < 0x20 || scalar.value == 0x7F {
            result.append(Glyph(character: "^", width: 1))
            let shown = Unicode.Scalar(UInt8(truncatingIfNeeded: scalar.value) ^ 0x40)
            result.append(Glyph(character: Character(shown), width: 1))
        } else {
            for digit in "<\(String(scalar.value, radix: 16))>" { result.append(Glyph(character: digit, width: 1)) }
        }
    }

    /// The text as it may be printed on a terminal: control characters in a file's name are shown, never sent.
    package static func printable(_ text: some StringProtocol) -> String { String(glyphs(text).map(\.character)) }

    /// The number of columns `text` takes.
    package static func width(_ text: some StringProtocol) -> Int {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text.utf8.count }
        return glyphs(text).reduce(0) { $0 + $1.width }
    }

    /// `text` in at most `columns` columns, a cut marked with `…`; never half of a wide character.
    package static func clip(_ text: String, to columns: Int, mark: String = "…") -> String {
        guard width(text) > columns else { return text }
        let room = columns - width(mark)
        guard room >= 0 else { return columns > 0 ? String(repeating: ".", count: columns) : "" }
        var used = 0
        var kept = ""
        for character in text {
            let next = width(String(character))
            if used + next > room { break }
            kept.append(character)
            used += next
        }
        return kept + mark
    }

    /// `text` clipped at its beginning: for paths, whose end says more.
    package static func clipStart(_ text: String, to columns: Int, mark: String = "…") -> String {
        guard width(text) > columns else { return text }
        let room = columns - width(mark)
        guard room >= 0 else { return columns > 0 ? String(repeating: ".", count: columns) : "" }
        var used = 0
        var kept: [Character] = []
        for character in text.reversed() {
            let next = width(String(character))
            if used + next > room { break }
            kept.append(character)
            used += next
        }
        return mark + String(kept.reversed())
    }

    /// `text` clipped in its middle: for names whose both ends tell them apart; the end keeps more.
    package static func clipMiddle(_ text: String, to columns: Int, mark: String = "…") -> String {
        guard width(text) > columns else { return text }
        guard columns > 4 else { return clipStart(text, to: columns, mark: mark) }
        let head = clip(text, to: (columns - 1) * 2 / 5, mark: "")
        return head + clipStart(text, to: columns - width(head), mark: mark)
    }

    package enum Alignment: Sendable { case left, right, centre }

    /// `text` in exactly `columns` columns.
    package static func fit(_ text: String, to columns: Int, _ alignment: Alignment = .left) -> String {
        let clipped = clip(text, to: columns)
        let space = max(0, columns - width(clipped))
        let before =
            switch alignment {
            case .left: 0
            case .right: space
            case .centre: space / 2
            }
        return String(repeating: " ", count: before) + clipped + String(repeating: " ", count: space - before)
    }

    /// `text` broken at spaces into lines of at most `columns`; a word longer than a line is cut.
    package static func wrap(_ text: String, to columns: Int) -> [String] {
        guard columns > 0 else { return [] }
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            for word in paragraph.split(separator: " ") {
                var word = String(word)
                if !line.isEmpty, width(line) + 1 + width(word) <= columns {
                    line += " " + word
                    continue
                }
                if !line.isEmpty { lines.append(line) }
                while width(word) > columns {
                    let head = clip(word, to: columns, mark: "")
                    guard !head.isEmpty else { break }
                    lines.append(head)
                    word = String(word.dropFirst(head.count))
                }
                line = word
            }
            lines.append(line)
        }
        return lines
    }

    static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark: true
        default: false
        }
    }

    /// Columns of one scalar that begins a cluster: 0, 1 or 2.
    static func width(of scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x300 { return value == 0xAD ? 0 : 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .lineSeparator, .paragraphSeparator: return 0
        default: break
        }
        if (0x1160...0x11FF).contains(value) { return 0 }
        if value < 0x1100 { return 1 }
        if scalar.properties.isEmojiPresentation { return 2 }
        return wideRanges.contains { $0.contains(value) } ? 2 : 1
    }

    /// East Asian Wide and Fullwidth blocks; emoji are found by their own property.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
        0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
        0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18CFF, 0x1AFF0...0x1B2FF, 0x20000...0x3FFFD,
    ]
}
