/// A file in a zip file, as listed in the central directory.
struct ZipMember: Sendable {
    enum Compression: UInt16, Sendable {
        case stored = 0
        case deflated = 8
    }

    let name: String
    let compression: Compression
    let checksum: UInt32
    /// Bytes in the zip file, and bytes after inflation.
    let storedSize: Int
    let size: Int
    /// Where the member's bytes begin in the zip file, past its local header.
    let start: Int
}
