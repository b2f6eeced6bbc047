import Formatting
import Foundation

/// Which file a path means, however it is spelled: through links, `./` and `..`, and by hard links the same file has the same identity.
struct FileIdentity: Hashable {
    private let device: UInt64
    private let number: UInt64
    /// The name in the folder of this number, for a file that is not there yet; nil for one that is.
    private let name: String?
    /// How many names the file has.
    let links: Int

    /// Nil where neither the file nor its folder is there.
    init?(_ path: String) {
        var status = stat()
        if stat(path, &status) == 0 {
            name = nil
        } else {
            let folder = path.folderOfPath
            guard stat(folder.isEmpty ? "." : folder, &status) == 0 else { return nil }
            name = (path as NSString).lastPathComponent
        }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
        links = name == nil ? Int(status.st_nlink) : 0
    }

    var exists: Bool { name == nil }

    static func == (one: FileIdentity, other: FileIdentity) -> Bool {
        one.device == other.device && one.number == other.number && one.name == other.name
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(device)
        hasher.combine(number)
        hasher.combine(name)
    }

    /// Whether something of that name is there; a symbolic link that leads nowhere is something, too.
    static func isTaken(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }
}
