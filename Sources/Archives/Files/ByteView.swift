/// Bytes that stay where they are: a range of a mapped file, or of memory that a member was inflated into.
///
/// A view keeps its owner alive. Its bytes are never written.
package struct ByteView: @unchecked Sendable {
    /// What the bytes live in; hold on to it for as long as an address inside is used.
    package let owner: AnyObject
    /// Valid while this view (or another of the same owner) is held: never read them from a view that is no longer needed.
    let bytes: UnsafeRawBufferPointer

    package var count: Int { bytes.count }

    init(owner: AnyObject, bytes: UnsafeRawBufferPointer) {
        self.owner = owner
        self.bytes = bytes
    }

    init(_ file: MappedFile) {
        self.init(owner: file, bytes: file.bytes)
    }

    init(_ memory: OwnedMemory) {
        self.init(owner: memory, bytes: UnsafeRawBufferPointer(memory.bytes))
    }

    /// The part that starts at `offset`, or nil where it does not lie within.
    func slice(_ offset: Int, _ length: Int) -> ByteView? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
        return ByteView(owner: owner, bytes: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]))
    }

    /// Calls the closure with the bytes, which live at least as long as the call.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(owner) {} }
        return try body(bytes)
    }

    /// Whether these bytes lie in the other's.
    func isPart(of other: ByteView?) -> Bool {
        guard let other, owner === other.owner, let start = bytes.baseAddress, let otherStart = other.bytes.baseAddress else {
            return false
        }
        return start >= otherStart && start + count <= otherStart + other.count
    }

    /// Refuses bytes of a mapped file that has changed since it was opened.
    package func checkUnchanged() throws(ArchiveError) {
        if let file = owner as? MappedFile { try file.checkUnchanged() }
    }

    /// Whether something happened to the mapped file that need not have changed its content.
    var isTouched: Bool { (owner as? MappedFile)?.isTouched ?? false }

    /// Whether they stand in a file as they are, and not in memory that was made from it.
    var isOfFile: Bool { owner is MappedFile }

    /// Gives the memory that reading a mapped file took back to the system: see ``MappedFile/releasePages(of:)``.
    func releasePages() { (owner as? MappedFile)?.releasePages(of: bytes) }

    /// A copy in which the bytes of every element stand in the opposite order.
    func swapped(elementSize: Int) -> ByteView {
        let copy = OwnedMemory(byteCount: count)
        for index in 0..<(elementSize > 0 ? count / elementSize : 0) {
            for byte in 0..<elementSize {
                copy.bytes[index * elementSize + byte] = bytes[index * elementSize + elementSize - 1 - byte]
            }
        }
        return ByteView(copy)
    }
}

/// Memory that is released with its last reference, aligned for every element type and for vector loads.
final class OwnedMemory: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    init(byteCount: Int) {
        bytes = .allocate(byteCount: byteCount, alignment: 64)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        bytes.deallocate()
    }
}
