/// The header of a NumPy array: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` (NumPy enhancement proposal 1).
struct NumPyHeader {
    enum Elements {
        case numbers(ElementType)
        /// Texts of so many characters of 1 or 4 bytes, filled up with zeros.
        case texts(characters: Int, size: Int)
    }

    let elements: Elements
    let isBigEndian: Bool
    let isFortranOrder: Bool
    let shape: [Int]
    /// Where the elements begin.
    let dataStart: Int

    private static let types = Dictionary(
        uniqueKeysWithValues: ElementType.allCases.compactMap { type in type.numpyName.map { ($0, type) } })

    init(_ reader: inout ByteReader, array: String) throws(ArchiveError) {
        let magic = try reader.bytes(6, "the magic of a NumPy array")
        guard magic.elementsEqual([0x93] + Array("NUMPY".utf8)) else {
            throw reader.damaged("it does not start with the NumPy magic", at: 0)
        }
        let version = try reader.integer(UInt8.self, "the NumPy version")
        _ = try reader.integer(UInt8.self, "the NumPy version")
        guard (1...3).contains(version) else { throw reader.damaged("NumPy format \(version) is not known (1 to 3 are)", at: 6) }
        let length =
            version == 1
            ? Int(try reader.integer(UInt16.self, "the header's length")) : Int(try reader.integer(UInt32.self, "the header's length"))
        guard length <= 1 << 16 else { throw reader.damaged("a header of \(length) bytes", at: 8) }
        let start = reader.offset
        let text = try reader.utf8(length, "the header")
        dataStart = reader.offset

        guard let descriptor = Self.quoted(text, "descr") else {
            throw .unsupported(
                file: reader.file, place: "array '\(array)'", reason: "records of several fields", advice: "save plain arrays of numbers")
        }
        guard let shape = Self.shape(text), let order = Self.value(text, "fortran_order"),
            order.hasPrefix("True") || order.hasPrefix("False")
        else {
            throw reader.damaged("the header lacks shape or fortran_order", at: start)
        }
        guard let endian = descriptor.first, let elements = Self.elements(descriptor.dropFirst()), "<>|=".contains(endian) else {
            let isObject = descriptor.contains("O")
            throw .unsupported(
                file: reader.file, place: "array '\(array)'",
                reason: isObject ? "it holds Python objects, which would have to be executed" : "elements of type '\(descriptor)'",
                advice: "save an array of numbers (.astype('float32'))")
        }
        self.elements = elements
        isBigEndian = endian == ">"
        isFortranOrder = order.hasPrefix("True")
        self.shape = shape
    }

    /// What a type without its byte order stands for: `f4`, `U10`, `S3`.
    private static func elements(_ name: Substring) -> Elements? {
        if let type = types[String(name)] { return .numbers(type) }
        guard let kind = name.first, kind == "U" || kind == "S", let characters = Int(name.dropFirst()), (0...1 << 20).contains(characters)
        else { return nil }
        return .texts(characters: characters, size: kind == "U" ? 4 : 1)
    }

    /// What follows `'key':`.
    private static func value(_ text: String, _ key: String) -> Substring? {
        for quote in ["'", "\""] {
            let name = quote + key + quote
            guard let range = text.firstRange(of: name) else { continue }
            let rest = text[range.upperBound...].drop(while: \.isWhitespace)
            return rest.first == ":" ? rest.dropFirst().drop(while: \.isWhitespace) : nil
        }
        return nil
    }

    private static func quoted(_ text: String, _ key: String) -> String? {
        guard let value = value(text, key), let quote = value.first, quote == "'" || quote == "\"" else { return nil }
        let rest = value.dropFirst()
        return rest.firstIndex(of: quote).map { String(rest[..<$0]) }
    }

    private static func shape(_ text: String) -> [Int]? {
        guard let value = value(text, "shape"), value.first == "(", let close = value.firstIndex(of: ")") else { return nil }
        var sizes: [Int] = []
        for part in value[..<close].dropFirst().split(separator: ",", omittingEmptySubsequences: true) {
            let trimmed = part.filter { !$0.isWhitespace }
            if trimmed.isEmpty { continue }
            guard let size = Int(trimmed.hasSuffix("L") ? trimmed.dropLast() : trimmed[...]), size >= 0 else { return nil }
            sizes.append(size)
        }
        return sizes
    }
}
