import Foundation

/// A terminal of its own: a private tmux server with one pane, a folder for what the program writes, and nothing of the user's settings.
///
/// The parents named do not exist, so that no library is loaded: these tests are about the terminal.
final class Terminal {
    struct Failure: Error, CustomStringConvertible { var description: String }

    let folder: String
    let command: String
    private static let tmux = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/bin/tmux"].first { FileManager.default.isExecutableFile(atPath: $0) }

    /// The program beside the test bundle.
    private static let program: String? = {
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..").standardized.path
        return [checkout + "/.build/debug/amalgam", checkout + "/.build/release/amalgam"].first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Asked for by name, until they have been seen to end on every machine: a tmux that does not answer would hold up all tests.
    static var isAvailable: Bool { tmux != nil && program != nil && ProcessInfo.processInfo.environment["AMALGAM_TERMINAL_TESTS"] == "1" }

    init(columns: Int = 80, rows: Int = 24, arguments: [String] = [], before: String, after: String, keepsTerm: Bool = false) throws {
        guard let program = Self.program else { throw Failure(description: "there is no program") }
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("amalgam-terminal-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..").standardized.path
        command = "\(program) none-a.pt none-b.pt \(arguments.joined(separator: " "))"
        let shell = """
            export XDG_STATE_HOME=\(folder)/state XDG_CONFIG_HOME=\(folder)/config AMALGAM_RUNS=\(folder)/runs AMALGAM_HOME=\(checkout) PS1='$ '
            \(keepsTerm ? "" : "export TERM=tmux-256color LANG=C.UTF-8 LC_ALL=C.UTF-8; unset COLORTERM NO_COLOR")
            cd \(folder)

            """
        try shell.write(toFile: folder + "/profile", atomically: true, encoding: .utf8)
        run(["new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "env ENV=\(folder)/profile LANG=C.UTF-8 LC_ALL= sh -i"])
        type("\(before)\(command)\(after)")
    }

    deinit {
        run(["kill-server"])
        try? FileManager.default.removeItem(atPath: folder)
    }

    @discardableResult
    private func run(_ arguments: [String]) -> String {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: Self.tmux ?? "/usr/bin/tmux")
        process.arguments = ["-S", folder + "/socket", "-f", "/dev/null"] + arguments
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return "" }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    func send(_ keys: String...) { run(["send-keys"] + keys) }

    /// A line for the shell.
    func type(_ line: String) {
        run(["send-keys", "-l", line])
        run(["send-keys", "Enter"])
    }

    /// Raw bytes, as a terminal would send them.
    func bytes(_ text: String) { run(["send-keys", "-H"] + text.utf8.map { String($0, radix: 16) }) }

    func resize(_ columns: Int, _ rows: Int) { run(["resize-window", "-x", "\(columns)", "-y", "\(rows)"]) }
    func format(_ text: String) -> String { run(["display-message", "-p", text]).trimmingCharacters(in: .whitespacesAndNewlines) }
    func screen() throws -> String { run(["capture-pane", "-p"]) }

    /// Colour sequences in what is on the screen.
    func colours() throws -> [Substring] {
        run(["capture-pane", "-pe"]).split(separator: "\u{1B}").filter { piece in
            guard piece.hasPrefix("["), let end = piece.firstIndex(of: "m") else { return false }
            return piece[piece.index(after: piece.startIndex)..<end].split(separator: ";").contains { (30...48).contains(Int($0) ?? 0) || (90...107).contains(Int($0) ?? 0) }
        }
    }

    /// From now on what the program sends goes into a file of the folder, too.
    func record(_ name: String) { run(["pipe-pane", "-o", "cat > \(folder)/\(name)"]) }

    /// The process of the program in the pane, below its shells.
    func process() throws -> Int {
        var wanted = [format("#{pane_pid}")]
        while let next = wanted.popLast() {
            if let name = try? String(contentsOfFile: "/proc/\(next)/comm", encoding: .utf8), name.hasPrefix("amalgam"), let number = Int(next) { return number }
            let children = (try? String(contentsOfFile: "/proc/\(next)/task/\(next)/children", encoding: .utf8)) ?? ""
            wanted += children.split(separator: " ").map(String.init)
        }
        throw Failure(description: "the program does not run in the pane")
    }

    func kill(_ signal: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "kill -\(signal) \(try self.process())"]
        try process.run()
        process.waitUntilExit()
    }

    func wait(for text: String) throws {
        try waitUntil("“\(text)” to appear") { (try? screen().contains(text)) == true }
    }

    /// Looks again and again; a machine under load gets half a minute.
    func waitUntil(_ what: String = "it", _ condition: () -> Bool) throws {
        for _ in 0..<600 {
            if condition() { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        throw Failure(description: "waited in vain for \(what); the screen is:\n\(try screen())")
    }
}
