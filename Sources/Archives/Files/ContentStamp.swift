#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The size of a file and when its content last changed: equal as long as nobody writes to it.
package struct ContentStamp: Equatable, Sendable {
    let size: Int
    /// Since 1970; wraps around where the clock is beyond 2262.
    private let nanoseconds: Int

    init(_ status: stat) {
        size = Int(status.st_size)
        #if canImport(Darwin)
        let time = status.st_mtimespec
        #else
        let time = status.st_mtim
        #endif
        nanoseconds = Int(time.tv_sec) &* 1_000_000_000 &+ Int(time.tv_nsec)
    }

    /// - Throws: where the file is not there or cannot be asked for.
    package init(_ path: String) throws(ArchiveError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .cannotOpen(file: path, reason: lastSystemError()) }
        self.init(status)
    }

    /// Refuses a file that was written to since the stamp was taken.
    package func check(_ path: String) throws(ArchiveError) {
        guard try ContentStamp(path) == self else { throw .changed(file: path) }
    }
}

/// The first bytes of a regular file, all of them where it is no longer than that.
///
/// - Parameter count: the most bytes.
package func fileBeginning(_ path: String, count: Int) throws(ArchiveError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .cannotOpen(file: path, reason: lastSystemError()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .cannotOpen(file: path, reason: lastSystemError()) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .cannotOpen(file: path, reason: "it is not a regular file") }
    var reason: String?
    let bytes = [UInt8](unsafeUninitializedCapacity: min(count, Int(status.st_size))) { buffer, filled in
        while filled < buffer.count, let start = buffer.baseAddress {
            let taken = read(descriptor, start + filled, min(buffer.count, count) - filled)
            if taken > 0 {
                filled += taken
            } else if taken == 0 {
                return
            } else if errno != EINTR {
                reason = lastSystemError()
                return
            }
        }
    }
    if let reason { throw .cannotOpen(file: path, reason: reason) }
    return bytes
}
