import Foundation

/// The names in a folder, hidden ones included.
package struct FolderContents: Sendable {
    /// Without a slash at its end.
    package let path: String
    package let names: Set<String>

    /// Nil where the path is no folder.
    package init?(_ path: String) throws(ArchiveError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return nil }
        self.path = Self.withoutSlash(path)
        do { names = Set(try FileManager.default.contentsOfDirectory(atPath: path)) } catch {
            throw .cannotOpen(file: path, reason: "the folder cannot be read")
        }
    }

    /// The listing of the folder that a file stands in, and the file's name.
    static func around(_ path: String) throws(ArchiveError) -> (folder: FolderContents, name: String)? {
        let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        let folder = String(path.dropLast(name.count))
        return try FolderContents(folder.isEmpty ? "." : folder).map { ($0, name) }
    }

    package func file(_ name: String) -> String { path == "/" ? "/" + name : path + "/" + name }

    package var sorted: [String] { names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    static func withoutSlash(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
