import Foundation
import Testing

/// The program as a shell runs it.
struct Program {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Beside the test program, where the build puts both.
    static let path: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (tests as NSString).deletingLastPathComponent + "/amalgam"
    }()

    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Where this test process keeps its runs: never among those of the person who tests.
    static let runs: String = {
        atexit { try? FileManager.default.removeItem(atPath: Program.runs) }
        return NSTemporaryDirectory() + "amalgam-tests-\(ProcessInfo.processInfo.processIdentifier)"
    }()

    static func run(_ arguments: String...) throws -> Result { try run(arguments) }

    /// - Parameters:
    ///   - largestFile: in units of 1024 bytes; no file can be written beyond it, as on a disk that is full.
    ///   - place: the working folder.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], largestFile: Int? = nil, in place: URL = folder
    ) throws -> Result {
        let process = Process()
        if let largestFile {
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["-c", "ulimit -f \(largestFile) && exec \"$0\" \"$@\"", path] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: path)
            process.arguments = arguments
        }
        process.currentDirectoryURL = place
        process.environment = ProcessInfo.processInfo.environment.merging(["OMP_NUM_THREADS": "1", "AMALGAM_RUNS": runs]) { $1 }.merging(
            environment
        ) { $1 }
        process.standardInput = FileHandle.nullDevice
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile(), complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaint, as: UTF8.self))
    }
}

@Suite("The command line", .serialized) struct CommandTests {
    @Test("help and version need no terminal and end with 0")
    func help() throws {
        #expect(try Program.run("--version").status == 0)
        let help = try Program.run("--help")
        #expect(help.status == 0 && help.output.contains("fuse") && help.output.contains("Exit codes"))
    }

    @Test("wrong usage ends with 2, what cannot be done with 1, both with the reason on standard error")
    func exitCodes() throws {
        let usage = try Program.run("fuse", "--nonsense")
        #expect(usage.status == 2 && usage.errors.contains("--nonsense") && usage.output.isEmpty)
        let missing = try Program.run("inspect", "/no/such/file.pt")
        #expect(missing.status == 1 && missing.errors.contains("/no/such/file.pt") && missing.output.isEmpty)
        let key = try Program.run("fuse", "two-widths", "--set", "epsilom=1")
        #expect(key.status == 1 && key.errors.contains("did you mean epsilon?"))
        #expect(try Program.run("fuse").errors.contains("no parents"))
    }

    @Test("without a terminal the first sample set is fused and printed as plain lines without escapes")
    func plain() throws {
        let result = try Program.run()
        #expect(result.status == 0)
        #expect(result.output.contains("plain average") && result.output.contains("again: amalgam fuse"))
        #expect(!result.output.contains("\u{1b}"))
    }

    @Test("the demonstration explains every step, gives what the fusion of the set gives, and ends with three commands")
    func demo() throws {
        let result = try Program.run("demo")
        #expect(result.status == 0, "\(result.errors)")
        for text in ["1. Open", "2. Fuse", "3. Evaluate", "4. Compare", "again: amalgam fuse"] {
            #expect(result.output.contains(text), "\(text): \(result.output)")
        }
        let commands = result.output.components(separatedBy: "Next:\n").last?.split(separator: "\n").filter { $0.hasPrefix("  amalgam ") }
        #expect(commands?.count == 3)
        func share(_ line: Substring) -> Substring? { line.split(separator: "%").first?.split(separator: " ").last }
        func fused(_ text: String) -> Substring? { text.split(separator: "\n").first { $0.contains("fused  ") }.flatMap(share) }
        let report = try Program.run("fuse", "non-iid-pair", "--no-record").output
        #expect(fused(report) != nil && fused(result.output) == fused(report))
        // Without a terminal and without arguments there is the same to read; another set is told by its name.
        #expect(try Program.run().output.contains("1. Open"))
        #expect(try Program.run("demo", "no-such-set").errors.contains("non-iid-pair"))
    }

