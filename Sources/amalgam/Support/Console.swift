import Archives
import Foundation
import Provenance
import Runs
import Synchronization

/// The one place that prints: results go to standard output; progress and errors to standard error.
///
/// Nothing that a file says reaches the terminal as a command to it: control characters and invisible ones are written out (``printable(_:)``), whatever field they
/// come from. What standard output does not take ends the program with 1 once the work is done; what standard error does not take is lost.
enum Console {
    /// A line of text, which may hold line breaks of its own.
    static func print(_ text: String, terminator: String = "\n") { say(shown(text + terminator)) }

    /// What was assumed, said before the result.
    static func notes(_ notes: [String]) { lines(notes.map { $0.hasPrefix("warning: ") ? $0 : line($0) }) }

    /// Lines without the notes that were said before.
    static func lines(_ lines: [String], after notes: [String]) {
        let said = Set(notes.map(line))
        self.lines(lines.filter { !said.contains($0) })
    }

    /// Lines, each of which is one: a line break in a name is written out.
    static func lines(_ lines: [String]) { say(lines.map { printable($0) + "\n" }.joined()) }

    private static func line(_ note: String) -> String { "note: \(note)" }

    /// One line on standard error: a line break in a name is written out.
    static func note(_ text: String) {
        guard !isSilent.load(ordering: .relaxed) else { return }
        errors.write(printable(text) + "\n")
    }

    /// What the parser of arguments says, in several lines; a line break in an argument is written out.
    static func usage(_ text: String) {
        var text = text
        for argument in CommandLine.arguments where argument.contains("\n") || argument.contains("\r\n") {
            text = text.replacingOccurrences(of: argument, with: printable(argument))
        }
        errors.write(shown(shortened(text)) + "\n")
    }

    /// A value as one JSON object, in which nothing invisible stands as it is.
    static func json(_ value: some Encodable) throws { print(try RunJSON.text(value)) }

    /// Prints why something could not be done.
    static func fail(_ error: RunError) -> ExitStatus {
        clearProgress()
        if error.isCancellation {
            note("amalgam: interrupted; nothing was written")
            return .interrupted
        }
        if let rank = Ranks.rank, rank > 0 {
            // The others print nothing but this.
            errors.write(printable(shortened("amalgam: rank \(rank): \(error)")) + "\n")
        } else {
            complain("amalgam: \(error)")
        }
        return .failed
    }

    /// Prints an error, cut where it is longer than anyone reads: files can make names of any length.
    static func complain(_ text: String) { note(shortened(text)) }

    static let longestError = 2048

    static func shortened(_ text: String) -> String {
        guard text.utf8.count > longestError else { return text }
        var kept = "", size = 0
        for character in text {
            size += character.utf8.count
            guard size <= longestError - 64 else { break }
            kept.append(character)
        }
        // One character may be as long as it likes.
        return kept + " … (\(text.utf8.count - kept.utf8.count) bytes more)"
    }

    // MARK: One line of progress, on a terminal only

    private static var showsProgress: Bool { isTerminal && !isSilent.load(ordering: .relaxed) }
    private static let isTerminal = isatty(2) == 1

    static func progress(_ text: String) {
        guard showsProgress else { return }
        errors.write("\r\u{1b}[K" + shown(text))
    }

    static func clearProgress() {
        guard showsProgress else { return }
        errors.write("\r\u{1b}[K")
    }

    // MARK: Streams

    private static let isSilent = Atomic(false)

    /// From now on nothing is printed but why something could not be done: of several processes one speaks.
    static func silence() { isSilent.store(true, ordering: .relaxed) }

    private static func say(_ text: String) {
        guard !isSilent.load(ordering: .relaxed) else { return }
        output.write(text)
    }

    private static let output = CheckedStream(descriptor: STDOUT_FILENO), errors = CheckedStream(descriptor: STDERR_FILENO)

    /// Called first: a stream that is closed must not become the first file that is opened, and one that no one reads must not end the program.
    static func open() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest number that is free is the one that was just found to be. What is written to standard output then fails, as it should.
            _ = Glibc.open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// The status to end with: another than the command's where its output was lost.
    static func close(_ status: ExitStatus) -> ExitStatus {
        guard let failure = output.failure else { return status }
        note("amalgam: standard output could not be written: \(failure)")
        return status == .done ? .failed : status
    }

    /// The text as it may be printed; line breaks and tabs stay.
    static func shown(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x09 }) { return text }
        var shown = "", part = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\t" {
                shown += printable(String(part))
                shown.unicodeScalars.append(scalar)
                part = String.UnicodeScalarView()
            } else {
                part.append(scalar)
            }
        }
        return shown + printable(String(part))
    }
}

/// A stream of the program that remembers why it could no longer be written.
final class CheckedStream: Sendable {
    private let descriptor: CInt
    private let state = Mutex<String?>(nil)

    init(descriptor: CInt) { self.descriptor = descriptor }

    /// Why it could not be written; nil where all was.
    var failure: String? { state.withLock { $0 } }

    func write(_ text: String) {
        state.withLock { failure in
            guard failure == nil else { return }
            var text = text
            failure = text.withUTF8 { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let written = Glibc.write(descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                    if written > 0 {
                        rest = rest.dropFirst(written)
                    } else if written == 0 {
                        return "it takes nothing more"
                    } else if errno == EAGAIN {
                        // Someone made it a stream that does not wait; so this does.
                        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        poll(&waiting, 1, -1)
                    } else if errno != EINTR {
                        return String(cString: strerror(errno))
                    }
                }
                return nil
            }
        }
    }
}
