/// Reads little-endian values one after another; a read past the end names the file and the offset.
struct ByteReader {
    let view: ByteView
    let file: String
    /// The part of the file that the offsets count from, where that is not the file itself.
    let place: String?
    private(set) var offset: Int

    init(_ view: ByteView, file: String, place: String? = nil, offset: Int = 0) {
        self.view = view
        self.file = file
        self.place = place
        self.offset = offset
    }

    var remaining: Int { view.count - offset }

    /// The error that says the content is wrong at an offset (by default at the next byte).
    func damaged(_ reason: String, at offset: Int? = nil) -> ArchiveError {
        .damaged(file: file, place: place, offset: offset ?? self.offset, reason: reason)
    }

    /// Passes over a byte, where there is one.
    mutating func passByte() {
        offset = min(offset + 1, view.count)
    }

    mutating func seek(to position: Int) throws(ArchiveError) {
        guard position >= 0, position <= view.count else { throw damaged("a position of \(position) lies outside its \(view.count) bytes") }
        offset = position
    }

    /// Where the next `count` bytes begin; they are passed over.
    @inline(__always)
    mutating func advance(_ count: Int, _ what: @autoclosure () -> String) throws(ArchiveError) -> Int {
        guard count >= 0, count <= remaining else {
            throw damaged(
                "\(what()) takes \(count) bytes but only \(max(remaining, 0)) are left; the file is truncated or its lengths are wrong")
        }
        defer { offset += count }
        return offset
    }

    @inline(__always)
    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, _ what: @autoclosure () -> String
    ) throws(ArchiveError) -> Value {
        let start = try advance(MemoryLayout<Value>.size, what())
        return Value(littleEndian: view.bytes.loadUnaligned(fromByteOffset: start, as: Value.self))
    }

    /// An unsigned length or position, refused where it is larger than any file.
    mutating func length<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, _ what: @autoclosure () -> String
    ) throws(ArchiveError) -> Int {
        let start = offset
        let value = try integer(type, what())
        guard let length = Int(exactly: value), length >= 0 else { throw damaged("\(what()) of \(value) is impossible", at: start) }
        return length
    }

    mutating func bytes(_ count: Int, _ what: @autoclosure () -> String) throws(ArchiveError) -> UnsafeRawBufferPointer {
        let start = try advance(count, what())
        return UnsafeRawBufferPointer(rebasing: view.bytes[start..<start + count])
    }

    mutating func utf8(_ count: Int, _ what: @autoclosure () -> String) throws(ArchiveError) -> String {
        let start = offset
        guard let text = String(validating: try bytes(count, what()), as: UTF8.self) else {
            throw damaged("\(what()) is not UTF-8", at: start)
        }
        return text
    }

    /// The bytes up to a line feed, which is passed over, as Latin-1 text.
    mutating func line(_ what: @autoclosure () -> String) throws(ArchiveError) -> String {
        let rest = view.bytes[offset...]
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { throw damaged("\(what()) does not end") }
        let text = latin1(rest[offset..<end])
        offset = end + 1
        return text
    }
}

/// Every byte as the scalar of its value.
func latin1(_ bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(Unicode.Scalar(byte)) }
    return String(text)
}
