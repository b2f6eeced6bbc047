import Synchronization

/// The SHA-256 of an opened file: of the very bytes that its arrays are views of, computed when it is first asked for and then kept.
///
/// It stays right where another file takes the path meanwhile. Where the file itself is changed while it is open, asking throws
/// ``ArchiveError/changed(file:)``, so that a checksum never stands for other bytes than those that were used.
public final class FileDigest: Sendable {
    private let bytes: ByteView
    private let known = Mutex<String?>(nil)

    init(_ bytes: ByteView) { self.bytes = bytes }

    /// In 64 hexadecimal digits; reads all of the file the first time.
    public func sha256() throws(ArchiveError) -> String {
        // Also where it is known already: what was read after it was taken may have been other bytes.
        try bytes.checkUnchanged()
        if let known = known.withLock({ $0 }) { return known }
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update($0) }
        try bytes.checkUnchanged()
        let found = hash.hexadecimal()
        known.withLock { $0 = found }
        return found
    }
}
