import Foundation

/// A terminal of its own: a private tmux server with one pane, a folder for what the program writes, and nothing of the user's settings.
///
/// The parents named do not exist, so that no library is loaded: these tests are about the terminal.
final class Terminal {
    struct Failure: Error, CustomStringConvertible { var description: String }

    let folder: String
    let command: String
    private static let tmux = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/bin/tmux"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// The program beside the test bundle.
    private static let program: String? = {
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..").standardized.path
        return [checkout + "/.build/debug/amalgam", checkout + "/.build/release/amalgam"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }()

    static var isAvailable: Bool { tmux != nil && program != nil }

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

    /// Runs tmux and gives what it prints.
    ///
    /// The server outlives its client. It must not inherit the pipes of processes that other tests start at the same moment, whose
    /// readers would wait for it; hence no file beyond the standard three goes along, and the output goes into a file.
    @discardableResult
    private func run(_ arguments: [String]) -> String {
        let program = Self.tmux ?? "/usr/bin/tmux", output = folder + "/output-\(UUID().uuidString)"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let alone = #"for file in /proc/self/fd/*; do file=${file##*/}; [ "$file" -gt 2 ] && eval "exec $file>&-"; done; exec "$0" "$@""#
        let words = (["/bin/bash", "-c", alone, program, "-S", folder + "/socket", "-f", "/dev/null"] + arguments).map { strdup($0) }
        defer { words.forEach { free($0) } }
        var process = pid_t(), status: Int32 = 0
        // Threads of tests block signals, which a server would inherit: it would neither hear that it is to end nor that its panes have.
        var attributes = posix_spawnattr_t(), none = sigset_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        guard posix_spawn(&process, "/bin/bash", &actions, &attributes, words + [nil], environ) == 0 else { return "" }
        while waitpid(process, &status, 0) == -1, errno == EINTR {}
        defer { try? FileManager.default.removeItem(atPath: output) }
        return (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
    }

    func send(_ keys: String...) { run(["send-keys"] + keys) }

    /// A line for the shell.
    func type(_ line: String) {
        run(["send-keys", "-l", line])
        run(["send-keys", "Enter"])
    }

    /// Raw bytes, as a terminal would send them.
    func bytes(_ text: String) { run(["send-keys", "-H"] + text.utf8.map { String($0, radix: 16) }) }

    /// The program's clipboard sequence fills a buffer of tmux.
    func takesClipboard() { run(["set-option", "-s", "set-clipboard", "on"]) }
    func clipboard() -> String { run(["show-buffer"]) }

    func resize(_ columns: Int, _ rows: Int) { run(["resize-window", "-x", "\(columns)", "-y", "\(rows)"]) }
    func format(_ text: String) -> String { run(["display-message", "-p", text]).trimmingCharacters(in: .whitespacesAndNewlines) }
    func screen() throws -> String { run(["capture-pane", "-p"]) }

    /// Colour sequences in what is on the screen; 39 and 49, the terminal's own colours, are none.
    func colours() throws -> [Substring] {
        run(["capture-pane", "-pe"]).split(separator: "\u{1B}").filter { piece in
            guard piece.hasPrefix("["), let end = piece.firstIndex(of: "m") else { return false }
            return piece[piece.index(after: piece.startIndex)..<end].split(separator: ";").contains {
                (30...38).contains(Int($0) ?? 0) || (40...48).contains(Int($0) ?? 0) || (90...107).contains(Int($0) ?? 0)
            }
        }
    }

    /// What the program sends when it draws everything anew.
    func redrawn() throws -> String {
        record("redrawn.bytes")
        send("C-l")
        let path = folder + "/redrawn.bytes"
        func bytes() -> Int { (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0 }
        var last = 0
        try waitUntil("the screen to be drawn anew") {
            defer { last = bytes() }
            return last > 500 && last == bytes()
        }
        return String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }

    /// What a key sends on a terminal of that name, as its description says; nil where it has no such key.
    func sequence(_ capability: String, term: String) -> String? {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/tput")
        process.arguments = ["-T", term, capability]
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 && !text.isEmpty ? text : nil
    }

    /// From now on what the program sends goes into a file of the folder, too.
    func record(_ name: String) { run(["pipe-pane", "-o", "cat > \(folder)/\(name)"]) }

    /// The process of the program in the pane, below its shells.
    func process() throws -> Int {
        var wanted = [format("#{pane_pid}")]
        while let next = wanted.popLast() {
            if let name = try? String(contentsOfFile: "/proc/\(next)/comm", encoding: .utf8), name.hasPrefix("amalgam"),
                let number = Int(next)
            {
                return number
            }
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
