/// Where the directory of a zip file stands and how many members it lists.
struct CentralDirectory {
    let offset: Int
    let end: Int
    let count: Int

    private static let endSize = 22
    private static let locatorSize = 20
    private static let longestComment = 0xFFFF

    init(_ view: ByteView, file: String) throws(ArchiveError) {
        var reader = ByteReader(view, file: file)
        guard let position = Self.findEnd(view) else {
            throw reader.damaged("a zip file without the directory at its end; it is truncated", at: view.count)
        }
        try reader.seek(to: position + 10)  // checked: an end record of 22 bytes stands there
        var count = Int(try reader.integer(UInt16.self, "zip member count"))
        var size = Int(try reader.integer(UInt32.self, "zip directory size"))
        var offset = Int(try reader.integer(UInt32.self, "zip directory offset"))
        if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF, position >= Self.locatorSize {
            try reader.seek(to: position - Self.locatorSize)  // checked: position was just found to be that far on
            if try reader.integer(UInt32.self, "zip64 locator") == ZipFile.end64LocatorSignature {
                _ = try reader.advance(4, "zip64 locator")
                try reader.seek(to: try reader.length(UInt64.self, "zip64 directory position"))
                guard try reader.integer(UInt32.self, "zip64 end record") == ZipFile.end64Signature else {
                    // checked: four bytes were just read
                    throw reader.damaged("the zip64 end record is missing", at: reader.offset - 4)
                }
                _ = try reader.advance(28, "zip64 end record")
                count = try reader.length(UInt64.self, "zip member count")
                size = try reader.length(UInt64.self, "zip directory size")
                offset = try reader.length(UInt64.self, "zip directory offset")
            }
        }
        guard offset <= position, size <= position - offset else {  // checked: in this order
            throw reader.damaged(
                "the zip directory (\(size) bytes at \(offset)) does not lie before its end record; the file is truncated or was joined to another",
                at: position)
        }
        // An entry takes at least 46 bytes, so a count that lies is seen before anything is allocated for it.
        guard count <= size / 46 else {
            throw reader.damaged("the zip directory of \(size) bytes cannot list \(count) members", at: position)
        }
        self.offset = offset
        end = offset + size  // checked: size is at most position less offset
        self.count = count
    }

    /// The end record, searched backwards: a comment may follow it, which must then be as long as the record says.
    private static func findEnd(_ view: ByteView) -> Int? {
        guard view.count >= endSize else { return nil }
        let earliest = max(0, view.count - endSize - longestComment)
        var position = view.count - endSize
        while position >= earliest {
            let bytes = view.bytes
            if UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)) == ZipFile.endSignature,
                // checked: three positions within the file
                position + endSize + Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 20, as: UInt16.self)))
                    == view.count
            {
                return position
            }
            position -= 1  // checked: stops at 0
        }
        return nil
    }
}

/// One line of the directory.
struct CentralEntry {
    let name: String
    private let position: Int
    private let compression: UInt16
    private let checksum: UInt32
    private let storedSize: Int
    private let size: Int
    private let localHeader: Int

    init(_ reader: inout ByteReader) throws(ArchiveError) {
        position = reader.offset
        guard try reader.integer(UInt32.self, "zip directory entry") == ZipFile.centralSignature else {
            throw reader.damaged("a zip directory entry does not begin with its signature", at: position)
        }
        _ = try reader.advance(4, "zip directory entry")
        let flags = try reader.integer(UInt16.self, "zip flags")
        compression = try reader.integer(UInt16.self, "zip compression")
        _ = try reader.advance(4, "zip time")
        checksum = try reader.integer(UInt32.self, "zip checksum")
        var storedSize = Int(try reader.integer(UInt32.self, "zip member size"))
        var size = Int(try reader.integer(UInt32.self, "zip member size"))
        let nameLength = Int(try reader.integer(UInt16.self, "zip name length"))
        let extraLength = Int(try reader.integer(UInt16.self, "zip extra length"))
        let commentLength = Int(try reader.integer(UInt16.self, "zip comment length"))
        _ = try reader.advance(8, "zip attributes")
        var localHeader = Int(try reader.integer(UInt32.self, "zip member offset"))
        // Names that are not UTF-8 are in an old code page; Latin-1 keeps them apart.
        let nameBytes = try reader.bytes(nameLength, "zip member name")
        name = String(validating: nameBytes, as: UTF8.self) ?? latin1(nameBytes)

        let extraEnd = reader.offset + extraLength  // checked: 16 bits beside a position
        // checked: two numbers of 16 bits
        guard extraLength + commentLength <= reader.remaining else {
            throw reader.damaged("the zip directory entry '\(name)' is truncated")
        }
        while extraEnd - reader.offset >= 4 {  // checked: two positions within the file
            let kind = try reader.integer(UInt16.self, "zip extra field")
            let length = Int(try reader.integer(UInt16.self, "zip extra field"))
            let next = reader.offset + length  // checked: 16 bits beside a position
            guard next <= extraEnd else { break }
            if kind == ZipFile.zip64Extra {
                // checked, 3 lines: two positions within the file
                if size == 0xFFFF_FFFF, next - reader.offset >= 8 { size = try reader.length(UInt64.self, "zip64 size") }
                if storedSize == 0xFFFF_FFFF, next - reader.offset >= 8 { storedSize = try reader.length(UInt64.self, "zip64 size") }
                if localHeader == 0xFFFF_FFFF, next - reader.offset >= 8 { localHeader = try reader.length(UInt64.self, "zip64 offset") }
            }
            try reader.seek(to: next)
        }
        try reader.seek(to: extraEnd + commentLength)  // checked: 16 bits beside a position
        (self.storedSize, self.size, self.localHeader) = (storedSize, size, localHeader)
        guard flags & 1 == 0 else {
            throw .unsupported(
                file: reader.file, place: "member '\(name)'", reason: "it is encrypted", advice: "save the file without a password")
        }
    }

    /// The member, after its local header was checked against the directory.
    func located(in view: ByteView, file: String) throws(ArchiveError) -> ZipMember {
        guard let compression = ZipMember.Compression(rawValue: compression) else {
            throw .unsupported(
                file: file, place: "member '\(name)'", reason: "zip compression method \(compression)",
                advice: "only stored and deflated members are read; save the file again")
        }
        var reader = ByteReader(view, file: file)
        try reader.seek(to: localHeader)
        guard try reader.integer(UInt32.self, "zip local header of '\(name)'") == ZipFile.localSignature else {
            throw reader.damaged("the local header of member '\(name)' does not begin with its signature", at: localHeader)
        }
        _ = try reader.advance(22, "zip local header of '\(name)'")
        let nameLength = Int(try reader.integer(UInt16.self, "zip name length"))
        let extraLength = Int(try reader.integer(UInt16.self, "zip extra length"))
        let nameBytes = try reader.bytes(nameLength, "zip local name")
        guard (String(validating: nameBytes, as: UTF8.self) ?? latin1(nameBytes)) == name else {
            throw reader.damaged("the local header of member '\(name)' gives it another name", at: localHeader)
        }
        _ = try reader.advance(extraLength, "zip local header of '\(name)'")
        guard storedSize <= reader.remaining else {
            throw reader.damaged(
                "member '\(name)' takes \(storedSize) bytes but only \(reader.remaining) are left; the file is truncated or its lengths are wrong"
            )
        }
        if compression == .stored, storedSize != size {
            throw reader.damaged("member '\(name)' is stored but has two sizes, \(storedSize) and \(size)", at: position)
        }
        return ZipMember(name: name, compression: compression, checksum: checksum, storedSize: storedSize, size: size, start: reader.offset)
    }
}
