/// Which characters may be used to draw.
package enum GlyphSet: String, CaseIterable, Sendable {
    case ascii, block, braille

    package var next: GlyphSet {
        switch self {
        case .ascii: .block
        case .block: .braille
        case .braille: .ascii
        }
    }
}

/// What a view must know of the terminal: the characters and, for maps, whether there are colours enough.
package struct Appearance: Hashable, Sendable {
    package var glyphs: GlyphSet
    package var depth: ColourDepth
    package var border: Border
    package var ok: String
    package var warn: String
    package var error: String

    package init(glyphs: GlyphSet = .block, depth: ColourDepth = .indexed, marks: Theme.Marks = Theme.Marks()) {
        self.glyphs = glyphs
        self.depth = depth
        border = marks.border
        ok = marks.ok
        warn = marks.warn
        error = marks.error
    }

    /// Two colours in one cell give two pixels; below sixteen colours one cell is one value, drawn as a shade.
    package var usesHalfBlocks: Bool { glyphs == .block && depth >= .sixteen }
}

/// The characters of a box.
package enum Border: String, Sendable {
    case rounded, square, heavy, ascii

    var characters:
        (topLeft: Character, topRight: Character, bottomLeft: Character, bottomRight: Character, across: Character, down: Character)
    {
        switch self {
        case .rounded: ("╭", "╮", "╰", "╯", "─", "│")
        case .square: ("┌", "┐", "└", "┘", "─", "│")
        case .heavy: ("┏", "┓", "┗", "┛", "━", "┃")
        case .ascii: ("+", "+", "+", "+", "-", "|")
        }
    }
}

extension Cells {
    /// The same screen in ASCII: every sign that the program draws has an ASCII equivalent of the same width; other characters become `?`.
    package func asciified() -> Cells {
        var result = self
        result.mapCharacters { cell in
            if cell.character.isASCII { return cell.character }
            return Self.plainTwins[cell.character] ?? "?"
        }
        return result.withPlainWideCharacters()
    }

    /// Wide characters take two columns in ASCII as well.
    private func withPlainWideCharacters() -> Cells {
        var result = self
        for row in 0..<size.rows {
            for column in 0..<size.columns where self[row, column].width == 2 {
                let style = self[row, column].style
                result.set("?", row: row, column: column, style: style)
                result.set("?", row: row, column: column + 1, style: style)
            }
        }
        return result
    }

    private static let plainTwins: [Character: Character] = {
        var twins: [Character: Character] = [:]
        let pairs: [(String, Character)] = [
            ("╭╮╰╯┌┐└┘┏┓┗┛├┤┬┴┼┝┥╞╡", "+"), ("─═╌┄┅", "-"), ("━╸", "="), ("│┃║▏▎▍▕┊┆", "|"), ("▌▋▊▉█▓", "#"), ("▒", "+"), ("░", "."),
            ("▀", "\""), ("▄", "_"),
            ("▁", "_"), ("▂", "."), ("▃", "-"), ("▅", "="), ("▆", "+"), ("▇", "*"), ("·•∙", "."), ("…", "~"), ("●◉", "o"), ("▲", "^"),
            ("○", "c"), ("△", "a"), ("□", "d"), ("▽", "y"),
            ("◆", "*"), ("■", "#"),
            ("▸▶›→⇒»", ">"), ("‹←«", "<"), ("↑", "^"), ("↓▼▾", "v"), ("↔", "-"), ("≠", "/"), ("✓", "+"), ("✗×", "x"), ("ε", "e"),
            ("τ", "t"), ("Σ", "S"),
            ("Δ", "D"),
            ("⟳", "@"), ("−–—", "-"), ("÷", "/"), ("≥", ">"), ("≤", "<"), ("“”", "\""), ("’", "'"), ("⏎", "E"), ("∞", "8"), ("≈", "~"),
            ("⊕", "+"), ("α", "a"),
            ("λ", "l"), ("ρ", "r"), ("‖", "|"), ("é", "e"), ("²", "2"), ("₁", "1"), ("₂", "2"),
        ]
        for (signs, twin) in pairs { for sign in signs { twins[sign] = twin } }
        return twins
    }()
}
