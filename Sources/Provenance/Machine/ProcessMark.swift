import Foundation

/// A process as another one can find it again: its number is not enough, because the system gives numbers twice.
package struct ProcessMark: Equatable {
    package let host: String
    package let number: Int
    /// The boot of the machine, the process's namespace and when it started, as Linux reports them; empty elsewhere.
    package let mark: String

    package init(host: String, number: Int, mark: String) {
        self.host = host
        self.number = number
        self.mark = mark
    }

    package static var current: ProcessMark { ProcessMark(host: Machine.host, number: Int(getpid()), mark: mark(of: Int(getpid())) ?? "") }

    /// Whether the process is known to be gone. Of another machine, or another container on this one, nothing is known.
    package var isGone: Bool {
        guard host == Machine.host else { return false }
        guard !mark.isEmpty, let boot = Self.boot else { return kill(pid_t(truncatingIfNeeded: number), 0) != 0 && errno == ESRCH }
        let parts = mark.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return false }
        guard parts[0] == boot else { return true }
        guard parts[1] == Self.namespace else { return false }
        return Self.mark(of: number) != mark
    }

    private static let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?.trimmingCharacters(
        in: .whitespacesAndNewlines)
    private static let namespace = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""

    /// Nil where there is no such process, or it has ended and waits for its parent to notice.
    private static func mark(of number: Int) -> String? {
        // The name of the program stands in brackets and may hold anything; the state follows it, the start is 19 fields further.
        guard let boot, let text = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
            let bracket = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: bracket)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return "\(boot) \(namespace) \(fields[19])"
    }
}
