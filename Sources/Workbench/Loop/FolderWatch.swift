import Foundation
import Synchronization

/// Tells when files of a folder change. Nothing wakes while nothing changes, and no more than three times a second while something does.
final class FolderWatch: Sendable {
    private let descriptor: Int32
    private let isOver = CancelFlag()

    /// nil where the folder is not there or the system cannot watch it.
    init?(_ folder: String, changed: @escaping @Sendable () -> Void) {
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
                guard read(descriptor, &bytes, bytes.count) > 0, !isOver.isRaised else { break }
                changed()
                // What comes meanwhile is read at once afterwards.
                Thread.sleep(forTimeInterval: 0.35)
            }
        }
        thread.name = "amalgam-store-watch"
        thread.start()
    }
}
