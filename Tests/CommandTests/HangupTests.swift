import Foundation
import Synchronization
import Testing

#if os(Linux)

/// Starts a program that leads a session and has a terminal.
private let setsid = "/usr/bin/setsid"

/// Set once, by another thread.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

/// A terminal of its own for one process, which can go away: its two ends are a pseudo-terminal, and the process leads its session.
private final class Terminal {
    private var master: CInt
    private let gone = Flag(), hasEnded = DispatchSemaphore(value: 0)
    let process = Process()

    init(_ arguments: [String], environment: [String: String]) throws {
        var ends: (master: CInt, slave: CInt) = (-1, -1)
        try #require(openpty(&ends.master, &ends.slave, nil, nil, nil) == 0)
        master = ends.master
        let slave = ends.slave
        _ = fcntl(master, F_SETFD, FD_CLOEXEC)
        defer { close(slave) }
        var size = winsize(ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(slave, UInt(TIOCSWINSZ), &size)
        process.executableURL = URL(fileURLWithPath: setsid)
        process.arguments = ["--wait", "--ctty", Program.path] + arguments
        process.currentDirectoryURL = Program.folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let end = FileHandle(fileDescriptor: slave)
        (process.standardInput, process.standardOutput, process.standardError) = (end, end, end)
        try process.run()
        // What it draws is read and forgotten, else it would wait for a reader. A read that waits would keep this end open, so that none does.
        let reading = master
        let gone = gone, hasEnded = hasEnded
        Thread.detachNewThread {
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            var wanted = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
            while !gone.isSet {
                if poll(&wanted, 1, 20) > 0, wanted.revents & Int16(POLLIN) != 0 { _ = read(reading, &bytes, bytes.count) }
            }
            hasEnded.signal()
        }
    }

    func type(_ keys: String) {
        for byte in keys.utf8 {
            var byte = byte
            _ = write(master, &byte, 1)
        }
    }

    /// The terminal goes away: the process gets SIGHUP, and whatever it reads or writes there fails.
    func goAway() {
        guard master >= 0 else { return }
        gone.set()
        hasEnded.wait()
        close(master)
        master = -1
    }

    /// The program itself: setsid starts another process for it, and ends with its status.
    var program: Int32 {
        let own = process.processIdentifier
        let children = (try? String(contentsOfFile: "/proc/\(own)/task/\(own)/children", encoding: .utf8)) ?? ""
        return children.split(separator: " ").first.flatMap { Int32($0) } ?? own
    }

    deinit {
        goAway()
        if process.isRunning { kill(program, SIGKILL) }
    }
}

/// A terminal that goes away during a fine-tuning: a closed window, a connection that broke.
@Suite(
    "A terminal that goes away", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/setsid")))
struct HangupTests {
    private let folder = NSTemporaryDirectory() + "amalgam-hangup-\(UUID().uuidString)"
    private let pair = ["sample-models/non-iid-pair/a.safetensors", "sample-models/non-iid-pair/b.safetensors"]
    private var environment: [String: String] {
        [
            "OMP_NUM_THREADS": "1", "AMALGAM_RUNS": folder + "/runs", "XDG_STATE_HOME": folder + "/state",
            "XDG_CONFIG_HOME": folder + "/config", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8",
        ]
    }

    private func runs() throws -> [(kind: String, status: String)] {
        let listing = try Program.run(["runs", "list", "--json"], environment: environment).output
        let found = (try JSONSerialization.jsonObject(with: Data(listing.utf8)) as? [String: Any])?["runs"] as? [[String: Any]] ?? []
        return found.compactMap { $0["run"] as? [String: Any] }.map { ($0["kind"] as? String ?? "", $0["status"] as? String ?? "") }
    }

    private func wait(_ what: String, _ terminal: Terminal, for isThere: () throws -> Bool) throws {
        for _ in 0..<1200 {
            if try isThere() { return }
            try #require(terminal.process.isRunning, "it ended with \(terminal.process.terminationStatus) before \(what)")
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw Late(what: what)
    }

    private struct Late: Error { let what: String }

    /// Waits for the end of a process that has lost its terminal, and looks at how it ended: by itself, neither crashed nor turning in a circle.
    private func end(of terminal: Terminal) throws {
        let program = terminal.program, before = try ticks(of: program), began = Date()
        terminal.goAway()
        var last = before
        while terminal.process.isRunning {
            last = (try? ticks(of: program)) ?? last
            try #require(
                Date().timeIntervalSince(began) < 120, "it goes on without its terminal, after \(last - before) ticks of the processor")
            Thread.sleep(forTimeInterval: 0.05)
        }
        // 70 is what the program ends with where its own code failed.
        #expect(terminal.process.terminationReason == .exit && terminal.process.terminationStatus != 70)
    }

    /// Processor time so far, in clock ticks.
    private func ticks(of process: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        return (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
    }

    private func inFolder(_ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body()
    }

    @Test("of the workbench: the best epoch so far is recorded, its run is finished, and the checkpoint is taken up again")
    func workbench() throws {
        try inFolder {
            let terminal = try Terminal(pair + ["--data", "digits", "--fresh"], environment: environment)
            let session = folder + "/runs/r1/fused.safetensors", checkpoint = folder + "/runs/r2/tuned.safetensors.training"
            // The first picture comes before the parents are open; keys wait for it.
            Thread.sleep(forTimeInterval: 1)
            terminal.type(":set epochs=400\r")
            var pressed = 0
            try wait("the fusion", terminal) {
                // F says that the parents are still being opened until they are.
                if pressed % 20 == 0, try !runs().contains(where: { $0.kind == "fuse" }) { terminal.type("4F") }
                pressed += 1
                return FileManager.default.fileExists(atPath: session)
            }
            try wait("the end of the fusion", terminal) { try runs().contains { $0.kind == "fuse" && $0.status == "finished" } }
            terminal.type("t")
            try wait("a checkpoint", terminal) { FileManager.default.fileExists(atPath: checkpoint) }
            try end(of: terminal)
            #expect(terminal.process.terminationStatus == 128 + SIGHUP)
            let found = try runs()
            #expect(found.contains { $0.kind == "finetune" && $0.status == "finished" }, "\(found)")
            #expect(try Program.run("inspect", folder + "/runs/r2/tuned.safetensors").status == 0)
            #expect(FileManager.default.fileExists(atPath: checkpoint))
            let resumed = try Program.run(["finetune", "--resume", checkpoint, "--epochs", "1"], environment: environment)
            #expect(resumed.status == 0 || resumed.errors.contains("epochs"), "\(resumed.errors)")
        }
    }

    @Test("of the command line: the last checkpoint stays and is taken up again")
    func commandLine() throws {
        try inFolder {
            let output = folder + "/tuned.safetensors"
            let terminal = try Terminal(
                [
                    "finetune", pair[0], "--data", "digits", "--epochs", "400", "--checkpoint-every", "20", "--seed", "3", "--output",
                    output,
                ],
                environment: environment)
            try wait("a checkpoint", terminal) { FileManager.default.fileExists(atPath: output + ".training") }
            try end(of: terminal)
            #expect(FileManager.default.fileExists(atPath: output + ".training"))
            let found = try runs()
            #expect(found.count == 1 && found[0].kind == "finetune" && found[0].status != "running", "\(found)")
        }
    }
}
#endif
