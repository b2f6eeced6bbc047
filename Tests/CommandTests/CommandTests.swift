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

    static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(["OMP_NUM_THREADS": "1", "AMALGAM_RUNS": runs]) { $1 }.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile(), complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(status: process.terminationStatus, output: String(decoding: text, as: UTF8.self), errors: String(decoding: complaint, as: UTF8.self))
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
        let key = try Program.run("fuse", "non-iid-pair", "--set", "epsilom=1")
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

    @Test("--json prints one object, with a certificate for every coupling that was solved")
    func json() throws {
        let result = try Program.run("plan", "non-iid-pair", "--json")
        let couplings = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        let solved = couplings.filter { $0["transportCost"] != nil }
        #expect(solved.count == 2)
        for coupling in solved {
            let certificate = try #require(coupling["certificate"] as? [String: Any])
            #expect(certificate["converged"] as? Bool == true && certificate["dualityGap"] != nil && certificate["uniqueness"] != nil)
        }
        for arguments in [["fuse", "non-iid-pair", "--json"], ["eval", "sample-models/two-widths/wide.safetensors", "--data", "digits", "--json"],
                          ["inspect", "sample-models/two-widths/wide.safetensors", "--json"], ["doctor", "--json"]] {
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
        let text = try Program.run("inspect", "sample-models/two-widths/wide.safetensors", "sample-models/two-widths/narrow.safetensors", "--check").output
        #expect(text.contains("permutation check: passed") && text.contains("can be fused by") && text.contains("(widths)"))
    }

    @Test("the workbench draws its screen without a terminal, the same every time")
    func screen() throws {
        let arguments = ["--dump-screen", "--size", "80x24", "--fake-clock"]
        let first = try Program.run(arguments), second = try Program.run(arguments)
        #expect(first.status == 0 && first.output == second.output)
        #expect(first.output.contains("Models") && first.output.contains("Sample sets"))
    }
}
