import Foundation
import Testing

@Suite("The commands of the guide", .serialized) struct GuideTests {
    /// What the guide calls its files, data and choices, and what stands for them here.
    private static let stand = [
        ("mnist:data/mnist", "digits"), ("cifar10:data/cifar10", "digits"), ("SPEC", "digits"), ("--data …", "--data digits"),
        ("METHOD", "otfusion"),
    ]

    /// Every command in code marks or fences, in order; those that need a network or a terminal are left out.
    private static func commands() throws -> [String] {
        let text = try String(contentsOf: Program.folder.appendingPathComponent("docs/guide.md"), encoding: .utf8)
        var found: [String] = []
        for match in text.matches(of: /`(?:\$ )?(amalgam [^`\n|]+)`|^(?:\$ )?(amalgam [^`\n|]+)$/.anchorsMatchLineEndings()) {
            var command = String(match.1 ?? match.2 ?? "")
            for (name, other) in stand { command = command.replacingOccurrences(of: name, with: other) }
            if !command.hasPrefix("amalgam data fetch"), !found.contains(command) { found.append(command) }
        }
        return found
    }

    /// As a shell splits them, without expansion.
    private func words(_ command: String) -> [String] {
        var words: [String] = [], word = "", quote: Character?
        for character in command + " " {
            if character == quote {
                quote = nil
            } else if quote == nil, character == "'" {
                quote = character
            } else if quote == nil,
                character == " "
            {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        return Array(words.dropFirst())
    }

    @Test("each runs on the sample models, in the order of the guide, and does what it says")
    func run() throws {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory() + "amalgam-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = ["AMALGAM_RUNS": folder.path + "/runs", "AMALGAM_HOME": Program.folder.path, "XDG_STATE_HOME": folder.path]
        func run(_ words: [String]) throws -> Program.Result { try Program.run(words, environment: environment, in: folder) }
        for name in ["a", "b"] {
            try FileManager.default.copyItem(
                at: Program.folder.appendingPathComponent("sample-models/non-iid-pair/\(name).safetensors"),
                to: folder.appendingPathComponent("\(name).pt"))
        }
        // What the reader has, or has made by an option that the guide names in passing.
        #expect(try run(words("amalgam fuse a.pt b.pt --data digits --no-record --output run-a/ --save-recipe run.toml")).status == 0)
        let commands = try Self.commands()
        for part in ["inspect", "fuse", "finetune", "eval", "barrier", "runs replay", "report"] {
            #expect(commands.contains { $0.hasPrefix("amalgam \(part)") }, "the guide does not show \(part)")
        }
        for command in commands {
            let result = try run(words(command))
            #expect(result.status == 0, "\(command): \(result.errors)")
            #expect(!result.output.isEmpty || !result.errors.isEmpty, "\(command) says nothing")
        }
        let made = ["fused.pt", "tuned.pt", "report.html"]
        for file in made { #expect(FileManager.default.fileExists(atPath: folder.path + "/" + file), "\(file) was not written") }
        #expect(try run(["runs"]).output.contains("finetune"))
    }
}
