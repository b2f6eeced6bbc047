/// Writes a zip file of stored members, each beginning at a multiple of 64 bytes so that it can be mapped and read in place.
///
/// Times are left at the earliest, so that the same content gives the same bytes. Sizes and offsets beyond 32 bits use the 64-bit extensions.
struct ZipWriter {
    private struct Written {
        let name: String
        let size: Int
        let header: Int
        var checksum: UInt32
    }

    private let file: AtomicFile
    private let alignment: Int
    /// Sizes and offsets from here on are written in 64 bits.
    private let threshold: Int
    private var members: [Written] = []

    /// 1 January 1980, the earliest date.
    private static let date: UInt16 = 0x21
    private static let utf8Flag: UInt16 = 0x800
    /// The extra field in which PyTorch puts its padding.
    private static let paddingExtra: UInt16 = 0x4246

    init(_ file: AtomicFile, alignment: Int = 64, zip64Threshold: Int = 0xFFFF_FFFF) {
        self.file = file
        self.alignment = alignment
        threshold = zip64Threshold
    }

    mutating func add(_ name: String, _ bytes: [UInt8]) throws(ArchiveError) {
        try add(name, size: bytes.count) { (sink) throws(ArchiveError) in
            let outcome = bytes.withUnsafeBytes { bytes in Result { () throws(ArchiveError) in try sink(bytes) } }
            try outcome.get()
        }
    }

    /// Adds a member of a known size. Its checksum is put into its header once the bytes have passed.
    mutating func add(
        _ name: String, size: Int, _ produce: ((UnsafeRawBufferPointer) throws(ArchiveError) -> Void) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        guard name.utf8.count <= 0x7FFF else {
            throw .cannotWrite(file: file.path, reason: "the name '\(name.prefix(40))…' is longer than a zip file allows")
        }
        let header = file.count
        try file.write(localHeader(name, size: size, at: header, checksum: 0))
        var checksum: UInt32 = 0
        let file = file
        try produce { (bytes) throws(ArchiveError) in
            checksum = crc32(bytes, continuing: checksum)
            try file.write(bytes)
        }
        try file.overwrite(localHeader(name, size: size, at: header, checksum: checksum), at: header)
        members.append(Written(name: name, size: size, header: header, checksum: checksum))
    }

    private func localHeader(_ name: String, size: Int, at offset: Int, checksum: UInt32) -> [UInt8] {
        var extra = ByteWriter()
        if size >= threshold {
            extra.integer(ZipFile.zip64Extra)
            extra.integer(UInt16(16))
            extra.integer(UInt64(size))
            extra.integer(UInt64(size))
        }
        let unpadded = offset + 30 + name.utf8.count + extra.bytes.count + 4
        let padding = (alignment - unpadded % alignment) % alignment
        extra.integer(Self.paddingExtra)
        extra.integer(UInt16(padding))
        extra.append(repeatElement(UInt8(ascii: "Z"), count: padding))

        var header = ByteWriter()
        header.integer(ZipFile.localSignature)
        header.append(common(size: size, checksum: checksum))
        header.integer(UInt16(name.utf8.count))
        header.integer(UInt16(extra.bytes.count))
        header.append(name.utf8)
        header.append(extra.bytes)
        return header.bytes
    }

    /// Version, flags, compression, time, checksum and sizes: what both headers of a member say.
    private func common(size: Int, checksum: UInt32) -> [UInt8] {
        var part = ByteWriter()
        part.integer(UInt16(size >= threshold ? 45 : 20))
        part.integer(Self.utf8Flag)
        part.integer(ZipMember.Compression.stored.rawValue)
        part.integer(UInt16(0))
        part.integer(Self.date)
        part.integer(checksum)
        part.integer(narrow(size))
        part.integer(narrow(size))
        return part.bytes
    }

    private func narrow(_ value: Int) -> UInt32 {
        value >= threshold ? .max : UInt32(value)
    }

    /// Writes the directory, after which no more members can be added.
    consuming func finish() throws(ArchiveError) {
        let start = file.count
        for member in members {
            var extra = ByteWriter()
            if member.size >= threshold {
                extra.integer(UInt64(member.size))
                extra.integer(UInt64(member.size))
            }
            if member.header >= threshold { extra.integer(UInt64(member.header)) }
            var entry = ByteWriter()
            entry.integer(ZipFile.centralSignature)
            entry.integer(UInt16(45))
            entry.append(common(size: member.size, checksum: member.checksum))
            entry.integer(UInt16(member.name.utf8.count))
            entry.integer(UInt16(extra.bytes.isEmpty ? 0 : extra.bytes.count + 4))
            entry.append(repeatElement(0, count: 10))  // comment, disk, attributes
            entry.integer(narrow(member.header))
            entry.append(member.name.utf8)
            if !extra.bytes.isEmpty {
                entry.integer(ZipFile.zip64Extra)
                entry.integer(UInt16(extra.bytes.count))
                entry.append(extra.bytes)
            }
            try file.write(entry.bytes)
        }
        try file.write(ending(directory: start, size: file.count - start))
    }

    private func ending(directory: Int, size: Int) -> [UInt8] {
        var end = ByteWriter()
        let isLarge = members.count >= 0xFFFF || directory >= threshold || size >= threshold
        if isLarge {
            end.integer(ZipFile.end64Signature)
            end.integer(UInt64(44))
            end.integer(UInt16(45))
            end.integer(UInt16(45))
            end.integer(UInt32(0))
            end.integer(UInt32(0))
            end.integer(UInt64(members.count))
            end.integer(UInt64(members.count))
            end.integer(UInt64(size))
            end.integer(UInt64(directory))
            end.integer(ZipFile.end64LocatorSignature)
            end.integer(UInt32(0))
            end.integer(UInt64(directory + size))
            end.integer(UInt32(1))
        }
        end.integer(ZipFile.endSignature)
        end.integer(UInt32(0))
        end.integer(UInt16(isLarge ? 0xFFFF : members.count))
        end.integer(UInt16(isLarge ? 0xFFFF : members.count))
        end.integer(isLarge ? .max : UInt32(size))
        end.integer(isLarge ? .max : UInt32(directory))
        end.integer(UInt16(0))
        return end.bytes
    }
}
