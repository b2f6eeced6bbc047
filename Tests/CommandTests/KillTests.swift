import Foundation
import Testing

/// `kill -9` at random moments of a training, each time taken up again with `--resume`.
@Suite("Killed trainings", .serialized) struct KillTests {
    private let folder = NSTemporaryDirectory() + "amalgam-kill-\(UUID().uuidString)"
    private var calm: String { folder + "/calm.safetensors" }
    private var killed: String { folder + "/killed.safetensors" }
    private var checkpoint: String { killed + ".training" }
    private var runs: [String: String] { ["OMP_NUM_THREADS": "1", "AMALGAM_RUNS": folder + "/runs"] }

    /// Where a kill falls, as what it leaves behind shows.
    private enum Moment: CaseIterable {
        /// Within so many seconds of its start: before libtorch is loaded, or while the data are read.
        case beginning
        /// So long after a checkpoint of this process: within a step, or between two.
        case step
        /// While a checkpoint is being written: its half-written file stays behind.
        case writing
    }

    private func arguments(_ output: String) -> [String] {
        [
            "finetune", "sample-models/non-iid-pair/a.safetensors", "--data", "digits", "--epochs", "40", "--batch", "32",
            "--checkpoint-every", "7", "--optimizer", "adam",
            "--learning-rate", "0.0005", "--seed", "11", "--output", output,
        ]
    }

    @Test(
        "after more than twenty kills, within steps and within the writing of checkpoints, the network has the bits of a training that nobody killed, and no run is lost"
    )
    func survives() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try Program.run(arguments(calm), environment: runs).status == 0)

        // Seven of each, in any order.
        var moments = Moment.allCases.flatMap { Array(repeating: $0, count: 7) }.shuffled(), kills: [Moment: Int] = [:], attempts = 0
        while !exists(killed) || exists(checkpoint) {
            attempts += 1
            try #require(attempts < 200, "the training never ends")
            // Those of earlier kills, which the next process removes.
            let leftovers = halfWritten
            let process = try start(exists(checkpoint) ? ["finetune", "--resume", checkpoint] : arguments(killed))
            if let moment = moments.popLast() {
                wait(for: moment, of: process, leftovers)
                if process.isRunning {
                    kill(process.processIdentifier, SIGKILL)
                    process.waitUntilExit()
                    // A file that was whole a moment before the signal is renamed and gone: that was no kill within the writing.
                    let fell = moment == .writing && halfWritten.isSubset(of: leftovers) ? .step : moment
                    kills[fell, default: 0] += 1
                    if fell != moment { moments.append(moment) }
                }
            }
            process.waitUntilExit()
            if process.terminationReason == .exit { #expect(process.terminationStatus == 0) }
        }
        #expect(kills.values.reduce(0, +) >= 20 && kills[.step, default: 0] >= 6 && kills[.writing, default: 0] >= 6, "\(kills)")
        #expect(try parameters(calm) == parameters(killed))
        // Nothing is left beside the two networks: no checkpoint, no half-written file.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["calm.safetensors", "killed.safetensors", "runs"])
        // Who was killed is listed as lost; the first and the last came to their end.
        let listing = try Program.run(["runs", "list", "--json"], environment: runs).output
        let listed = try #require((JSONSerialization.jsonObject(with: Data(listing.utf8)) as? [String: Any])?["runs"] as? [[String: Any]])
        let ends = listed.compactMap { ($0["run"] as? [String: Any])?["status"] as? String }
        #expect(
            ends.first == "finished" && ends.last == "finished" && ends.dropFirst().dropLast().allSatisfy { $0 == "lost" }
                && ends.count >= 2 + kills[.step, default: 0])
    }

    private func start(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.path)
        process.arguments = arguments
        process.currentDirectoryURL = Program.folder
        process.environment = ProcessInfo.processInfo.environment.merging(runs) { $1 }
        (process.standardInput, process.standardOutput, process.standardError) = (
            FileHandle.nullDevice, FileHandle.nullDevice, FileHandle.nullDevice
        )
        try process.run()
        return process
    }

    /// Returns at the moment, or when the process has ended.
    private func wait(for moment: Moment, of process: Process, _ leftovers: Set<String>) {
        switch moment {
        case .beginning: Thread.sleep(forTimeInterval: .random(in: 0...0.3))
        case .step:
            let before = written(checkpoint)
            while process.isRunning, written(checkpoint) == before { usleep(500) }
            Thread.sleep(forTimeInterval: .random(in: 0...0.03))
        case .writing: while process.isRunning, halfWritten.isSubset(of: leftovers) { usleep(20) }
        }
    }

    private var halfWritten: Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.contains(".partial-") }
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// When the file was written; nil where there is none.
    private func written(_ path: String) -> Date? { (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date }

    /// The bytes behind a safetensors header, which holds the manifest with the output's name.
    private func parameters(_ path: String) throws -> Data {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let header = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        return bytes.dropFirst(8 + header)
    }
}

