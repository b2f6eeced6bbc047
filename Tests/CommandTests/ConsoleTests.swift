import Foundation
import Testing

/// What the program prints: where it cannot, it says so; and nothing that a file or a caller wrote steers the terminal.
@Suite("What is printed", .serialized) struct ConsoleTests {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "amalgam-console-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Runs the program in a shell, in which it is `$0` and `$1` is the folder; the exit status is the shell's last.
    private func shell(_ command: String) throws -> Program.Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", command, Program.path, folder]
        process.currentDirectoryURL = Program.folder
        process.environment = ProcessInfo.processInfo.environment.merging(["OMP_NUM_THREADS": "1", "AMALGAM_RUNS": Program.runs]) { $1 }
        process.standardInput = FileHandle.nullDevice
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile(), complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Program.Result(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaint, as: UTF8.self))
    }

    private static let model = "sample-models/two-widths/wide.safetensors"

    @Test(
        "what standard output does not take is exit 1 with a word on standard error: full, closed, or a pipe that no one reads",
        arguments: [
            "--version", "--help", "themes", "data list", "samples list", "inspect \(model)", "inspect \(model) --json",
            "recipe defaults otfusion", "--print-keys",
            "eval \(model) --data digits --samples 10 --json", "fuse two-widths --json", "--dump-screen --size 80x24 --fake-clock",
            "--linear",
        ])
    func lostOutput(arguments: String) throws {
        for place in [">/dev/full", ">&-"] {
            let result = try shell("\"$0\" \(arguments) \(place)")
            #expect(
                result.status == 1 && result.errors.contains("standard output could not be written"),
                "\(arguments) \(place): \(result.status) \(result.errors)")
        }
        // The reader has ended before the first word.
        let pipe = try shell("exec 3> >(:); wait $!; \"$0\" \(arguments) >&3")
        #expect(pipe.status == 1 && pipe.errors.contains("Broken pipe"), "\(arguments): \(pipe.status) \(pipe.errors)")
    }

    @Test("standard error that cannot be written changes nothing", arguments: ["2>/dev/full", "2>&-", "2> >(:)"])
    func lostErrors(place: String) throws {
        #expect(try shell("\"$0\" inspect nonexist \(place)").status == 1)
        #expect(try shell("\"$0\" fuse --nonsense \(place)").status == 2)
        let result = try shell("\"$0\" fuse two-widths --json \(place)")
        #expect(result.status == 0 && (try? JSONSerialization.jsonObject(with: Data(result.output.utf8))) != nil)
        #expect(try shell("\"$0\" inspect nonexist >&- \(place)").status == 1)
    }

    @Test("a stream that is closed does not become the file that is opened first")
    func closedStreams() throws {
        let plain = try shell("\"$0\" inspect \(Self.model) --write-architecture \"$1/plain.toml\"")
        _ = try shell("\"$0\" inspect \(Self.model) --write-architecture \"$1/closed.toml\" >&- 2>&- <&-")
        #expect(plain.status == 0)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: folder + "/plain.toml"))
                == Data(contentsOf: URL(fileURLWithPath: folder + "/closed.toml")))
    }

    // MARK: escapes

    /// Clears the screen, sets the clipboard, turns the direction of writing, in 7 and 8 bits; and ends the line.
    private static let escape = "\u{1B}[2J\u{1B}]52;c;UFdORUQ=\u{7}\u{9B}31m\u{202E}\u{2066}\u{200B}\u{85}\u{7F}\r\nforged line"

    private func isHarmless(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar == "\n" || scalar == "\t"
            case .format, .lineSeparator, .paragraphSeparator, .privateUse: false
            default: true
            }
        }
    }

    /// A checkpoint whose header was changed as JSON.
    private func checkpoint(_ name: String, _ change: (inout [String: Any]) -> Void) throws -> String {
        let bytes = try Data(contentsOf: Program.folder.appendingPathComponent(Self.model))
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        var header = try #require(JSONSerialization.jsonObject(with: bytes.dropFirst(8).prefix(length)) as? [String: Any])
        change(&header)
        let text = try JSONSerialization.data(withJSONObject: header)
        let path = folder + "/" + name
        var file = Data((0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) })
        file += text + bytes.dropFirst(8 + length)
        try file.write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("an escape in any field of any command is written out, in text and in JSON, in results and in errors")
    func escapes() throws {
        let escape = Self.escape
        let metadata = try checkpoint("metadata.safetensors") { header in
            var known = header["__metadata__"] as? [String: String] ?? [:]
            for key in known.keys { known[key] = escape }
            known["title"] = escape
            known[escape] = escape
            header["__metadata__"] = known
        }
        let names = try checkpoint("names.safetensors") { header in
            for key in header.keys where key != "__metadata__" {
                let parts = key.split(separator: ".", maxSplits: 1)
                let rest = parts.count > 1 ? String(parts[1]) : "", name: String = "\(parts[0])\(escape).\(rest)"
                header[name] = header.removeValue(forKey: key)
            }
        }
        let foreign = try checkpoint("foreign.safetensors") {
            $0[escape] = $0.removeValue(forKey: $0.keys.filter { $0 != "__metadata__" }.sorted()[0])
        }
        let named = folder + "/a\(escape.replacingOccurrences(of: "/", with: ""))b.safetensors"
        try FileManager.default.copyItem(atPath: Program.folder.appendingPathComponent(Self.model).path, toPath: named)
        let recipe = folder + "/recipe.toml"
        let spelt: [String] = escape.unicodeScalars.map { $0.value > 0xFF ? String($0) : String(format: "\\u%04X", $0.value) }
        try "method = \"otfusion\"\n\"\(spelt.joined())\" = 1\n".write(toFile: recipe, atomically: true, encoding: .utf8)
        let broken = folder + "/broken.toml"
        try (escape + " = [!]").write(toFile: broken, atomically: true, encoding: .utf8)

        var commands: [[String]] = []
        for file in [metadata, names, foreign, named, Self.model] {
            commands += [
                ["inspect", file], ["inspect", file, "--json"], ["inspect", file, Self.model],
                ["eval", file, "--data", "digits", "--samples", "10"],
                ["eval", file, "--data", "digits", "--samples", "10", "--json"], ["fuse", file, Self.model, "--set", "source=weights"],
                ["fuse", file, file, "--set", "source=weights", "--json"], ["plan", file, file, "--set", "source=weights"],
                ["barrier", file, file, "--data", "digits", "--samples", "10", "--points", "3", "--method", "none"],
                ["importance", file, "--data", "digits", "--samples", "10"],
            ]
        }
        for word in [escape, "--" + escape, "like:" + escape] {
            commands += [
                ["inspect", word], ["fuse", word, word], ["fuse", Self.model, Self.model, "--method", word],
                ["fuse", Self.model, Self.model, "--set", word + "=1"],
                ["fuse", Self.model, Self.model, "--set", "epsilon=" + word], ["inspect", Self.model, "--hint", word],
                ["inspect", Self.model, "--architecture", word],
                ["eval", Self.model, "--data", word], ["eval", Self.model, "--data", "mnist:" + word], ["train", word, "--data", "digits"],
                ["finetune", word, "--data", "digits"],
                ["finetune", "--resume", word], ["runs", "show", word], ["runs", "list", "--method", word], ["report", word],
                ["recipe", "check", word], ["recipe", "defaults", word],
                ["themes", "check", word], ["data", "fetch", word], ["data", "measure", word], ["samples", "build", word],
                ["importance", word, "--data", "digits"], [word],
            ]
        }
        commands += [
            ["fuse", "--recipe", recipe], ["fuse", "--recipe", broken], ["recipe", "check", recipe], ["recipe", "check", broken],
            ["finetune", "--recipe", broken],
            ["inspect", Self.model, "--architecture", broken], ["themes", "check", broken], ["recipe", "show", Self.model, named],
            ["runs", "list"], ["runs", "list", "--json"], ["runs", "export"],
        ]
        for command in commands {
            let result = try Program.run(command)
            #expect(
                isHarmless(result.output) && isHarmless(result.errors),
                "\(command): \(result.output.debugDescription.prefix(600)) \(result.errors.debugDescription.prefix(600))")
            #expect(result.status <= 2, "\(command): \(result.status)")
            if command.contains("--json"), result.status == 0 {
                #expect((try? JSONSerialization.jsonObject(with: Data(result.output.utf8))) != nil, "\(command)")
            }
            for line in (result.output + result.errors).split(separator: "\n") { #expect(!line.hasPrefix("forged line"), "\(command)") }
        }
    }

    @Test("an error is cut where it is longer than anyone reads")
    func longErrors() throws {
        let result = try Program.run("inspect", String(repeating: "x", count: 100_000))
        #expect(result.status == 1 && result.errors.utf8.count <= 2100 && result.errors.contains("bytes more)"))
        let usage = try Program.run("inspect", "--" + String(repeating: "x", count: 100_000))
        #expect(usage.status == 2 && usage.errors.utf8.count <= 2100)
    }

    @Test(
        "counts that make no sense are refused as usage before anything is opened",
        arguments: [
            ["barrier", "a", "b", "--data", "digits", "--points", "9223372036854775807"],
            ["barrier", "a", "b", "--data", "digits", "--points", "2"],
            ["barrier", "a", "b", "--data", "digits", "--repair-samples", "-1"],
            ["eval", "a", "--data", "digits", "--samples", "9223372036854775807"],
            ["fuse", "a", "b", "--samples", "0"], ["runs", "list", "--limit", "0"], ["eval", "a", "--data", "digits", "--seed", "-1"],
        ])
    func counts(arguments: [String]) throws {
        #expect(try Program.run(arguments).status == 2, "\(arguments)")
    }

    @Test("a width that is no number is refused, not passed over")
    func widths() throws {
        let result = try Program.run("train", "mlp:64--5-10", "--data", "digits", "--epochs", "1")
        #expect(result.status == 1 && result.errors.contains("needs its widths"))
    }
}