    @Test("doctor says where libtorch, runs and companions are, and what to do where torch is missing")
    func doctor() throws {
        struct Finding: Decodable { let subject: String, state: String, detail: String, next: String }
        func findings(_ environment: [String: String]) throws -> (Int32, [String: Finding]) {
            let result = try Program.run(["doctor", "--json"], environment: environment)
            let list = try JSONDecoder().decode([Finding].self, from: Data(result.output.utf8))
            return (result.status, Dictionary(list.map { ($0.subject, $0) }) { first, _ in first })
        }
        let (status, found) = try findings([:])
        #expect(status == 0)
        #expect(found["files"]?.detail.contains("libtorch_cpu.so") == true && found["files"]?.detail.contains("libCTorchBridge.so") == true)
        #expect(found["threads"]?.detail.contains("OMP_NUM_THREADS=1") == true)
        #expect(found["runs"]?.detail.contains(Program.runs) == true)
        for name in ["sample-models", "themes"] { #expect(found[name]?.state == "ok") }

        #expect(try findings(["OMP_NUM_THREADS": "2"]).1["threads"]?.detail.contains("OMP_NUM_THREADS=2") == true)
        let (failed, without) = try findings(["AMALGAM_TORCH_PROBLEM": "torch is not installed: run  pip install torch"])
        #expect(failed == 1)
        #expect(without["libtorch"]?.state == "failed" && without["libtorch"]?.detail.contains("pip install torch") == true)
        #expect(without["runs"] != nil, "the rest is examined all the same")
    }

    @Test("--json prints one object, with a certificate for every coupling that was solved")
    func json() throws {
        let result = try Program.run("plan", "two-widths", "--json")
        let couplings = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        let solved = couplings.filter { $0["transportCost"] != nil }
        #expect(solved.count == 2)
        for coupling in solved {
            let certificate = try #require(coupling["certificate"] as? [String: Any])
            #expect(certificate["converged"] as? Bool == true && certificate["dualityGap"] != nil && certificate["uniqueness"] != nil)
        }
        for arguments in [
            ["fuse", "non-iid-pair", "--json"], ["eval", "sample-models/two-widths/wide.safetensors", "--data", "digits", "--json"],
            ["inspect", "sample-models/two-widths/wide.safetensors", "--json"], ["doctor", "--json"],
        ] {
            let text = try Program.run(arguments).output
            #expect((try? JSONSerialization.jsonObject(with: Data(text.utf8))) != nil, "\(arguments): \(text.prefix(200))")
        }
    }

    @Test("the command that a report prints gives the same accuracy again")
    func again() throws {
        let first = try Program.run("fuse", "non-iid-pair").output
        let command = try #require(first.split(separator: "\n").first { $0.hasPrefix("again: amalgam ") })
        let words = command.split(separator: " ").dropFirst(2).map(String.init)
        let second = try Program.run(words).output
        func fused(_ text: String) -> Substring? { text.split(separator: "\n").first { $0.hasPrefix("fused ") } }
        #expect(fused(first) != nil && fused(first) == fused(second))
    }

    @Test("inspect of two networks explains what differs and who can fuse them")
    func mismatch() throws {
        let text = try Program.run(
            "inspect", "sample-models/two-widths/wide.safetensors", "sample-models/two-widths/narrow.safetensors", "--check"
        ).output
        #expect(text.contains("permutation check: passed") && text.contains("method") && text.contains("(widths)"))
    }

    @Test("the workbench draws its screen without a terminal, the same every time")
    func screen() throws {
        let arguments = ["--dump-screen", "--size", "80x24", "--fake-clock"]
        let first = try Program.run(arguments), second = try Program.run(arguments)
        #expect(first.status == 0 && first.output == second.output)
        #expect(first.output.contains("Models") && first.output.contains("Sample sets"))
    }

    @Test("data list names every kind, fetch says what is built in, what it does not know, and what to do without a network")
    func data() throws {
        let list = try Program.run("data", "list").output
        for kind in ["digits", "mnist:FOLDER", "cifar100:FOLDER", "svhn:FOLDER", "images:PATH", "arrays:PATH"] {
            #expect(list.contains(kind))
        }
        #expect(try Program.run("data", "fetch", "digits").output.contains("built in"))
        #expect(try Program.run("data", "fetch", "imagenet").errors.contains("it has digits, mnist, fashion-mnist"))
        let folder = NSTemporaryDirectory() + "amalgam-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let failed = try Program.run("data", "fetch", "mnist", "--to", folder, "--from", "file:///no/such/place")
        #expect(failed.status == 1 && failed.output.isEmpty)
        #expect(
            failed.errors.contains("curl -LO https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz")
                && failed.errors.contains("data fetch mnist --to \(folder)"))
    }

    @Test("inspect prints layers with output shapes, parameters and multiply-adds, adding up to what the file holds")
    func table() throws {
        let text = try Program.run("inspect", "Tests/Fixtures/networks/resnet20-cifar.safetensors").output
        let lines = text.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init) }
        #expect(lines.contains(["layer", "kind", "output", "shapes", "parameters", "multiply-adds"]))
        // conv1: 3 → 4 channels, 3×3, no bias, on 32×32 positions.
        #expect(lines.contains(["conv1", "conv2d", "padding", "1", "4×32×32", "weight", "4×3×3×3", "108", "110", "592"]))
        let report = try Program.run("inspect", "Tests/Fixtures/networks/resnet20-cifar.safetensors", "--json").output
        let network = try #require(
            (JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: Any])?["networks"] as? [[String: Any]])[0]
        let layers = try #require(network["layers"] as? [[String: Any]])
        #expect(layers.reduce(0) { $0 + ($1["parameterCount"] as? Int ?? 0) } == network["parameterCount"] as? Int)
        #expect(layers.reduce(0) { $0 + ($1["multiplyAdds"] as? Int ?? 0) } == network["multiplyAdds"] as? Int)
    }

    @Test("hints are taken wherever a checkpoint is opened, and what was told or assumed is said")
    func hints() throws {
        let vit = "Tests/Fixtures/networks/vit-timm.pt"
        #expect(try Program.run("inspect", vit).output.contains("assumed: 2 attention heads of 8 channels"))
        let told = try Program.run("inspect", vit, "--heads", "4", "--check").output
        #expect(told.contains("hint: heads=4") && !told.contains("attention heads of") && told.contains("permutation check: passed"))
        #expect(
            try Program.run("inspect", vit, "--heads", "5").errors.contains(
                "layer blocks.0.attn expects a width that 5 divides, but its input is 16")
        )
        let refused = try Program.run("inspect", vit, "--hint", "head=4")
        #expect(refused.status == 1 && refused.errors.contains("invalid hint “head=4”"))
        // The samples keep their architecture, so a hint says that it changes nothing; and the command that runs again keeps it.
        let fused = try Program.run("fuse", "non-iid-pair", "--hint", "heads=4").output
        #expect(fused.contains("the hint heads=4 is ignored") && fused.contains("--hint heads=4"))
        #expect(
            try Program.run("recipe", "show", "a.pt", "b.pt", "--heads", "4", "--architecture", "x.toml").output.contains(
                "hints = [\"heads=4\"]"))
        #expect(
            try Program.run("eval", "sample-models/two-widths/wide.safetensors", "--data", "digits", "--heads", "3").output.contains(
                "the hint heads=3 is ignored"))
    }
}
