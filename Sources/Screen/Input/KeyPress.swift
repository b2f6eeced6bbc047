/// A key with its modifiers, however the terminal sends it.
package struct KeyPress: Hashable, Sendable {
    package enum Key: Hashable, Sendable {
        case character(Character)
        case enter, escape, tab, backspace, delete, insert
        case up, down, left, right, home, end, pageUp, pageDown
        case function(Int)
    }

    package struct Modifiers: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let control = Modifiers(rawValue: 1)
        package static let alt = Modifiers(rawValue: 2)
        package static let shift = Modifiers(rawValue: 4)
    }

    package var key: Key
    package var modifiers: Modifiers

    package init(_ key: Key, _ modifiers: Modifiers = []) {
        self.key = key
        self.modifiers = modifiers
    }

    package static func character(_ character: Character) -> KeyPress { KeyPress(.character(character)) }
    package static func control(_ character: Character) -> KeyPress { KeyPress(.character(character), .control) }

    private static let names: [(Key, String)] = [
        (.enter, "enter"), (.escape, "esc"), (.tab, "tab"), (.backspace, "backspace"), (.delete, "delete"), (.insert, "insert"),
        (.up, "up"), (.down, "down"), (.left, "left"), (.right, "right"), (.home, "home"), (.end, "end"), (.pageUp, "pgup"),
        (.pageDown, "pgdn"), (.character(" "), "space"),
    ]

    /// Reads a name such as `a`, `F`, `ctrl-p`, `alt-x`, `shift-tab`, `enter`, `f1`, `space`.
    package init(name: String) throws(ScreenError) {
        var rest = Substring(name)
        var modifiers: Modifiers = []
        let prefixes: [(String, Modifiers)] = [("ctrl-", .control), ("alt-", .alt), ("shift-", .shift)]
        while let found = prefixes.first(where: { rest.hasPrefix($0.0) && rest.count > $0.0.count }) {
            rest = rest.dropFirst(found.0.count)
            modifiers.insert(found.1)
        }
        if let named = Self.names.first(where: { $0.1 == rest }) {
            self.init(named.0, modifiers)
        } else if rest.count == 1, let character = rest.first {
            self.init(.character(character), modifiers)
        } else if rest.first == "f", let number = Int(rest.dropFirst()), (1...12).contains(number) {
            self.init(.function(number), modifiers)
        } else {
            throw .keyUnknown(name: name)
        }
    }

    /// The name that `init(name:)` reads.
    package var name: String {
        var text = ""
        if modifiers.contains(.control) { text += "ctrl-" }
        if modifiers.contains(.alt) { text += "alt-" }
        if modifiers.contains(.shift) { text += "shift-" }
        if let named = Self.names.first(where: { $0.0 == key }) { return text + named.1 }
        switch key {
        case .character(let character): return text + String(character)
        case .function(let number): return text + "f\(number)"
        default: return text
        }
    }

    /// The short form for hint rows, `^P`, `⏎`, `←`.
    package func label(_ glyphs: GlyphSet) -> String {
        if case .character(let character) = key, modifiers == .control { return "^" + character.uppercased() }
        guard glyphs != .ascii, modifiers.isEmpty else { return name }
        switch key {
        case .enter: return "⏎"
        case .up: return "↑"
        case .down: return "↓"
        case .left: return "←"
        case .right: return "→"
        default: return name
        }
    }
}

/// What the mouse did, in cells.
package struct MouseEvent: Hashable, Sendable {
    package enum Action: Hashable, Sendable { case press, release, drag, wheelUp, wheelDown }
    package var action: Action
    package var position: Position

    package init(_ action: Action, at position: Position) {
        self.action = action
        self.position = position
    }

    /// Reads the parameters of an SGR report, `0;12;5M`; nil for buttons and forms that mean nothing here.
    package init?(sgr text: String) {
        guard let last = text.last, last == "M" || last == "m" else { return nil }
        let numbers = text.dropLast().split(separator: ";", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 3, let button = numbers[0], let column = numbers[1], let row = numbers[2], column > 0, row > 0 else {
            return nil
        }
        let place = Position(row: row - 1, column: column - 1)
        switch (button & 0b1110_0011, last) {
        case (0, "M"): self.init(.press, at: place)
        case (0, "m"): self.init(.release, at: place)
        case (32, "M"): self.init(.drag, at: place)
        case (64, "M"): self.init(.wheelUp, at: place)
        case (65, "M"): self.init(.wheelDown, at: place)
        default: return nil
        }
    }
}

/// What reaches a program from its terminal.
package enum InputEvent: Hashable, Sendable {
    case key(KeyPress)
    case mouse(MouseEvent)
    case paste(String)
    case resize(Size)
}
