import Foundation

/// A folder that appears whole or not at all: its files are written into one beside its place, which is then renamed.
///
/// A folder that stands at its place is replaced; files in it that the new one does not have and that are none of `own` are kept.
/// What was begun and not committed is removed.
package final class AtomicFolder {
    /// Where it will stand, without a slash at its end.
    package let path: String
    private let temporary: String
    private var isCommitted = false

    package init(_ path: String) throws(ArchiveError) {
        let path = FolderContents.withoutSlash(path)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
            throw .cannotWrite(file: path, reason: "there is a file of that name")
        }
        // A link is followed, not replaced.
        self.path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let name = (self.path as NSString).lastPathComponent
        temporary =
            (self.path as NSString).deletingLastPathComponent + "/." + name + ".partial-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        do { try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false) } catch {
            throw .cannotWrite(file: path, reason: lastSystemError())
        }
    }

    deinit { if !isCommitted { try? FileManager.default.removeItem(atPath: temporary) } }

    /// Where a file of the folder is written meanwhile.
    package func place(of name: String) -> String { temporary + "/" + name }

    package func write(_ text: String, as name: String) throws(ArchiveError) {
        let file = try AtomicFile(place(of: name))
        try file.write(Array(text.utf8))
        try file.commit()
    }

    /// Puts the folder in its place.
    ///
    /// - Parameter isOwn: whether a file of a folder that stood there before belongs to what is replaced, and goes with it.
    package func commit(replacing isOwn: (String) -> Bool) throws(ArchiveError) {
        // Renaming onto an empty folder replaces it.
        if rename(temporary, path) == 0 {
            isCommitted = true
            return
        }
        guard errno == ENOTEMPTY || errno == EEXIST else { throw .cannotWrite(file: path, reason: lastSystemError()) }
        let before = temporary + "-before"
        guard rename(path, before) == 0 else { throw .cannotWrite(file: path, reason: lastSystemError()) }
        guard rename(temporary, path) == 0 else {
            let reason = lastSystemError()
            rename(before, path)
            throw .cannotWrite(file: path, reason: reason)
        }
        isCommitted = true
        do {
            for name in try FileManager.default.contentsOfDirectory(atPath: before)
            where !isOwn(name) && !FileManager.default.fileExists(atPath: path + "/" + name) {
                try FileManager.default.moveItem(atPath: before + "/" + name, toPath: path + "/" + name)
            }
            try FileManager.default.removeItem(atPath: before)
        } catch {
            throw .cannotWrite(
                file: path,
                reason:
                    "the folder was written, but what stood there before could not be moved from \(before): \(error.localizedDescription)")
        }
    }
}
