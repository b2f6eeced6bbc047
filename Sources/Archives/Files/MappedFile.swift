#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A regular file's bytes in memory: mapped when large, read when small, empty when empty; released with the last reference.
///
/// A small file is read because that is quicker than mapping it and no longer depends on what others do to the file.
/// Reading a mapping of a file that another program has shortened would stop the process; ``checkUnchanged()`` finds that out first.
final class MappedFile: Sendable {
    let path: String
    nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    private let isMapped: Bool
    private let descriptor: CInt
    private let stamp: Stamp

    /// What distinguishes one state of a file from another.
    private struct Stamp: Equatable {
        let size: Int
        let seconds: Int
        let nanoseconds: Int

        init(_ status: stat) {
            size = Int(status.st_size)
            #if canImport(Darwin)
            seconds = status.st_mtimespec.tv_sec
            nanoseconds = status.st_mtimespec.tv_nsec
            #else
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
            #endif
        }
    }

    /// - Parameter mappingThreshold: files of at least this many bytes are mapped.
    init(_ path: String, mappingThreshold: Int = 1 << 20) throws(ArchiveError) {
        // O_NONBLOCK: opening a pipe must not wait for its other end.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotOpen(file: path, reason: lastSystemError()) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let reason = lastSystemError()
            close(descriptor)
            throw .cannotOpen(file: path, reason: reason)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw .cannotOpen(file: path, reason: isFolder ? "it is a folder; specify a file in it" : "it is not a regular file")
        }
        let stamp = Stamp(status)
        let size = stamp.size

        // Writable but private: a stray write to a parameter changes this process's copy of a page, never the file, and is no fault.
        if size >= max(mappingThreshold, 1) {
            guard let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
                let reason = lastSystemError()
                close(descriptor)
                throw .cannotOpen(file: path, reason: reason)
            }
            (bytes, isMapped) = (UnsafeRawBufferPointer(start: address, count: size), true)
            self.descriptor = descriptor
        } else {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
            let failure = readWhole(descriptor, into: buffer)
            close(descriptor)
            if let failure {
                buffer.deallocate()
                throw .cannotOpen(file: path, reason: failure)
            }
            (bytes, isMapped) = (UnsafeRawBufferPointer(buffer), false)
            self.descriptor = -1
        }
        self.path = path
        self.stamp = stamp
    }

    /// Whether there is a regular file at the path; nothing is opened.
    static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    deinit {
        if isMapped {
            munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
            close(descriptor)
        } else {
            bytes.deallocate()
        }
    }

    /// Refuses a mapped file whose size or time of change is no longer what it was when it was opened.
    func checkUnchanged() throws(ArchiveError) {
        guard isMapped else { return }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Stamp(status) == stamp else { throw .changed(file: path) }
    }
}

/// Fills the buffer from the start of the file; returns why that failed.
private func readWhole(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer) -> String? {
    var filled = 0
    while filled < buffer.count {
        let count = read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
        if count > 0 {
            filled += count
        } else if count == 0 {
            return "it became shorter while it was read"
        } else if errno != EINTR {
            return lastSystemError()
        }
    }
    return nil
}

/// The text of `errno`.
func lastSystemError() -> String {
    String(cString: strerror(errno))
}
