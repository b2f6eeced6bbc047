/// Everything that can fail on the way to the screen.
package enum ScreenError: Error, Equatable, Sendable {
    case terminalUnknown(term: String?)
    case terminalTooPlain(term: String, lacks: String)
    case notATerminal(stream: String)
    case terminalFailed(operation: String, reason: String)
    case themeUnknown(id: String, known: [String])
    case themeUnreadable(file: String, reason: String)
    case themeSyntax(file: String, line: Int, reason: String)
    case themeCycle(ids: [String])
    case keyUnknown(name: String)
    case fileNotWritten(file: String, reason: String)
    case fileUnreadable(file: String, reason: String)
}

extension ScreenError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .terminalUnknown(let term):
            let what =
                term.map { $0.isEmpty ? "TERM is empty" : "no description of the terminal “\($0)” is installed" } ?? "TERM is not set"
            return
                "\(what), so the screen cannot be drawn; set TERM (for example TERM=xterm-256color) or use the subcommands: amalgam --help"
        case .terminalTooPlain(let term, let lacks):
            return
                "the terminal “\(term)” cannot \(lacks), so the screen cannot be drawn; set TERM to what you have or use the subcommands: amalgam --help"
        case .notATerminal(let stream):
            return "\(stream) is not a terminal and neither is /dev/tty; run in a terminal or use the subcommands: amalgam --help"
        case .terminalFailed(let operation, let reason):
            return "the terminal refused \(operation): \(reason)"
        case .themeUnknown(let id, let known):
            return "there is no theme “\(id)”; known are \(known.joined(separator: ", "))"
        case .themeUnreadable(let file, let reason): return "\(file): the theme cannot be read: \(reason)"
        case .themeSyntax(let file, let line, let reason): return "\(file):\(line): not TOML: \(reason)"
        case .themeCycle(let ids): return "themes inherit from each other in a cycle: \(ids.joined(separator: " → "))"
        case .keyUnknown(let name): return "“\(name)” is not the name of a key; write for example a, F, ctrl-p, shift-tab, enter, f1"
        case .fileUnreadable(let file, let reason): return "\(file) cannot be read: \(reason)"
        case .fileNotWritten(let file, let reason): return "\(file) was not written: \(reason)"
        }
    }
}
