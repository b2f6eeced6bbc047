import Synchronization

/// The SHA-256 of an opened file: of the very bytes that its arrays are views of, computed on first use and cached.
///
/// Of a folder it is the SHA-256 of the list that `sha256sum` prints of the files that were read, in their order, with their names in the folder.
///
/// It stays right where another file takes the path meanwhile. Where the file itself is changed while it is open, asking throws
/// ``ArchiveError/changed(file:)``, so that a checksum never stands for other bytes than those that were used.
public final class FileDigest: Sendable {
    private let sources: [ArchiveSource]
    private let folder: String?
    private let known = Mutex<String?>(nil)

    init(_ sources: [ArchiveSource], of folder: String?) {
        self.sources = sources
        self.folder = folder
    }

    /// In 64 hexadecimal digits; reads all of the file the first time.
    package func sha256() throws(ArchiveError) -> String {
        try checkUnchanged()
        if let known = known.withLock({ $0 }) { return known }
        let digest = try taken()
        known.withLock { $0 = digest }
        return digest
    }

    /// Refuses bytes that are no longer those that were read: asked after each use, before anything is written or said.
    ///
    /// Where a program may have set the time of change back, what is there is compared with the checksum that was taken before, if one was.
    package func checkUnchanged() throws(ArchiveError) {
        for source in sources { try source.bytes.checkUnchanged() }
        guard let known = known.withLock({ $0 }), let touched = sources.first(where: { $0.bytes.isTouched }) else { return }
        if try taken() != known { throw .changed(file: touched.path) }
    }

    private func taken() throws(ArchiveError) -> String {
        var list = "", found = ""
        for source in sources {
            var hash = SHA256()
            source.bytes.withUnsafeBytes { hash.update($0) }
            try source.bytes.checkUnchanged()
            found = hash.hexadecimal()
            if let folder {
                list += "\(found)  \(source.path.hasPrefix(folder + "/") ? String(source.path.dropFirst(folder.count + 1)) : source.path)\n"
            }
        }
        if folder != nil { found = SHA256.of(Array(list.utf8)) }
        return found
    }
}
