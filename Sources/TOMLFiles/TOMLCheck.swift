/// A walk over the characters of a TOML text, before the library parses it. It knows only strings, comments, brackets and the beginnings of lines.
///
/// Refused are: a NUL, at which a C string would end; a table header whose name begins with a character that none may begin with, over which
/// the library ends the process; a date behind which a “T” or one digit and no time stands, a list that “}” closes, and a line separator of Unicode outside strings, the same; and
/// nesting so deep that taking the tables down again would run out of stack.
/// All else is left to the library. Where a text is wrong in another way before, the library stops there, so it does not matter what is found behind it.
struct TOMLCheck {
    /// Lists and inline tables inside one another, and keys joined by dots.
    static let deepest = 32

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    /// What closes the lists and inline tables that are open.
    private var closers: [UInt8] = []
    /// Names joined by dots so far.
    private var names = 1
    /// Whether nothing but white space stands before this on the line, outside every list.
    private var isAtStart = true

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func run() throws(TOMLFault) {
        while let byte = peek() {
            switch byte {
            case 0: throw fault("a NUL character")
            case UInt8(ascii: "\n"):
                line += 1
                isAtStart = closers.isEmpty
                names = 1
            case UInt8(ascii: " "):
                guard !beginsABareDigit || !followsADate else { throw fault("a date that is followed by one digit and no time") }
            case UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            case UInt8(ascii: "#"):
                skipComment()
                continue
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                isAtStart = false
                skipString(byte)
                continue
            case UInt8(ascii: "["):
                if isAtStart {
                    isAtStart = false
                    try header()
                    continue
                }
                try open(UInt8(ascii: "]"))
            case UInt8(ascii: "{"):
                isAtStart = false
                try open(UInt8(ascii: "}"))
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                isAtStart = false
                if let wanted = closers.popLast(), wanted != byte {
                    throw fault(byte == UInt8(ascii: "}") ? "a list that is closed by “}”" : "an inline table that is closed by “]”")
                }
            case UInt8(ascii: "."):
                isAtStart = false
                names += 1
                guard names <= Self.deepest else { throw fault("more than \(Self.deepest) names joined by dots") }
            case UInt8(ascii: ","), UInt8(ascii: "="):
                isAtStart = false
                names = 1
            case UInt8(ascii: "T"), UInt8(ascii: "t"):
                isAtStart = false
                guard !endsADate || peek(1).map(Self.isDigit) == true else {
                    throw fault("a date that is followed by “T” and no digit of a time")
                }
            case 0xEF where position == 0 && bytes.starts(with: [0xEF, 0xBB, 0xBF]): position = 2  // a byte order mark
            case 0xC2 where peek(1) == 0x85, 0xE2 where peek(1) == 0x80 && (peek(2) == 0xA8 || peek(2) == 0xA9):
                throw fault("a line separator of Unicode outside a string")
            default: isAtStart = false
            }
            position += 1
        }
    }

    private func peek(_ ahead: Int = 0) -> UInt8? { position + ahead < bytes.count ? bytes[position + ahead] : nil }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Whether the ten characters before this one are a date, behind which the library takes for granted that a time begins.
    private var endsADate: Bool {
        guard position >= 10 else { return false }
        return bytes[position - 10..<position].enumerated().allSatisfy { place, byte in
            place == 4 || place == 7 ? byte == UInt8(ascii: "-") : Self.isDigit(byte)
        }
    }

    /// Whether one digit alone follows this space: the library takes for granted that more of a time comes where a date stands before.
    private var beginsABareDigit: Bool {
        guard peek(1).map(Self.isDigit) == true else { return false }
        return peek(2).map { Self.ends.contains($0) || $0 >= 0x80 } ?? true
    }

    /// Whether what stands before this may look to the library like a date: ten characters, not counting “_”, the fifth and the eighth of which are “-”. Where its
    /// value begins does not matter: no text is right in which a digit follows so.
    private var followsADate: Bool {
        var characters: [UInt8] = [], place = position - 1
        while place >= 0, characters.count < 10, !Self.ends.contains(bytes[place]) {
            // Of several bytes of a character the first counts.
            if bytes[place] & 0xC0 != 0x80, bytes[place] != UInt8(ascii: "_") { characters.append(bytes[place]) }
            place -= 1
        }
        return characters.count == 10 && characters[2] == UInt8(ascii: "-") && characters[5] == UInt8(ascii: "-")
    }

    /// What ends a value, but for white space beyond ASCII.
    private static let ends = Set(" \t\r\n\u{B}\u{C}],}#".utf8)

    private func fault(_ reason: String) -> TOMLFault { TOMLFault(line: line, reason: reason) }

    private mutating func open(_ closer: UInt8) throws(TOMLFault) {
        closers.append(closer)
        names = 1
        guard closers.count <= Self.deepest else { throw fault("lists or tables more than \(Self.deepest) deep") }
    }

    /// `[name]` or `[[name]]`: what the name begins with. Its end is found by the walk.
    private mutating func header() throws(TOMLFault) {
        position += 1
        skipBlanks()
        if peek() == UInt8(ascii: "[") {
            position += 1
            skipBlanks()
        }
        names = 1
        switch peek() ?? 0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "]"):
            break
        default: throw fault("the name of a table begins with a letter, a digit, “-”, “_” or a quote")
        }
    }

    private mutating func skipBlanks() {
        while let byte = peek(), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position += 1 }
    }

    private mutating func skipComment() {
        while let byte = peek(), byte != UInt8(ascii: "\n"), byte != 0 { position += 1 }
    }

    /// To behind a string's end; to the end of the line or text where it has none, at which the library stops.
    private mutating func skipString(_ quote: UInt8) {
        let isLong = peek(1) == quote && peek(2) == quote
        position += isLong ? 3 : 1
        while let byte = peek(), byte != 0 {
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), let next = peek(1), next != 0 {
                if next == UInt8(ascii: "\n") { line += 1 }
                position += 2
                continue
            }
            if byte == UInt8(ascii: "\n") {
                guard isLong else { return }
                line += 1
            }
            if byte == quote {
                if !isLong {
                    position += 1
                    return
                }
                if peek(1) == quote, peek(2) == quote {
                    position += 3
                    // One or two quotes may stand before the closing three.
                    for _ in 0..<2 where peek() == quote { position += 1 }
                    return
                }
            }
            position += 1
        }
    }
}