@Suite("Training from the command line", .serialized) struct TrainingCommandTests {
    @Test("settings are flags; a recipe that is saved gives the same network; test data are refused")
    func finetune() throws {
        let folder = NSTemporaryDirectory() + "amalgam-finetune-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try Program.run(
            "finetune", "sample-models/non-iid-pair/a.safetensors", "--data", "digits", "--evaluate", "digits:test", "--epochs", "1",
            "--nesterov", "--seed", "4",
            "--output", folder + "/one.safetensors", "--save-recipe", folder + "/recipe.toml", "--events", folder + "/events.jsonl",
            "--json")
        #expect(first.status == 0, "\(first.errors)")
        let report = try #require(JSONSerialization.jsonObject(with: Data(first.output.utf8)) as? [String: Any])
        #expect((report["rows"] as? [Any])?.count == 2 && (report["command"] as? String)?.contains("--nesterov true") == true)
        let events = try String(contentsOfFile: folder + "/events.jsonl", encoding: .utf8).split(separator: "\n")
        #expect(events.first?.contains("started") == true && events.last?.contains("finished") == true)

        let recipe = try String(contentsOfFile: folder + "/recipe.toml", encoding: .utf8).replacingOccurrences(
            of: "sample-models/", with: Program.folder.path + "/sample-models/")
        try recipe.write(toFile: folder + "/recipe.toml", atomically: true, encoding: .utf8)
        #expect(try Program.run("finetune", "--recipe", folder + "/recipe.toml", "--output", folder + "/two.safetensors").status == 0)
        let evaluated = try Program.run(
            "eval", folder + "/one.safetensors", folder + "/two.safetensors", "--data", "digits", "--parent", folder + "/one.safetensors",
            "--json"
        ).output
        let rows = try #require((JSONSerialization.jsonObject(with: Data(evaluated.utf8)) as? [String: Any])?["rows"] as? [[String: Any]])
        #expect(rows.allSatisfy { ($0["agreement"] as? [Double]) == [1] })

