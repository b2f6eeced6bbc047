import Foundation
import Logging
import Synchronization

/// What the engine does behind the scenes, as lines in `amalgam.log` in the folder of runs: problems of the store by default;
/// `AMALGAM_LOG=info` adds every run, `debug` every transaction, `off` writes nothing.
///
/// Nobody has to read it. Where it cannot be written, nothing else happens.
package enum Log {
    /// - Parameter folder: where the file is.
    static func of(_ part: String, in folder: String) -> Logger {
        Logger(label: "amalgam.\(part)") {
            LogFile(label: $0, path: (folder as NSString).appendingPathComponent("amalgam.log"), level: level)
        }
    }

    private static let level: Logger.Level? = {
        let word = ProcessInfo.processInfo.environment["AMALGAM_LOG"] ?? ""
        return word == "off" ? nil : Logger.Level(rawValue: word.lowercased()) ?? .warning
    }()
}

/// Appends lines to the log file.
private struct LogFile: LogHandler {
    let label: String
    let path: String
    /// Nil writes nothing.
    let level: Logger.Level?
    var metadata: Logger.Metadata = [:]

    /// A file that has grown beyond this becomes `amalgam.log.1`, over the one before.
    private static let limit = 4 << 20

    var logLevel: Logger.Level {
        get { level ?? .critical }
        set { _ = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard level != nil else { return }
        let facts = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }.map {
            "\($0.key)=\(Self.oneLine("\($0.value)"))"
        }
        let words = [Date().formatted(.iso8601), "\(event.level)", "\(getpid())", label, Self.oneLine("\(event.message)")] + facts
        append(words.joined(separator: " ") + "\n")
    }

    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 }))
    }

    /// In one call, so that lines of two processes do not mix.
    private func append(_ line: String) {
        var status = stat()
        if stat(path, &status) == 0, status.st_size > Self.limit { rename(path, path + ".1") }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { return }
        _ = line.withCString { write(descriptor, $0, strlen($0)) }
        close(descriptor)
    }
}
