import CMappings

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
///
/// Where another program shortens a mapped file, or its disk fails, what can no longer be read is zeros (`CMappings.h`), and ``checkUnchanged()`` finds that out:
/// it is asked after each unit of work, before anything is written or said.
final class MappedFile: Sendable {
    let path: String
    nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    private let isMapped: Bool
    /// Its number among the mappings that are watched; -1 where it is not mapped.
    private let watch: CInt
    private let descriptor: CInt
    private let stamp: Stamp

    /// What distinguishes one state of a file from another.
    private struct Stamp: Equatable {
        let content: ContentStamp
        /// Also where a program sets the other times back; and where the file is renamed or gets other permissions.
        let changed: [Int]

        init(_ status: stat) {
            content = ContentStamp(status)
            #if canImport(Darwin)
            changed = [status.st_ctimespec.tv_sec, status.st_ctimespec.tv_nsec]
            #else
            changed = [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
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
        let size = stamp.content.size

        // Writable but private: a stray write to a parameter changes this process's copy of a page, never the file, and is no fault.
        var mapped: (address: UnsafeMutableRawPointer, watch: CInt)?
        if size >= max(mappingThreshold, 1) {
            guard let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
                let reason = lastSystemError()
                close(descriptor)
                throw .cannotOpen(file: path, reason: reason)
            }
            let watch = mapping_watch(address, size)
            // Thousands of files are open: this one is read.
            if watch < 0 { munmap(address, size) } else { mapped = (address, watch) }
        }
        if let mapped {
            (bytes, isMapped, watch) = (UnsafeRawBufferPointer(start: mapped.address, count: size), true, mapped.watch)
            self.descriptor = descriptor
        } else {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
            let failure = readWhole(descriptor, into: buffer)
            close(descriptor)
            if let failure {
                buffer.deallocate()
                throw .cannotOpen(file: path, reason: failure)
            }
            (bytes, isMapped, watch) = (UnsafeRawBufferPointer(buffer), false, -1)
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
            mapping_forget(watch)
            munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
            close(descriptor)
        } else {
            bytes.deallocate()
        }
    }

    /// Refuses a mapped file of which a part could not be read, or whose size or time of change is no longer what it was when it was opened.
    func checkUnchanged() throws(ArchiveError) {
        guard isMapped else { return }
        var status = stat()
        guard !mapping_is_broken(watch), fstat(descriptor, &status) == 0, ContentStamp(status) == stamp.content else {
            throw .changed(file: path)
        }
    }

    /// Gives the memory of the pages that were read back to the system, which reads them again from the file where they are needed once more.
    func releasePages(of part: UnsafeRawBufferPointer) {
        guard isMapped, let start = part.baseAddress, let first = bytes.baseAddress, part.count > 0 else { return }
        let page = max(1, Int(getpagesize())), offset = (start - first) / page * page
        // Pages are this process's own only where a program wrote to them, and nothing writes to those of data.
        madvise(UnsafeMutableRawPointer(mutating: first + offset), start - first - offset + part.count, MADV_DONTNEED)
    }

    /// Whether something happened to the file that need not have changed its content: only its checksum can tell.
    var isTouched: Bool {
        guard isMapped else { return false }
        var status = stat()
        return fstat(descriptor, &status) != 0 || Stamp(status) != stamp
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
