/// The regular files of a tar archive (POSIX ustar), which may be gzip. Names are only names: nothing is written anywhere.
package struct TarFile: Sendable {
    package let path: String
    /// Names in the archive's order.
    package let names: [String]
    private let bytes: [UInt8]
    private let places: [String: Range<Int>]

    private static let block = 512

    /// Reads the table of contents; every header's own checksum must hold.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that the archive may inflate to.
    package init(_ path: String, limit: Int = 4 << 30) throws(ArchiveError) {
        let bytes = try fileContents(path, limit: limit)
        var names: [String] = [], places: [String: Range<Int>] = [:], offset = 0
        func damaged(_ reason: String) -> ArchiveError { .damaged(file: path, place: "the tar archive", offset: offset, reason: reason) }
        while offset + Self.block <= bytes.count {
            let header = bytes[offset..<offset + Self.block]
            // Two empty blocks end an archive; one is enough to know.
            if header.allSatisfy({ $0 == 0 }) { break }
            func field(_ start: Int, _ count: Int) -> ArraySlice<UInt8> { header[offset + start..<offset + start + count] }
            guard let checksum = Self.octal(field(148, 8)) else { throw damaged("not a tar header: its checksum is not a number") }
            let sum = header.reduce(0) { $0 + Int($1) } - field(148, 8).reduce(0) { $0 + Int($1) } + 8 * 32
            guard sum == checksum else { throw damaged("not a tar header: its checksum is \(checksum), its bytes come to \(sum)") }
            guard let size = Self.octal(field(124, 12)) else { throw damaged("the size of a member is not a number") }
            let start = offset + Self.block
            guard size <= bytes.count - start else {
                throw damaged("a member of \(size) bytes, but only \(bytes.count - start) are left; the file is truncated")
            }
            let kind = header[offset + 156]
            if kind == 0 || kind == UInt8(ascii: "0") {
                let isPOSIX = field(257, 5).elementsEqual("ustar".utf8)
                let folder = isPOSIX ? Self.text(field(345, 155)) : ""
                let name = (folder.isEmpty ? "" : folder + "/") + Self.text(field(0, 100))
                names.append(name)
                places[name] = start..<start + size  // checked: size is at most what remains
            }
            // checked: size is at most what remains, and a file ends far below the largest number
            offset = start + (size + Self.block - 1) / Self.block * Self.block
        }
        guard !names.isEmpty else { throw damaged("it holds no files") }
        self.path = path
        self.names = names
        self.bytes = bytes
        self.places = places
    }

    /// The bytes of a member, wherever in the archive's folders it stands: the first whose last path component is this name.
    package func member(_ name: String) throws(ArchiveError) -> ArraySlice<UInt8> {
        guard let full = names.first(where: { $0 == name || $0.hasSuffix("/" + name) }), let range = places[full] else {
            throw .missingArray(file: path, name: name, present: names)
        }
        return bytes[range]
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String { latin1(field.prefix { $0 != 0 }) }

    /// Octal digits between blanks and zeros; nil where there is anything else.
    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }
}