        for (spec, flag) in [("digits:test", "--data"), ("digits:test", "--validate")] {
            let refused = try Program.run(
                ["finetune", "sample-models/non-iid-pair/a.safetensors"] + (flag == "--data" ? [] : ["--data", "digits"]) + [flag, spec])
            #expect(refused.status == 1 && refused.errors.contains("test data"))
        }
        let setting = try Program.run("finetune", "sample-models/non-iid-pair/a.safetensors", "--data", "digits", "--epochs", "-1")
        #expect(setting.status == 1 && setting.errors.contains("epochs cannot be"))
    }

    @Test("a control is trained as long, stands in the table and is a run of its own; a sweep is a run; the report is a page")
    func control() throws {
        let folder = NSTemporaryDirectory() + "amalgam-control-\(UUID().uuidString)", runs = ["AMALGAM_RUNS": folder + "/runs"]
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (a, b) = ("sample-models/non-iid-pair/a.safetensors", "sample-models/non-iid-pair/b.safetensors")
        let tuned = try Program.run(
            [
                "finetune", a, "--data", "digits?samples=200", "--evaluate", "digits", "--epochs", "2", "--control", b, "--output",
                folder + "/tuned.pt", "--report", folder + "/tuned.html",
            ],
            environment: runs)
        #expect(tuned.status == 0 && tuned.output.contains("trained as long"), "\(tuned.errors)")
        #expect(try String(contentsOfFile: folder + "/tuned.html", encoding: .utf8).contains("trained as long"))
        #expect(FileManager.default.fileExists(atPath: folder + "/tuned.control-A.pt"))
        let swept = try Program.run(
            ["fuse", a, b, "--set", "source=weights", "--evaluate", "digits:test?samples=100", "--sweep", "blend=0:1:0.5"],
            environment: runs)
        #expect(swept.status == 0 && swept.errors.contains("recorded as r3"), "\(swept.errors)")
        let listing = try Program.run(["runs", "list", "--json"], environment: runs).output
        let kinds = try #require((JSONSerialization.jsonObject(with: Data(listing.utf8)) as? [String: Any])?["runs"] as? [[String: Any]])
            .compactMap { ($0["run"] as? [String: Any])?["kind"] as? String }
        #expect(kinds == ["sweep", "finetune", "finetune"])
        #expect(try Program.run(["runs", "show", "r1"], environment: runs).output.contains("trained as long"))
        #expect(try Program.run(["runs", "show", "r3"], environment: runs).output.contains("blend = 0.5"))
        let validated = try Program.run(["fuse", a, b, "--data", "digits", "--samples", "100", "--validate", "0.1", "--no-record"])
        #expect(
            validated.status == 0 && validated.output.contains("best parent by validation") && validated.output.contains("majority vote"),
            "\(validated.errors)")
        #expect(try Program.run("data", "measure", "digits:train").output.contains("mean 0.3059, standard deviation 0.3755"))
    }

    @Test("train makes a fresh network of every kind, and refuses what it does not know with the forms it does")
    func train() throws {
        let result = try Program.run("train", "mlp:64-16-10", "--data", "digits?samples=200", "--epochs", "1")
        #expect(result.status == 0 && result.output.contains("epoch 1 was kept"), "\(result.errors)")
        let refused = try Program.run("train", "lenet9", "--data", "digits")
        #expect(refused.status == 1 && refused.errors.contains("mlp:"))
        let diverged = try Program.run(
            "train", "mlp:64-16-10", "--data", "digits", "--learning-rate", "10", "--momentum", "0.999", "--epochs", "3")
        #expect(diverged.status == 1 && diverged.output.contains("diverged"))
    }

    @Test("the barrier between networks falls when the first is aligned; importance lists every neuron")
    func barrier() throws {
        let pair = ["sample-models/non-iid-pair/a.safetensors", "sample-models/non-iid-pair/b.safetensors"]
        let text = try Program.run(["barrier"] + pair + ["--data", "digits", "--points", "5", "--json"]).output
        let curves = try #require((JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])?["curves"] as? [[String: Any]])
        let barriers = curves.compactMap { $0["lossBarrier"] as? Double }
        #expect(curves.count == 2 && barriers.count == 2 && barriers[1] < barriers[0])
        let scores = try Program.run("importance", pair[0], "--group", "fc1", "--json").output
        let networks = try #require(
            (JSONSerialization.jsonObject(with: Data(scores.utf8)) as? [String: Any])?["networks"] as? [[String: Any]])
        let groups = try #require(networks.first?["groups"] as? [[String: Any]])
        #expect((groups.first?["scores"] as? [Double])?.count == 96)
        #expect(try Program.run("importance", pair[0], "--kind", "conductance").errors.contains("--data"))
    }
}
