import Foundation
import Testing

@testable import Workbench

/// The program in a real terminal, driven through tmux: only what no pure test can see. Without tmux or a built program these are skipped, and say so.
@Suite("in a terminal", .serialized, .timeLimit(.minutes(3)), .enabled(if: Terminal.isAvailable, "tmux and the built program are needed"))
struct TerminalTests {
    @Test("q gives the terminal back as it was, with status 0")
    func leaving() throws {
        let terminal = try Terminal(
            before: "stty -a > modes-before; ",
            after: "; echo left $?; stty -a > modes-after; cmp modes-before modes-after && echo sa''me modes")
        try terminal.wait(for: "Sample sets")
        #expect(terminal.format("#{alternate_on}") == "1" && terminal.format("#{mouse_sgr_flag}") == "1")
        terminal.send("q")
        try terminal.wait(for: "same modes")
        #expect(try terminal.screen().contains("left 0"))
        #expect(terminal.format("#{alternate_on}") == "0" && terminal.format("#{mouse_any_flag}") == "0")
    }

    @Test(
        "SIGTERM and SIGHUP give the terminal back and keep the session; the next start is where it was left", arguments: ["TERM", "HUP"])
    func terminated(signal: String) throws {
        let terminal = try Terminal(before: "", after: "; echo left $?")
        try terminal.wait(for: "Sample sets")
        terminal.send("6")
        try terminal.wait(for: "[6 Compare]")
        try terminal.kill(signal)
        // The status of a signal, 128 and its number; the command as it was typed says "left $?".
        try terminal.wait(for: "left 1")
        #expect(terminal.format("#{alternate_on}") == "0")
        let session = try String(contentsOfFile: terminal.folder + "/state/amalgam/session.json", encoding: .utf8)
        #expect(session.contains("\"screen\" : 6"))
        terminal.type("clear; \(terminal.command)")
        try terminal.wait(for: "[6 Compare]")
    }

    @Test("Ctrl-c twice ends with 130")
    func interrupted() throws {
        let terminal = try Terminal(before: "", after: "; echo left $?")
        try terminal.wait(for: "Sample sets")
        terminal.send("C-c", "C-c")
        try terminal.wait(for: "left 130")
        #expect(terminal.format("#{alternate_on}") == "0")
    }

    @Test("a crash in any thread gives the terminal back and names its log", arguments: ["main", "worker"])
    func crash(thread: String) throws {
        let terminal = try Terminal(
            arguments: ["--crash-test", thread], before: "", after: "; echo left $?; stty -a | grep -q ' echo ' && echo ech''oes")
        try terminal.wait(for: "echoes")
        let screen = try terminal.screen()
        #expect(screen.contains("crash-") && !screen.contains("left 0") && !screen.contains("Press space"))
        #expect(terminal.format("#{alternate_on}") == "0" && terminal.format("#{cursor_flag}") == "1")
    }

    @Test("Ctrl-z returns to the shell, fg draws everything again in the size there is then")
    func suspended() throws {
        let terminal = try Terminal(before: "", after: "")
        try terminal.wait(for: "Sample sets")
        terminal.send("C-z")
        try terminal.waitUntil { terminal.format("#{alternate_on}") == "0" }
        terminal.resize(100, 30)
        terminal.type("fg")
        try terminal.waitUntil { terminal.format("#{alternate_on}") == "1" }
        try terminal.wait(for: "Sample sets")
        try terminal.waitUntil {
            (try? terminal.screen().split(separator: "\n", omittingEmptySubsequences: false).last { !$0.isEmpty }?.contains("q quit"))
                == true
        }
    }

    @Test("after many resizes the screen is what a fresh start at that size shows; a tiny one says what it needs")
    func resized() throws {
        let terminal = try Terminal(before: "", after: "")
        try terminal.wait(for: "Sample sets")
        var generator = FuzzTests.Generator(state: 0x9E37_79B9)
        for _ in 0..<25 { terminal.resize(Int.random(in: 2...180, using: &generator), Int.random(in: 2...50, using: &generator)) }
        terminal.resize(30, 8)
        try terminal.wait(for: "need 60×18")
        terminal.resize(90, 26)
        let fresh = try Terminal(columns: 90, rows: 26, before: "", after: "")
        try fresh.wait(for: "q quit")
        try terminal.waitUntil { (try? terminal.screen()) == (try? fresh.screen()) }
    }

    @Test("a click in column 240 hits, a pasted q is no command, an unknown sequence is nothing")
    func input() throws {
        let terminal = try Terminal(columns: 250, rows: 40, before: "", after: "; echo left $?")
        try terminal.wait(for: "q quit")
        let hints = try terminal.screen().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        terminal.bytes("\u{1B}[200~q\nX\u{1B}[201~")
        try terminal.wait(for: "Paste ignored")
        terminal.bytes("\u{1B}[99;99z")
        terminal.bytes("\u{1B}[<0;240;3M")
        #expect(hints.count >= 39)
        // The tab of the fourth screen.
        let tab = try #require(hints[0].range(of: "4 Fuse"))
        let column = hints[0].distance(from: hints[0].startIndex, to: tab.lowerBound) + 1
        terminal.bytes("\u{1B}[<0;\(column);1M\u{1B}[<0;\(column);1m")
        try terminal.wait(for: "[4 Fuse]")
        #expect(!(try terminal.screen().contains("left")))
    }

