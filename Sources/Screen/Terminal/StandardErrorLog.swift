import Foundation

/// Keeps what libraries print on standard error out of the picture: it goes into a file, which is removed again when nothing was printed.
final class StandardErrorLog {
    let descriptor: Int32
    private let saved: Int32
    private let path: String

    /// nil where the file cannot be made; standard error then stays where it is.
    init?(path: String) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch { return nil }
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        self.path = path
        saved = isatty(STDERR_FILENO) == 1 ? dup(STDERR_FILENO) : -1
        if saved >= 0 { dup2(descriptor, STDERR_FILENO) }
    }

    func close() {
        if saved >= 0 {
            fflush(nil)
            dup2(saved, STDERR_FILENO)
            Glibc.close(saved)
        }
        if lseek(descriptor, 0, SEEK_END) == 0 { unlink(path) }
        Glibc.close(descriptor)
    }
}
