import Foundation
import Synchronization

/// Tells when files of a folder change. Nothing wakes while nothing changes, and no more than three times a second while something does.
final class FolderWatch: Sendable {
    private let descriptor: Int32
    private let isOver = CancelFlag()

    /// nil where the folder is not there or the system cannot watch it.
    ///
    /// - Parameter isWanted: whether a file of that name matters.
    init?(_ folder: String, isWanted: @escaping @Sendable (String) -> Bool, changed: @escaping @Sendable () -> Void) {
        descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        guard inotify_add_watch(descriptor, folder, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE)) >= 0 else {
            close(descriptor)
            return nil
        }
        let descriptor = descriptor, isOver = isOver
        let thread = Thread {
            var bytes = [UInt8](repeating: 0, count: 16_384)
            while !isOver.isRaised {
                let count = read(descriptor, &bytes, bytes.count)
                guard count > 0, !isOver.isRaised else { break }
                guard Self.names(bytes[..<count]).contains(where: isWanted) else { continue }
                changed()
                // What comes meanwhile is read at once afterwards.
                Thread.sleep(forTimeInterval: 0.35)
            }
        }
        thread.name = "amalgam-store-watch"
        thread.start()
    }

    /// The names in what the kernel tells: a head of sixteen bytes, whose last four say how long the name behind it is.
    static func names(_ bytes: ArraySlice<UInt8>) -> [String] {
        var names: [String] = [], rest = bytes
        while rest.count >= 16 {
            let length = rest.dropFirst(12).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            names.append(String(decoding: rest.dropFirst(16).prefix(length).prefix { $0 != 0 }, as: UTF8.self))
            rest = rest.dropFirst(16 + length)
        }
        return names
    }
}
