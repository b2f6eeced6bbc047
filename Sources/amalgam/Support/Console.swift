import Foundation
import Provenance
import Runs

/// Results go to standard output; progress and errors to standard error.
enum Console {
    static func lines(_ lines: [String]) { for line in lines { print(line) } }

    /// What was assumed, said before the result.
    static func notes(_ notes: [String]) { lines(notes.map { $0.hasPrefix("warning: ") ? $0 : line($0) }) }

    /// Lines without the notes that were said before.
    static func lines(_ lines: [String], after notes: [String]) {
        let said = Set(notes.map(line))
        self.lines(lines.filter { !said.contains($0) })
    }

    private static func line(_ note: String) -> String { "note: \(note)" }

    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// A value as one JSON object.
    static func json(_ value: some Encodable) throws { print(try RunJSON.text(value)) }

    /// Prints why something could not be done.
    static func fail(_ error: RunError) -> ExitStatus {
        clearProgress()
        if error.isCancellation {
            note("amalgam: interrupted; nothing was written")
            return .interrupted
        }
        note("amalgam: \(error)")
        return .failed
    }

    // MARK: One line of progress, on a terminal only

    private static let showsProgress = isatty(2) == 1

    static func progress(_ text: String) {
        guard showsProgress else { return }
        FileHandle.standardError.write(Data("\r\u{1b}[K\(text)".utf8))
    }

    static func clearProgress() {
        guard showsProgress else { return }
        FileHandle.standardError.write(Data("\r\u{1b}[K".utf8))
    }
}
