#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A file that appears whole or not at all: it is written beside its place, flushed to the disk and renamed.
///
/// Whatever stands at its place stays until then; what was begun and not committed is removed.
package final class AtomicFile {
    /// Where it will stand; a symbolic link is followed, not replaced.
    package let path: String
    private let temporary: String
    private var descriptor: CInt
    private var buffer: [UInt8] = []
    /// Bytes given so far.
    package private(set) var count = 0

    private static let bufferSize = 1 << 18
    /// What stands in the name of a file that is not finished, after a dot and its name to be and before a random number.
    private static let mark = ".partial-"

    package init(_ path: String) throws(ArchiveError) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw .cannotWrite(file: path, reason: isFolder ? "there is a folder of that name" : "it is not a regular file")
        }
        let target = resolved(path)
        // Two writers of one file, in this process or another, must not share a temporary file.
        var temporary = ""
        var descriptor: CInt = -1
        let (folder, name) = split(target)
        Self.removeLeftovers(in: folder)
        for _ in 0..<16 where descriptor < 0 {
            temporary = folder + "." + name + Self.mark + String(UInt64.random(in: 0 ... .max), radix: 36)
            descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor < 0, errno != EEXIST { break }
            // The lock says that someone is at work on it; it ends with the process, however that ends.
            // Before the lock, another process may remove it as abandoned.
            if descriptor >= 0,
                flock(descriptor, LOCK_EX | LOCK_NB) != 0 ? errno == EWOULDBLOCK : fstat(descriptor, &status) == 0 && status.st_nlink == 0
            {
                close(descriptor)
                descriptor = -1
            }
        }
        guard descriptor >= 0 else { throw .cannotWrite(file: path, reason: lastSystemError()) }
        self.path = target
        self.temporary = temporary
        self.descriptor = descriptor
        buffer.reserveCapacity(Self.bufferSize)
    }

    /// Removes what writers left in a folder that were killed: files that are named as these are and that no process holds. What cannot be removed does no harm.
    ///
    /// - Parameter folder: with its final slash; empty for the folder that the process is in.
    static func removeLeftovers(in folder: String) {
        guard let listing = opendir(folder.isEmpty ? "." : folder) else { return }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
            guard name.hasPrefix("."), let range = name.firstRange(of: mark), case let number = name[range.upperBound...], !number.isEmpty,
                number.utf8.count <= 13,
                number.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
            else { continue }
            let file = open(folder + name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard file >= 0 else { continue }
            var status = stat()
            if fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
                flock(file, LOCK_EX | LOCK_NB) == 0
            {
                unlink(folder + name)
            }
            close(file)
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporary)
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        count += bytes.count
        if buffer.count + bytes.count <= Self.bufferSize {
            buffer.append(contentsOf: bytes)
        } else {
            try flush()
            try writeThrough(bytes)
        }
    }

    package func write(_ bytes: [UInt8]) throws(ArchiveError) {
        let outcome = bytes.withUnsafeBytes { bytes in Result { () throws(ArchiveError) in try write(bytes) } }
        try outcome.get()
    }

    /// Writes over bytes that were given before.
    func overwrite(_ bytes: [UInt8], at offset: Int) throws(ArchiveError) {
        try flush()
        guard bytes.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }) == bytes.count else {
            throw .cannotWrite(file: path, reason: lastSystemError())
        }
    }

    /// Puts the file in its place. Once this returns, it is there even if the power fails.
    package func commit() throws(ArchiveError) {
        try flush()
        guard fsync(descriptor) == 0 else { throw .cannotWrite(file: path, reason: lastSystemError()) }
        guard rename(temporary, path) == 0 else { throw .cannotWrite(file: path, reason: lastSystemError()) }
        close(descriptor)
        descriptor = -1
        let folder = open(split(path).folder.isEmpty ? "." : split(path).folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)  // some file systems refuse this; the file is written all the same
            close(folder)
        }
    }

    private func flush() throws(ArchiveError) {
        let outcome = buffer.withUnsafeBytes { bytes in Result { () throws(ArchiveError) in try writeThrough(bytes) } }
        buffer.removeAll(keepingCapacity: true)
        try outcome.get()
    }

    private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            #if canImport(Darwin)
            let written = Darwin.write(descriptor, piece.baseAddress, piece.count)
            #elseif canImport(Musl)
            let written = Musl.write(descriptor, piece.baseAddress, piece.count)
            #else
            let written = Glibc.write(descriptor, piece.baseAddress, piece.count)
            #endif
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                throw .cannotWrite(file: path, reason: lastSystemError())
            }
        }
    }
}

/// The path with its links followed, where it exists.
private func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
}

/// The folder, with its final slash, and the name in it.
private func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[...slash]), String(path[path.index(after: slash)...]))
}
