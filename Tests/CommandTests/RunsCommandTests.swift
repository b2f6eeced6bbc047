import Foundation
import Testing

/// A store of runs for one test.
private final class RunsFolder {
    let path = NSTemporaryDirectory() + "amalgam-\(UUID().uuidString)"
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func run(_ arguments: String...) throws -> Program.Result { try Program.run(arguments, environment: ["AMALGAM_RUNS": path]) }

    func process(_ arguments: String...) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.path)
        process.arguments = arguments
        process.currentDirectoryURL = Program.folder
        process.environment = ProcessInfo.processInfo.environment.merging(["OMP_NUM_THREADS": "1", "AMALGAM_RUNS": path]) { $1 }
        for pipe in [\Process.standardOutput, \Process.standardError] { process[keyPath: pipe] = FileHandle.nullDevice }
        return process
    }

    func object(_ arguments: String...) throws -> [String: Any] {
        let text = try Program.run(arguments, environment: ["AMALGAM_RUNS": path]).output
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// A run's facts, and the steps of its series.
    func show(_ name: String) throws -> (status: String, steps: [String: [Int]]) {
        let account = try object("runs", "show", name, "--json")
        let run = account["run"] as? [String: Any] ?? [:], series = account["series"] as? [[String: Any]] ?? []
        let steps = series.map { ($0["name"] as? String ?? "", ($0["points"] as? [[String: Any]] ?? []).compactMap { $0["step"] as? Int }) }
        return (run["status"] as? String ?? "", Dictionary(steps, uniquingKeysWith: +))
    }
}

@Suite("Runs on the command line", .serialized) struct RunsCommandTests {
    @Test("a fusion is recorded, listed, shown, compared, repeated, reported, exported and deleted")
    func story() throws {
        let runs = RunsFolder()
        let first = try runs.run("fuse", "two-widths")
        #expect(first.status == 0 && first.errors.contains("recorded as r1") && first.output.contains("amalgam runs show r1"))
        #expect(
            first.output.contains("again: amalgam fuse sample-models/two-widths/wide.safetensors"),
            "paths are relative to the working folder")
        _ = try runs.run("fuse", "two-widths", "--set", "solver=sinkhorn", "--title", "entropic")
        let silent = try runs.run("fuse", "two-widths", "--no-record")
        #expect(silent.status == 0 && !silent.errors.contains("recorded") && !silent.output.contains("recorded"))

        let list = try runs.run("runs").output
        #expect(list.contains("r1") && list.contains("fuse: entropic") && !list.contains("r3"))
        let listed = try runs.object("runs", "list", "--sort", "accuracy", "--json")
        #expect((listed["runs"] as? [Any])?.count == 2)
        #expect(try runs.run("runs", "list", "--status", "failed").output.isEmpty)
        #expect(try runs.run("runs", "show", "1").output.contains("network simplex"))
        let comparison = try runs.run("runs", "compare", "r1", "last").output
        #expect(comparison.contains("solver") && comparison.contains("sinkhorn") && !comparison.contains("activation-scaling"))
        let replay = try runs.run("runs", "replay", "r1")
        #expect(replay.status == 0 && replay.output.contains("bit for bit"))
        #expect(try runs.run("report", "r1", "r2", "--format", "html").output.hasPrefix("<!doctype html>"))
        #expect(try runs.run("runs", "export", "--format", "csv").output.contains("r2,accuracy/fused"))
        #expect(try runs.run("runs", "export", "--format", "tensorboard").errors.contains("--output"))
        #expect(try runs.run("runs", "delete", "r1", "r9").status == 1)
        #expect(try runs.run("runs", "show", "r1").status == 0, "nothing is deleted where one name is wrong")
        #expect(try runs.run("runs", "delete", "r1").status == 0)
        #expect(try runs.run("runs", "show", "r1").errors.contains("no run r1"))
    }

    @Test("several processes record at once, each its own run")
    func processes() throws {
        let runs = RunsFolder()
        let processes = (0..<4).map { _ in runs.process("fuse", "non-iid-pair") }
        for process in processes { try process.run() }
        for process in processes { process.waitUntilExit() }
        #expect(processes.allSatisfy { $0.terminationStatus == 0 })
        for name in ["r1", "r2", "r3", "r4"] { #expect(try runs.show(name).status == "finished") }
        let networks = try (1...4).map {
            try (runs.object("runs", "show", "\($0)", "--json")["run"] as? [String: Any])?["network"] as? String
        }
        #expect(Set(networks).count == 1 && networks[0]?.count == 64)
    }

    @Test("a process that is killed leaves what it told until a moment before, and is listed as lost")
    func killed() throws {
        let runs = RunsFolder()
        // Long enough to be looked at ten times, however busy the machine is: it is killed, never waited for.
        let process = runs.process("fuse", "two-widths", "--method", "kf-gradient", "--set", "epochs=10000", "--set", "patience=10000")
        try process.run()
        let name = "fc1 fit/training"
        var seen = 0
        while process.isRunning, seen < 10 {
            Thread.sleep(forTimeInterval: 0.05)
            seen = (try? runs.show("r1").steps[name]?.count) ?? 0
        }
        #expect(process.isRunning && seen >= 10)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let left = try runs.show("r1")
        let steps = left.steps[name] ?? []
        #expect(left.status == "lost" && steps.count >= seen && steps == Array(1...steps.count))
        #expect(try runs.run("runs").output.contains("! lost"))
        #expect(try runs.run("fuse", "non-iid-pair").errors.contains("recorded as r2"))
        #expect(try runs.run("runs", "delete", "r1").status == 0)
    }

    @Test("where nothing can be recorded, the fusion is made all the same and says so")
    func unwritable() throws {
        let folder = NSTemporaryDirectory() + "amalgam-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data("no database, but longer than the header of one, which is a hundred bytes long at the very least: so be it".utf8)
            .write(to: URL(fileURLWithPath: folder + "/runs.sqlite"))
        for (place, word) in [("/dev/null/runs", "AMALGAM_RUNS"), (folder, "amalgam runs repair")] {
            let result = try Program.run(["fuse", "non-iid-pair"], environment: ["AMALGAM_RUNS": place])
            #expect(result.status == 0 && result.output.contains("fused"), "\(result.errors)")
            #expect(result.errors.contains("not recorded") && result.errors.contains(word))
        }
        let repaired = try Program.run(["runs", "repair"], environment: ["AMALGAM_RUNS": folder])
        #expect(repaired.status == 0 && repaired.output.contains("runs.sqlite.damaged-"))
        #expect(try Program.run(["fuse", "non-iid-pair"], environment: ["AMALGAM_RUNS": folder]).errors.contains("recorded as r1"))
    }
}
