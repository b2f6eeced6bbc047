/// Bytes in the making, little-endian.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ more: some Sequence<UInt8>) {
        bytes.append(contentsOf: more)
    }

    mutating func append(_ byte: UInt8) {
        bytes.append(byte)
    }

    mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// The text as JSON writes it.
    mutating func json(_ text: String) {
        append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": append([UInt8(ascii: "\\"), UInt8(scalar.value)])
            case "\n": append("\\n".utf8)
            case "\t": append("\\t".utf8)
            case "\r": append("\\r".utf8)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                append(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
            default: append(String(scalar).utf8)
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// An object of texts, its keys sorted, so that the same content gives the same bytes.
    mutating func json(_ object: [String: String]) {
        append(UInt8(ascii: "{"))
        for (index, (key, value)) in object.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            json(key)
            append(UInt8(ascii: ":"))
            json(value)
        }
        append(UInt8(ascii: "}"))
    }
}
