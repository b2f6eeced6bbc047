import Foundation
import Testing

/// Several processes that fuse or train together.
@Suite("Many processes", .serialized) struct ProcessesTests {
    private let folder = NSTemporaryDirectory() + "amalgam-processes-\(UUID().uuidString)"
    private static let pair = ["sample-models/non-iid-pair/a.safetensors", "sample-models/non-iid-pair/b.safetensors"]
    private static let residual = ["sample-models/resnet-pair/a.safetensors", "sample-models/resnet-pair/b.safetensors"]

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    private func removeFolder() { try? FileManager.default.removeItem(atPath: folder) }

    // MARK: Results

    @Test(
        "a fusion has the same bits from one, two, three and four processes, or nearly so with batch norms, speaks with one voice and is one run",
        arguments: [
            ["--samples", "150", "--set", "inputs=700"],
            ["--samples", "60", "--set", "controls=none", "--set", "head=transplant"],
            ["residual", "--samples", "60", "--set", "inputs=300", "--set", "controls=none"],
            ["--method", "otfusion", "--set", "source=activations", "--samples", "60"],
            ["--method", "hf", "--samples", "60"],
            ["--method", "kf", "--set", "importance=gradient-activation", "--samples", "60"],
        ])
    func bits(_ settings: [String]) throws {
        defer { removeFolder() }
        let isResidual = settings.contains("residual"), parents = isResidual ? Self.residual : Self.pair,
            settings = settings.filter { $0 != "residual" }
        let runs = ["AMALGAM_RUNS": folder + "/runs"]
        var networks: [Data] = [], texts: [[Substring]] = [], weights: [[Float]] = []
        let most = settings.contains("inputs=700") ? 4 : 3
        for processes in 1...most {
            let output = folder + "/\(processes).safetensors"
            let result = try Program.run(
                ["--processes", "\(processes)", "fuse"] + parents + ["--data", "digits", "--output", output] + settings, environment: runs
            )
            try #require(result.status == 0, "\(processes) processes: \(result.errors)")
            networks.append(try Self.parameters(output))
            weights.append(try Self.numbers(output))
            // Rows of networks, without times and names of files.
            texts.append(result.output.split(separator: "\n").filter { $0.contains("%") && !$0.contains("time") })
        }
        if isResidual {
            // What a rank has not kept it computes again from the input, and with batch norms that rounds otherwise: some units in the last place.
            for other in weights.dropFirst() {
                #expect(other.count == weights[0].count)
                #expect(zip(other, weights[0]).allSatisfy { abs($0 - $1) < 1e-4 })
            }
        } else {
            for other in networks.dropFirst() { #expect(other == networks[0]) }
            for other in texts.dropFirst() { #expect(other == texts[0]) }
        }
        let listing = try Program.run(["runs", "list", "--json"], environment: runs).output
        #expect(listing.components(separatedBy: "\"kind\" : \"fuse\"").count == most + 1, "\(listing)")
    }

    @Test(
        "a training by two and three processes agrees with one to rounding, is interrupted by one signal, and goes on with another number of processes"
    )
    func training() throws {
        defer { removeFolder() }
        func arguments(_ output: String, epochs: Int = 3) -> [String] {
            [
                "finetune", Self.pair[0], "--data", "digits", "--epochs", "\(epochs)", "--seed", "5", "--output", output, "--teacher",
                Self.pair[1], "--set", "distill=kl", "--no-record",
            ]
        }
        var networks: [[Float]] = []
        for processes in 1...3 {
            let output = folder + "/\(processes).safetensors"
            let result = try Program.run(["--processes", "\(processes)"] + arguments(output))
            try #require(result.status == 0, "\(result.errors)")
            networks.append(try Self.numbers(output))
        }
        for other in networks.dropFirst() {
            let largest = zip(networks[0], other).map { abs($0 - $1) }.max() ?? 1
            // Sums of gradients in another order: a few units in the last place for each of some hundred steps.
            #expect(largest < 1e-4, "\(largest)")
        }

        let output = folder + "/long.safetensors", process = try start(["--processes", "2"] + arguments(output, epochs: 4000))
        try wait { FileManager.default.fileExists(atPath: output + ".training") }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130 && !FileManager.default.fileExists(atPath: output))
        let resumed = try Program.run("--processes", "3", "finetune", "--resume", output, "--epochs", "2", "--no-record")
        #expect(resumed.status == 0 && FileManager.default.fileExists(atPath: output), "\(resumed.errors)")
    }

    // MARK: Failures

    @Test("numbers of processes that make no sense, and commands that are not divided, are usage errors")
    func usage() throws {
        defer { removeFolder() }
        for (arguments, words) in [
            (["--processes", "0", "fuse", "x"], "--processes 0 should be a number from 1 to 1024"),
            (["--processes=-2", "fuse", "x"], "--processes -2 should be"), (["--processes", "many", "fuse"], "--processes many should be"),
            (["fuse", "x", "--processes"], "--processes needs a number"), (["--processes", "2", "diff", "x"], "fuse, train"),
            (["--processes", "2", "--timeout", "0", "fuse"], "--timeout 0 should be a number of seconds"),
        ] {
            let result = try Program.run(arguments)
            #expect(result.status == 2 && result.errors.contains(words), "\(arguments): \(result.errors)")
        }
    }

    @Test("what all ranks find is said once; more processes than processors are said to take turns")
    func oneVoice() throws {
        defer { removeFolder() }
        let many = ProcessInfo.processInfo.activeProcessorCount + 1
        let result = try Program.run("--processes", "\(many)", "fuse", "missing-a.pt", "missing-b.pt", "--no-record")
        #expect(result.status == 1 && result.errors.components(separatedBy: "missing-a.pt").count == 2, "\(result.errors)")
        #expect(result.errors.contains("take turns") && !result.errors.contains("rank 1"), "\(result.errors)")
    }

    @Test("a rank that is killed ends all within the time-out, named with its signal; nothing is written, no process is left")
    func killed() throws {
        defer { removeFolder() }
        for rank in [1, 0] {
            let (result, left, output) = try disturbed(timeout: "60") { kill($0[rank], SIGKILL) }
            #expect(result.status == 137, "\(result.errors)")
            #expect(result.errors.contains("rank \(rank) was ended by signal 9"), "\(result.errors)")
            #expect(!FileManager.default.fileExists(atPath: output) && left.isEmpty)
        }
    }

    @Test("a rank that does not answer is named when the time is over")
    func stopped() throws {
        defer { removeFolder() }
        let (result, left, output) = try disturbed(timeout: "2") { kill($0[1], SIGSTOP) }
        #expect(result.status == 1 && result.errors.contains("rank 1 did not answer within 2 s; --timeout"), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: output) && left.isEmpty)
    }

    @Test("the ranks end with the process that started them, even if that is killed")
    func launcherKilled() throws {
        defer { removeFolder() }
        let process = try start(["--processes", "2"] + long(folder + "/x.safetensors"))
        let ranks = try self.ranks(of: process, 2)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try wait { ranks.allSatisfy { !Self.isAlive($0) } }
    }

    @Test(
        "ranks with another recipe, another file of a parent or another world size are named; a rank that never comes and a port in use are said"
    )
    func meeting() throws {
        defer { removeFolder() }
        let other = folder + "/other"
        try FileManager.default.createDirectory(atPath: other + "/sample-models/non-iid-pair", withIntermediateDirectories: true)
        for (name, source) in [("a", "b"), ("b", "b")] {
            try FileManager.default.copyItem(
                atPath: Program.folder.path + "/sample-models/non-iid-pair/\(source).safetensors",
                toPath: other + "/sample-models/non-iid-pair/\(name).safetensors")
        }
        let fuse = ["fuse"] + Self.pair + ["--data", "digits", "--samples", "20", "--no-record"]
        let recipes = try together([fuse, fuse + ["--seed", "9"]])
        for result in recipes {
            #expect(result.status == 1 && result.errors.contains("rank 1 has another recipe than rank 0"), "\(result.errors)")
        }
        let files = try together([fuse, fuse], places: [Program.folder, URL(fileURLWithPath: other)])
        for result in files {
            #expect(result.status == 1 && result.errors.contains("rank 1 has another parent A than rank 0"), "\(result.errors)")
        }
        let sizes = try together([fuse, fuse], sizes: [2, 3])
        #expect(sizes.allSatisfy { $0.status == 1 } && sizes.contains { $0.errors.contains("WORLD_SIZE must be the same") }, "\(sizes)")
        let alone = try Program.run(
            fuse, environment: ["RANK": "0", "WORLD_SIZE": "2", "AMALGAM_MEETING": folder + "/alone", "AMALGAM_TIMEOUT": "0.5"])
        #expect(alone.status == 1 && alone.errors.contains("rank 1 of 2 did not come to"), "\(alone.errors)")
        let liar = try Program.run(fuse, environment: ["RANK": "2", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"])
        #expect(liar.status == 1 && liar.errors.contains("RANK is 2, which is no number from 0 to 1"), "\(liar.errors)")
        // The variables of a cluster do not concern one who wants one process.
        #expect(
            try Program.run(["--processes", "1"] + fuse, environment: ["RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "x"]).status == 0)
    }

    // MARK: Processes

    private func long(_ output: String) -> [String] {
        ["finetune", Self.pair[0], "--data", "digits", "--epochs", "100000", "--output", output, "--no-record"]
    }

    private func start(
        _ arguments: [String], environment: [String: String] = [:], errors: FileHandle = .nullDevice, in place: URL = Program.folder
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.path)
        process.arguments = arguments
        process.currentDirectoryURL = place
        process.environment = ProcessInfo.processInfo.environment.merging(["OMP_NUM_THREADS": "1", "AMALGAM_RUNS": Program.runs]) { $1 }
            .merging(environment) { $1 }
        (process.standardInput, process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice, errors)
        try process.run()
        return process
    }

    /// A long training by two processes, to which something is done while it runs.
    ///
    /// - Returns: how it ended, which of its processes are still there, and where it would have written.
    private func disturbed(timeout: String, _ disturb: ([pid_t]) -> Void) throws -> (Program.Result, left: [pid_t], output: String) {
        let output = folder + "/\(UUID().uuidString).safetensors", log = folder + "/errors"
        FileManager.default.createFile(atPath: log, contents: nil)
        let errors = try #require(FileHandle(forWritingAtPath: log))
        let process = try start(["--processes", "2", "--timeout", timeout] + long(output), errors: errors)
        let ranks = try self.ranks(of: process, 2)
        try wait { FileManager.default.fileExists(atPath: output + ".training") }
        disturb(ranks)
        process.waitUntilExit()
        let text = try String(contentsOfFile: log, encoding: .utf8)
        return (Program.Result(status: process.terminationStatus, output: "", errors: text), ranks.filter(Self.isAlive), output)
    }

    /// Ranks that are started by hand, each with arguments of its own.
    private func together(_ commands: [[String]], sizes: [Int]? = nil, places: [URL]? = nil) throws -> [Program.Result] {
        let meeting = folder + "/meeting-\(UUID().uuidString)"
        var processes: [(Process, String)] = []
        for (rank, command) in commands.enumerated() {
            let log = folder + "/errors-\(rank)"
            FileManager.default.createFile(atPath: log, contents: nil)
            let variables = [
                "RANK": "\(rank)", "WORLD_SIZE": "\(sizes?[rank] ?? commands.count)", "AMALGAM_MEETING": meeting, "AMALGAM_TIMEOUT": "30",
            ]
            let errors = try #require(FileHandle(forWritingAtPath: log))
            processes.append((try start(command, environment: variables, errors: errors, in: places?[rank] ?? Program.folder), log))
        }
        return try processes.map { process, log in
            process.waitUntilExit()
            return Program.Result(status: process.terminationStatus, output: "", errors: try String(contentsOfFile: log, encoding: .utf8))
        }
    }

    /// The processes that one has started, in their order, once there are so many.
    private func ranks(of process: Process, _ count: Int) throws -> [pid_t] {
        let path = "/proc/\(process.processIdentifier)/task/\(process.processIdentifier)/children"
        var found: [pid_t] = []
        try wait {
            found = ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: " ").compactMap { pid_t($0) }.sorted()
            return found.count == count
        }
        return found
    }

    /// Whether it runs: one that ended and that nobody has asked about does not.
    private static func isAlive(_ process: pid_t) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        return text.split(separator: ")").last?.trimmingCharacters(in: .whitespaces).first != "Z"
    }

    private func wait(until isDone: () -> Bool) throws {
        for _ in 0..<6000 {
            if isDone() { return }
            usleep(20_000)
        }
        Issue.record("it did not happen in two minutes")
        throw CancellationError()
    }

    /// The bytes behind a safetensors header, which holds the manifest with the output's name.
    private static func parameters(_ path: String) throws -> Data {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let header = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        return bytes.dropFirst(8 + header)
    }

    private static func numbers(_ path: String) throws -> [Float] {
        let bytes = try parameters(path)
        return bytes.withUnsafeBytes { raw in (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) } }
    }
}
