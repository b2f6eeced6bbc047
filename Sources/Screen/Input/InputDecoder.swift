import CNcurses

/// Turns the bytes and key codes that curses delivers into events: UTF-8 in pieces, Alt pairs, mouse reports, pasted text.
///
/// It keeps what is unfinished between reads, so that a character cut in two by a slow line is still one character.
struct InputDecoder {
    private enum State: Equatable {
        case plain
        case escape
        /// Inside a control sequence that nobody asked for.
        case sequence
        case mouse(String)
        /// Everything up to the end mark is text, whatever keys it looks like.
        case paste
    }

    private var state = State.plain
    private var partial: [UInt8] = []
    private var awaited = 0
    private var pasted: [UInt8] = []

    /// What is pasted beyond this is dropped.
    static let longestPaste = 1 << 20

    /// Whether a pasted text has begun and not ended.
    var isPasting: Bool { state == .paste }

    /// Longest mouse report that makes sense; anything longer is noise.
    private static let longestReport = 24

    mutating func feed(_ code: Int32) -> InputEvent? {
        switch state {
        case .paste:
            if code == Int32(SCREEN_KEY_PASTE_END.rawValue) { return endPaste() }
            if let byte = UInt8(exactly: code), pasted.count < Self.longestPaste { pasted.append(byte) }
            return nil
        case .mouse(let report):
            guard let byte = UInt8(exactly: code), report.utf8.count < Self.longestReport else {
                state = .plain
                return nil
            }
            let whole = report + String(Unicode.Scalar(byte))
            if byte == UInt8(ascii: "M") || byte == UInt8(ascii: "m") {
                state = .plain
                return MouseEvent(sgr: whole).map(InputEvent.mouse)
            }
            state = .mouse(whole)
            return nil
        case .sequence:
            if !(0x20..<0x40).contains(code) { state = .plain }
            return nil
        case .escape:
            state = .plain
            if code == 0x5B || code == 0x4F {
                state = .sequence
                return nil
            }
            if code == 27 {
                state = .escape
                return .key(KeyPress(.escape))
            }
            guard case .key(var press)? = plain(code) else { return nil }
            press.modifiers.insert(.alt)
            return .key(press)
        case .plain:
            return plain(code)
        }
    }

    /// Takes what was pasted so far as the whole text: after its end mark, or where that does not come.
    mutating func endPaste() -> InputEvent? {
        guard state == .paste else { return nil }
        defer { pasted = [] }
        state = .plain
        return .paste(String(decoding: pasted, as: UTF8.self))
    }

    /// Nothing more is waiting: a lone Esc is Esc, the beginning of an unknown sequence is nothing.
    mutating func flush() -> InputEvent? {
        defer { if state == .escape || state == .sequence { state = .plain } }
        return state == .escape ? .key(KeyPress(.escape)) : nil
    }

    private mutating func plain(_ code: Int32) -> InputEvent? {
        if let byte = UInt8(exactly: code) { return self.byte(byte) }
        partial = []
        switch code {
        case Int32(SCREEN_KEY_MOUSE.rawValue): state = .mouse("")
        case Int32(SCREEN_KEY_PASTE_BEGIN.rawValue):
            state = .paste
            pasted = []
        default: return Self.keys[code].map(InputEvent.key) ?? functionKey(code)
        }
        return nil
    }

    private func functionKey(_ code: Int32) -> InputEvent? {
        let number = Int(code) - Int(SCREEN_KEY_FUNCTION.rawValue)
        return (1...12).contains(number) ? .key(KeyPress(.function(number))) : nil
    }

    private mutating func byte(_ byte: UInt8) -> InputEvent? {
        if awaited > 0, byte & 0xC0 == 0x80 {
            partial.append(byte)
            awaited -= 1
            guard awaited == 0 else { return nil }
            defer { partial = [] }
            return String(decoding: partial, as: UTF8.self).first.map { .key(.character($0)) }
        }
        awaited = 0
        partial = []
        switch byte {
        case 27:
            state = .escape
            return nil
        case 9: return .key(KeyPress(.tab))
        case 10, 13: return .key(KeyPress(.enter))
        case 8, 127: return .key(KeyPress(.backspace))
        case 0: return .key(KeyPress(.character(" "), .control))
        case 1...26: return .key(.control(Character(Unicode.Scalar(byte + 96))))
        case 28...31: return .key(.control(Character(Unicode.Scalar(byte + 64))))
        case 32..<127: return .key(.character(Character(Unicode.Scalar(byte))))
        case 0xC2...0xDF: awaited = 1
        case 0xE0...0xEF: awaited = 2
        case 0xF0...0xF4: awaited = 3
        default: return nil
        }
        partial = [byte]
        return nil
    }

    private static let keys: [Int32: KeyPress] = {
        let table: [(screen_key, KeyPress)] = [
            (SCREEN_KEY_UP, KeyPress(.up)), (SCREEN_KEY_DOWN, KeyPress(.down)), (SCREEN_KEY_LEFT, KeyPress(.left)),
            (SCREEN_KEY_RIGHT, KeyPress(.right)), (SCREEN_KEY_HOME, KeyPress(.home)), (SCREEN_KEY_END, KeyPress(.end)),
            (SCREEN_KEY_PAGE_UP, KeyPress(.pageUp)), (SCREEN_KEY_PAGE_DOWN, KeyPress(.pageDown)), (SCREEN_KEY_INSERT, KeyPress(.insert)),
            (SCREEN_KEY_DELETE, KeyPress(.delete)), (SCREEN_KEY_BACKSPACE, KeyPress(.backspace)), (SCREEN_KEY_ENTER, KeyPress(.enter)),
            (SCREEN_KEY_BACK_TAB, KeyPress(.tab, .shift)), (SCREEN_KEY_SHIFT_UP, KeyPress(.up, .shift)),
            (SCREEN_KEY_SHIFT_DOWN, KeyPress(.down, .shift)), (SCREEN_KEY_SHIFT_LEFT, KeyPress(.left, .shift)),
            (SCREEN_KEY_SHIFT_RIGHT, KeyPress(.right, .shift)),
        ]
        return Dictionary(uniqueKeysWithValues: table.map { (Int32($0.0.rawValue), $0.1) })
    }()
}