    @Test("terminals that cannot be drawn on are refused with the reason and status 2", arguments: ["dumb", "nonsense", ""])
    func refused(term: String) throws {
        let terminal = try Terminal(
            before: term.isEmpty ? "unset TERM; " : "export TERM=\(term); ", after: "; echo left $?", keepsTerm: true)
        try terminal.wait(for: "left 2")
        #expect(try terminal.screen().contains("TERM"))
    }

    @Test(
        "poor terminals are served: no colours, eight colours, a console, ASCII alone",
        arguments: [
            ("TERM=vt100", ""), ("TERM=xterm", ""), ("TERM=linux", ""), ("TERM=tmux-256color LC_ALL=C", "ascii"),
            ("TERM=tmux-256color NO_COLOR=1", "plain"),
        ])
    func poor(environment: String, expectation: String) throws {
        let terminal = try Terminal(before: "export \(environment); ", after: "; echo left $?", keepsTerm: true)
        try terminal.wait(for: "Sample sets")
        try terminal.wait(for: "q quit")
        if expectation == "ascii" { #expect(try terminal.screen().unicodeScalars.allSatisfy(\.isASCII)) }
        if expectation == "plain" { #expect(try terminal.colours().isEmpty) }
        terminal.send("q")
        try terminal.wait(for: "left 0")
    }

    @Test(
        "every depth of colour sends its own sequences and no other",
        arguments: [
            ("--color mono", "m", ["[38;", "[48;", ";38;", ";48;"]), ("--color 16", "m", ["38;5", "48;5", "38;2", "48;2"]),
            ("--color 256", "38;5;", ["38;2;", "48;2;"]), ("--color 16m", "38;2;", ["38;5;", "48;5;"]),
        ])
    func depth(argument: String, present: String, absent: [String]) throws {
        let terminal = try Terminal(arguments: [argument], before: "", after: "")
        try terminal.wait(for: "q quit")
        // ncurses writes direct colours with colons or semicolons, as the description says.
        let bytes = try terminal.redrawn().replacing(":", with: ";").replacing("38;2;;", with: "38;2;")
        #expect(bytes.contains(present))
        for sequence in absent { #expect(!bytes.contains(sequence), "\(argument) sends \(sequence)") }
    }

    @Test("COLORTERM=truecolor sends direct colours without a terminfo entry of the system's; without it 256")
    func truecolor() throws {
        let direct = try Terminal(before: "export COLORTERM=truecolor; ", after: "")
        try direct.wait(for: "q quit")
        #expect(try direct.redrawn().replacing(":", with: ";").contains("38;2;"))
        let indexed = try Terminal(before: "", after: "")
        try indexed.wait(for: "q quit")
        #expect(try indexed.redrawn().contains("38;5;"))
    }

    @Test("named keys mean the same on every terminal", arguments: ["xterm-256color", "tmux-256color", "screen-256color", "linux"])
    func namedKeys(term: String) throws {
        let terminal = try Terminal(before: "export TERM=\(term) LC_ALL=C.UTF-8; ", after: "", keepsTerm: true)
        try terminal.wait(for: "q quit")
        terminal.send("4")
        try terminal.wait(for: "[4 Fuse]")
        func press(_ capability: String, shows words: String) throws {
            guard let bytes = terminal.sequence(capability, term: term) else { return }
            terminal.bytes(bytes)
            try terminal.wait(for: words)
        }
        try press("kcud1", shows: "Sets all hyperparameters, to")
        try press("kcuu1", shows: "Aligns each parent")
        try press("khome", shows: "home: no action here")
        try press("kend", shows: "end: no action here")
        try press("knp", shows: "▸")
        try press("kcbt", shows: "Focus: ")
        try press("kf1", shows: "Keys on Fuse")
    }

    @Test("--no-mouse leaves the mouse to the terminal; :set mouse off does so later, on takes it back")
    func mouse() throws {
        let without = try Terminal(arguments: ["--no-mouse"], before: "", after: "")
        try without.wait(for: "q quit")
        #expect(without.format("#{mouse_any_flag}") == "0")
        let terminal = try Terminal(before: "", after: "")
        try terminal.wait(for: "q quit")
        #expect(terminal.format("#{mouse_any_flag}") == "1")
        terminal.send(":", "set mouse off", "Enter")
        try terminal.waitUntil { terminal.format("#{mouse_any_flag}") == "0" }
        terminal.send(":", "set mouse on", "Enter")
        try terminal.waitUntil { terminal.format("#{mouse_any_flag}") == "1" && terminal.format("#{mouse_sgr_flag}") == "1" }
    }

    @Test("without standard input the terminal itself is read")
    func noInput() throws {
        let terminal = try Terminal(before: "", after: " </dev/null; echo left $?")
        try terminal.wait(for: "q quit")
        terminal.send("4")
        try terminal.wait(for: "[4 Fuse]")
        terminal.send("q")
        try terminal.wait(for: "left 0")
    }

    @Test("line by line the program talks without an escape and without the second screen")
    func linear() throws {
        let terminal = try Terminal(before: "printf '?\\nq\\n' | ", after: " --linear > out; echo left $?")
        try terminal.wait(for: "left 0")
        let text = try String(contentsOfFile: terminal.folder + "/out", encoding: .utf8)
        #expect(text.hasPrefix("Amalgam line mode.") && !text.contains("\u{1B}"))
        #expect(text.contains("fuse: Fuses all layers"))
    }

    @Test("line by line the program waits for a person who takes time, whatever has happened meanwhile")
    func linearPatience() throws {
        let terminal = try Terminal(before: "(sleep 1; echo '?'; sleep 1; echo q) | ", after: " --linear > out; echo left $?")
        try terminal.wait(for: "left 0")
        let text = try String(contentsOfFile: terminal.folder + "/out", encoding: .utf8)
        // The parents could not be opened long before the question came.
        let (error, answer) = (try #require(text.range(of: "Error: none-a.pt")), try #require(text.range(of: "fuse: Fuses all layers")))
        #expect(error.lowerBound < answer.lowerBound)
    }

    @Test("--profile says what keys, idling, the first screen and a large plan cost")
    func profile() throws {
        let terminal = try Terminal(columns: 120, rows: 40, arguments: ["--profile"], before: "", after: "; echo left $?")
        try terminal.wait(for: "q quit")
        terminal.send("4", "Down", "Down", "q")
        try terminal.wait(for: "left 0")
        let screen = try terminal.screen().replacing("\n", with: "")
        for words in [
            "first screen:", "keys to screen: ", "p50", "p99", "idle: ", "wake-ups", "plan of 96×96: first drawn in",
            "plan of 512×512: first drawn in", "cursor moves over it: 40 measured", "changes of its order: 4 measured", "processor p50",
        ] { #expect(screen.contains(words), "\(words)") }
        // What a move sends does not hang on the machine: at most 2 kB.
        let moves = screen.matches(of: /cursor moves over it[^\n]*?longest *([0-9.]+) *bytes/).compactMap { Double($0.output.1) }
        #expect(moves.count == 2 && moves.allSatisfy { $0 > 0 && $0 <= 2048 }, "\(moves)")
    }

    @Test("y puts the command line on the terminal's clipboard, letter by letter as it is")
    func clipboard() throws {
        let terminal = try Terminal(before: "", after: "")
        terminal.takesClipboard()
        try terminal.wait(for: "q quit")
        terminal.send("y")
        try terminal.wait(for: "command line")
        terminal.send("Enter")
        try terminal.wait(for: "Copied the command line")
        try terminal.waitUntil("the clipboard to fill") { !terminal.clipboard().isEmpty }
        #expect(terminal.clipboard().hasPrefix("amalgam fuse none-a.pt none-b.pt --method otfusion"))
    }

    @Test("a held key: five hundred repeats and a last one are all answered, and the program is still quick to leave")
    func held() throws {
        let terminal = try Terminal(before: "", after: "; echo left $?")
        try terminal.wait(for: "q quit")
        terminal.send("4")
        try terminal.wait(for: "[4 Fuse]")
        terminal.bytes(String(repeating: "j", count: 500) + "g")
        try terminal.wait(for: "Aligns each parent")
        terminal.bytes(String(repeating: "j", count: 500))
        terminal.send("1", "q")
        try terminal.wait(for: "left 0")
    }

    @Test("idle, nothing is sent and next to nothing wakes")
    func idle() throws {
        let terminal = try Terminal(before: "", after: "")
        try terminal.wait(for: "q quit")
        let process = try terminal.process()
        // The jobs of the start have ended once the status line says so.
        try terminal.waitUntil { (try? terminal.screen().contains("idle")) == true }
        Thread.sleep(forTimeInterval: 1)
        terminal.record("idle.bytes")
        let before = try Self.switches(process)
        Thread.sleep(forTimeInterval: 3)
        #expect(try Self.switches(process) - before < 5)
        #expect((try? Data(contentsOf: URL(fileURLWithPath: terminal.folder + "/idle.bytes")).count) ?? 0 == 0)
    }

    @Test("piped, the program prints plain lines without an escape")
    func piped() throws {
        let terminal = try Terminal(before: "", after: " --plain 2>&1 | cat > out; echo left $?", keepsTerm: true)
        try terminal.wait(for: "left 0")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: terminal.folder + "/out"))
        #expect(!bytes.contains(0x1B) && !bytes.isEmpty)
    }

    /// Voluntary context switches of all threads of a process.
    private static func switches(_ process: Int) throws -> Int {
        let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
        return tasks.compactMap { try? String(contentsOfFile: "/proc/\(process)/task/\($0)/status", encoding: .utf8) }
            .compactMap { status in
                status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches") }.flatMap {
                    Int($0.split(separator: "\t").last ?? "")
                }
            }.reduce(0, +)
    }
}
