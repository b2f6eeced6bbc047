/// Reads JSON (RFC 8259) byte by byte: objects whose members are in order and named once, texts, numbers, and whole values of bounded depth.
///
/// A safetensors header is read member by member (``object(_:)``, ``integers()``); configuration files as a ``JSONValue``. Errors name the byte of the file.
struct JSONReader {
    private var reader: ByteReader
    private let end: Int
    /// What errors call the text, such as "header".
    private let part: String
    private let budget: FileBudget

    init(_ reader: ByteReader, end: Int, part: String = "header", budget: FileBudget) {
        self.reader = reader
        self.end = end
        self.part = part
        self.budget = budget
    }

    var offset: Int { reader.offset }

    func damaged(_ reason: String, at offset: Int? = nil) -> ArchiveError {
        reader.damaged("\(part): " + reason, at: offset)
    }

    /// Calls the closure at the value of every member; it must read the value.
    mutating func object(_ member: (inout JSONReader, _ key: String, _ position: Int) throws(ArchiveError) -> Void) throws(ArchiveError) {
        try expect("{")
        if skip("}") { return }
        var keys: Set<String> = []
        repeat {
            skipSpace()
            let position = offset
            let key = try text()
            guard keys.insert(key).inserted else { throw damaged("'\(key)' stands twice", at: position) }
            try expect(":")
            try member(&self, key, position)
        } while skip(",")
        try expect("}")
    }

    mutating func integers() throws(ArchiveError) -> [Int] {
        try expect("[")
        if skip("]") { return [] }
        var values: [Int] = []
        repeat {
            try budget.take(FileBudget.Cost.value, part)
            values.append(try integer())
        } while skip(",")
        try expect("]")
        return values
    }

    private mutating func integer() throws(ArchiveError) -> Int {
        skipSpace()
        let start = offset
        var digits: [UInt8] = []
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-") {
            digits.append(byte)
            advance()
            guard digits.count <= 20 else { throw damaged("a number is longer than any length or offset", at: start) }
        }
        guard let value = Int(latin1(digits)) else { throw damaged("'\(latin1(digits))' is not a length or offset", at: start) }
        guard value >= 0 else { throw damaged("the length or offset \(value) is negative", at: start) }
        return value
    }

    /// Any value; lists and objects stand at most `depth` inside one another.
    mutating func value(depth: Int) throws(ArchiveError) -> JSONValue {
        skipSpace()
        try budget.take(FileBudget.Cost.json, part)
        guard let byte = peek() else { throw damaged("a value is missing at its end") }
        switch byte {
        case UInt8(ascii: "{"):
            guard depth > 0 else { throw damaged("it is nested too deeply") }
            var members: [JSONValue.Member] = []
            try object { (reader, key, _) throws(ArchiveError) in members.append(.init(key: key, value: try reader.value(depth: depth - 1)))
            }
            return .object(members)
        case UInt8(ascii: "["):
            guard depth > 0 else { throw damaged("it is nested too deeply") }
            advance()
            if skip("]") { return .list([]) }
            var items: [JSONValue] = []
            repeat { items.append(try value(depth: depth - 1)) } while skip(",")
            try expect("]")
            return .list(items)
        case UInt8(ascii: "\""): return .text(try text())
        default: return try word()
        }
    }

    /// A number, `true`, `false` or `null`; also `NaN` and `Infinity`, which Python writes.
    private mutating func word() throws(ArchiveError) -> JSONValue {
        let start = offset
        var bytes: [UInt8] = []
        while let byte = peek(), Self.isWord(byte), bytes.count < 400 {
            bytes.append(byte)
            advance()
        }
        // Nearly all words are small whole numbers.
        if bytes.count < 16, bytes.first != UInt8(ascii: "0") || bytes.count == 1, !bytes.isEmpty,
            bytes.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        {
            return .number(String(decoding: bytes, as: UTF8.self))
        }
        let word = latin1(bytes)
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        case "NaN", "Infinity", "-Infinity": return .number(word)
        default:
            guard let first = bytes.first, first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
                Double(word) != nil,
                !word.lowercased().contains("x")
            else { throw damaged("'\(word)' is not a JSON value", at: start) }
            return .number(word)
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    mutating func text() throws(ArchiveError) -> String {
        try expect("\"")
        let start = offset
        var bytes: [UInt8] = []
        while true {
            guard let byte = peek() else { throw damaged("a string is not terminated", at: start) }
            advance()
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes, as: UTF8.self) else { throw damaged("a string is not UTF-8", at: start) }
                try budget.text(text, part)
                return text
            case UInt8(ascii: "\\"):
                bytes += String(try escape(at: start)).utf8
            case 0..<0x20:
                throw damaged("a string contains the control character \(byte)", at: offset - 1)
            default:
                bytes.append(byte)
            }
        }
    }

    private mutating func escape(at start: Int) throws(ArchiveError) -> Unicode.Scalar {
        guard let byte = peek() else { throw damaged("a string is not terminated", at: start) }
        advance()
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "u"):
            var code = try hexadecimal(at: start)
            if (0xD800..<0xDC00).contains(code), peek() == UInt8(ascii: "\\") {
                advance()
                try expectExactly("u")
                let low = try hexadecimal(at: start)
                guard (0xDC00..<0xE000).contains(low) else { throw damaged("a string contains half of a surrogate pair", at: start) }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw damaged("a string contains half of a surrogate pair", at: start) }
            return scalar
        default: throw damaged("a string contains an unknown escape", at: offset - 1)
        }
    }

    private mutating func hexadecimal(at start: Int) throws(ArchiveError) -> UInt32 {
        var digits: [UInt8] = []
        for _ in 0..<4 {
            guard let byte = peek(), Character(Unicode.Scalar(byte)).isHexDigit else {
                throw damaged("a string contains a malformed \\u escape", at: start)
            }
            digits.append(byte)
            advance()
        }
        return UInt32(latin1(digits), radix: 16) ?? 0  // four hexadecimal digits, as just checked
    }

    /// Whether only white space is left.
    mutating func isAtEnd() -> Bool {
        skipSpace()
        return offset == end
    }

    // MARK: bytes

    private func peek() -> UInt8? {
        offset < end ? reader.view.bytes[offset] : nil
    }

    private mutating func advance() {
        reader.passByte()
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            advance()
        }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard peek() == UInt8(ascii: character) else { return false }
        advance()
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(ArchiveError) {
        skipSpace()
        try expectExactly(character)
    }

    private mutating func expectExactly(_ character: Unicode.Scalar) throws(ArchiveError) {
        guard let byte = peek() else { throw damaged("'\(character)' is missing at its end") }
        guard byte == UInt8(ascii: character) else { throw damaged("'\(character)' expected, found '\(Unicode.Scalar(byte))'") }
        advance()
    }
}
