import CZlib

/// The member's bytes inflated; they must come to exactly the size and checksum that the directory gives.
func inflate(_ compressed: ByteView, of member: ZipMember, file: String) throws(ArchiveError) -> ByteView {
    try compressed.checkUnchanged()
    let memory = OwnedMemory(byteCount: member.size)
    let outcome = compressed.withUnsafeBytes { inflate($0, into: memory.bytes, format: .raw) }
    guard case .complete(let count) = outcome, count == member.size else {
        throw .damaged(
            file: file, place: nil, offset: member.start,
            reason: "member '\(member.name)' does not inflate: \(outcome.reason(expected: member.size))")
    }
    guard crc32(UnsafeRawBufferPointer(memory.bytes)) == member.checksum else { throw ZipFile.checksumError(member, file: file) }
    return ByteView(memory)
}

/// The bytes of a whole file, inflated where its content is gzip.
///
/// - Parameters:
///   - limit: the most bytes it may come to.
package func fileContents(_ path: String, limit: Int) throws(ArchiveError) -> [UInt8] {
    let view = ByteView(try MappedFile(path))
    let isCompressed = view.withUnsafeBytes { $0.starts(with: [0x1F, 0x8B]) }
    guard isCompressed else {
        guard view.count <= limit else {
            throw .exceedsLimit(file: path, place: "the file", what: "\(view.count) bytes long", limit: limit)
        }
        return view.withUnsafeBytes { Array($0) }
    }
    var capacity = min(limit, max(4096, view.count * 4))
    while true {
        var outcome = InflationOutcome.broken("it is empty")
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
            outcome = view.withUnsafeBytes {
                inflate(
                    $0, into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<capacity]), format: .gzip)
            }
            if case .complete(let count) = outcome { filled = count }
        }
        switch outcome {
        case .complete: return bytes
        case .full where capacity < limit: capacity = min(limit, capacity * 2)
        case .full: throw .exceedsLimit(file: path, place: "gzip data", what: "it inflates to more bytes", limit: limit)
        case .broken(let reason): throw .damaged(file: path, place: "its gzip data", offset: 0, reason: reason)
        }
    }
}

enum InflationOutcome {
    case complete(Int)
    /// The output was full before the input ended.
    case full
    case broken(String)

    func reason(expected: Int) -> String {
        switch self {
        case .complete(let count): "it comes to \(count) bytes, not \(expected)"
        case .full: "it comes to more than \(expected) bytes"
        case .broken(let reason): reason
        }
    }
}

enum DeflateFormat {
    case raw, gzip

    /// The window size as zlib wants it: negative for raw data, 16 more for gzip.
    var windowBits: CInt { self == .raw ? -15 : 15 + 16 }
}

/// Inflates from one buffer into another, in pieces that zlib's 32-bit counters hold.
func inflate(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, format: DeflateFormat) -> InflationOutcome {
    var stream = z_stream()
    guard inflateInit2_(&stream, format.windowBits, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else {
        return .broken("zlib could not start")
    }
    defer { inflateEnd(&stream) }
    let piece = 1 << 30
    var (consumed, produced) = (0, 0)
    // One byte that takes what does not fit, so that "exactly full" and "too much" differ.
    var overflow: UInt8 = 0
    return withUnsafeMutablePointer(to: &overflow) { overflow in
        while true {
            let available = min(piece, input.count - consumed)
            let room = min(piece, output.count - produced)
            stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: ($0 + consumed).assumingMemoryBound(to: UInt8.self)) }
            stream.avail_in = UInt32(available)
            stream.next_out = room > 0 ? output.baseAddress.map { ($0 + produced).assumingMemoryBound(to: UInt8.self) } : overflow
            stream.avail_out = room > 0 ? UInt32(room) : 1
            let status = CZlib.inflate(&stream, Z_NO_FLUSH)
            consumed += available - Int(stream.avail_in)
            let written = (room > 0 ? room : 1) - Int(stream.avail_out)
            if room == 0, written > 0 { return .full }
            produced += written
            switch status {
            case Z_STREAM_END:
                // A gzip file may be several, one after another.
                guard format == .gzip, consumed < input.count, input[consumed] == 0x1F else { return .complete(produced) }
                guard inflateReset(&stream) == Z_OK else { return .broken("zlib failed") }
            case Z_OK:
                continue
            case Z_BUF_ERROR where consumed == input.count:
                return .broken("the data ends too early; the file is truncated")
            default:
                return .broken(stream.msg.map { String(cString: $0) } ?? "zlib status \(status)")
            }
        }
    }
}

/// The checksum of a zip member.
func crc32(_ bytes: UnsafeRawBufferPointer, continuing checksum: UInt32 = 0) -> UInt32 {
    // Given no address, zlib starts afresh.
    guard let base = bytes.baseAddress else { return checksum }
    return UInt32(truncatingIfNeeded: crc32_z(UInt(checksum), base.assumingMemoryBound(to: UInt8.self), bytes.count))
}
