extension ByteReader {
    /// The number, text or bytes that follow the instruction.
    mutating func pickleScalar(_ opcode: PickleOpcode) throws(ArchiveError) -> PickleValue {
        let start = offset - 1
        switch opcode {
        case .newTrue: return .bool(true)
        case .newFalse: return .bool(false)
        case .binaryInteger: return .integer(Int(try integer(Int32.self, "an integer")))
        case .binaryInteger1: return .integer(Int(try integer(UInt8.self, "an integer")))
        case .binaryInteger2: return .integer(Int(try integer(UInt16.self, "an integer")))
        case .integerLine:
            let text = try line("an integer")
            if text == "00" || text == "01" { return .bool(text == "01") }
            guard let value = Int(text) else { throw damaged("'\(text)' is not a supported integer", at: start) }
            return .integer(value)
        case .longLine:
            let text = try line("an integer")
            return try decimal(text.hasSuffix("L") ? String(text.dropLast()) : text, at: start)
        case .long1:
            let count = Int(try integer(UInt8.self, "the length of an integer"))
            return twosComplement(try bytes(count, "an integer"))
        case .long4:
            let count = try length(Int32.self, "the length of an integer")
            guard count <= 4096 else { throw damaged("an integer of \(count) bytes", at: start) }
            return twosComplement(try bytes(count, "an integer"))
        case .realLine:
            let text = try line("a number")
            guard let value = Double(text) else { throw damaged("'\(text)' is not a number", at: start) }
            return .real(value)
        case .binaryReal:
            let bits = try integer(UInt64.self, "a number")
            return .real(Double(bitPattern: bits.byteSwapped))
        case .stringLine:
            let text = try line("a string")
            guard text.count >= 2, let quote = text.first, quote == text.last, quote == "'" || quote == "\"" else {
                throw damaged("a string without quotes", at: start)
            }
            return .text(try unescaped(String(text.dropFirst().dropLast()), short: true, at: start))
        case .binaryString:
            // Python 2 had one type for text and bytes. What is longer than any name is data and stays where it is.
            let count = try length(Int32.self, "the length of a string")
            return count > 1 << 16 ? try raw(count) : .text(latin1(try bytes(count, "a string")))
        case .shortBinaryString: return .text(latin1(try bytes(Int(try integer(UInt8.self, "the length of a string")), "a string")))
        case .unicodeLine: return .text(try unescaped(try line("a string"), short: false, at: start))
        case .binaryUnicode: return .text(try text(try length(UInt32.self, "the length of a string")))
        case .shortBinaryUnicode: return .text(try text(Int(try integer(UInt8.self, "the length of a string"))))
        case .binaryUnicode8: return .text(try text(try length(UInt64.self, "the length of a string")))
        case .binaryBytes: return try raw(try length(UInt32.self, "a length"))
        case .shortBinaryBytes: return try raw(Int(try integer(UInt8.self, "a length")))
        case .binaryBytes8, .byteArray8: return try raw(try length(UInt64.self, "a length"))
        default: return .none
        }
    }

    private mutating func raw(_ count: Int) throws(ArchiveError) -> PickleValue {
        .bytes(start: try advance(count, "a run of bytes"), count: count)
    }

    /// Text in Python's UTF-8, in which lone surrogates may stand; those are replaced, as no name of a tensor has them.
    private mutating func text(_ count: Int) throws(ArchiveError) -> String {
        String(decoding: try bytes(count, "a string"), as: UTF8.self)
    }

    /// The text with its numeric escapes resolved (`u` and `U`), or where `short`, those of Python's byte strings.
    private func unescaped(_ text: String, short: Bool, at start: Int) throws(ArchiveError) -> String {
        guard text.contains("\\") else { return text }
        let digits: [Unicode.Scalar: Int] = short ? ["x": 2] : ["u": 4, "U": 8]
        let letters: [Unicode.Scalar: Unicode.Scalar] = short ? ["n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", "\"": "\""] : [:]
        var result = String.UnicodeScalarView()
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let kind = rest.first else {
                result.append(scalar)
                continue
            }
            if let count = digits[kind] {
                rest.removeFirst()
                guard rest.count >= count, let code = UInt32(String(rest.prefix(count)), radix: 16), let value = Unicode.Scalar(code) else {
                    throw damaged("a string with a malformed escape", at: start)
                }
                rest = rest.dropFirst(count)
                result.append(value)
            } else if let letter = letters[kind] {
                rest.removeFirst()
                result.append(letter)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private func decimal(_ text: String, at start: Int) throws(ArchiveError) -> PickleValue {
        if let value = Int(text) { return .integer(value) }
        let digits = text.drop { $0 == "-" || $0 == "+" }
        guard !digits.isEmpty, digits.count <= 1024, digits.allSatisfy(\.isASCIIDigit) else {
            throw damaged("'\(text.prefix(40))' is not an integer", at: start)
        }
        var magnitude: [UInt8] = []
        for digit in digits.utf8 {
            var carry = Int(digit - UInt8(ascii: "0"))
            for index in magnitude.indices {
                carry += Int(magnitude[index]) * 10
                magnitude[index] = UInt8(carry & 0xFF)
                carry >>= 8
            }
            if carry > 0 { magnitude.append(UInt8(carry)) }
        }
        return .hugeInteger(magnitude)
    }

    private func twosComplement(_ bytes: UnsafeRawBufferPointer) -> PickleValue {
        guard bytes.count <= 8 else { return .hugeInteger(Array(bytes)) }
        var bits: UInt64 = (bytes.last ?? 0) & 0x80 == 0 ? 0 : .max
        for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
        return .integer(Int(Int64(bitPattern: bits)))
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { "0"..."9" ~= self }
}
