import Foundation
import Testing

@Suite("The workbench and the command line", .serialized) struct WorkbenchCommandTests {
    /// The metadata of a safetensors file: a JSON header behind its length in eight bytes.
    private func metadata(of file: String) throws -> [String: String] {
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        let length = data.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        let header = try JSONSerialization.jsonObject(with: data.dropFirst(8).prefix(length)) as? [String: Any]
        return try #require(header?["__metadata__"] as? [String: String])
    }

    @Test(
        "what is fused and fine-tuned in the workbench tells how it came to be, and is repeated bit for bit, as what the command line makes"
    )
    func saved() throws {
        let folder = NSTemporaryDirectory() + "amalgam-\(UUID().uuidString)", store = folder + "/runs"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try ": text:set space text:epochs=1 enter 4 F wait t wait 6".write(toFile: folder + "/keys", atomically: true, encoding: .utf8)
        func run(_ arguments: String...) throws -> Program.Result {
            try Program.run(arguments, environment: ["AMALGAM_RUNS": store, "XDG_STATE_HOME": folder])
        }
        let screen = try run("--script", folder + "/keys", "--size", "100x30", "--dump-screen").output
        #expect(screen.contains("finetune") && screen.contains("fuse"), "\(screen)")

        for (name, network, kind) in [("r1", "fused.safetensors", "fuse"), ("r2", "tuned.safetensors", "finetune")] {
            let account = try #require(
                JSONSerialization.jsonObject(with: Data(run("runs", "show", name, "--json").output.utf8)) as? [String: Any])
            let file = try #require(
                (account["artifacts"] as? [[String: Any]])?.first { $0["name"] as? String == network }?["path"] as? String)
            let told = try metadata(of: file.hasPrefix("/") ? file : store + "/" + file)
            let manifest = try #require(JSONSerialization.jsonObject(with: Data((told["amalgam.manifest"] ?? "").utf8)) as? [String: Any])
            #expect(manifest["kind"] as? String == kind)
            #expect(told["amalgam.class-counts"]?.split(separator: ",").count == 10, "\(name): \(told.keys.sorted())")
            let again = try run("runs", "replay", name)
            #expect(again.status == 0 && again.output.contains("bit for bit"), "\(name): \(again.output)\(again.errors)")
        }
        // The fine-tuning continues the fusion, and began with its file.
        #expect(try run("runs", "show", "r2").output.contains("r1"))
    }

    @Test("a fine-tuning in the workbench gives the bits that the logged command line gives")
    func same() throws {
        let folder = NSTemporaryDirectory() + "amalgam-\(UUID().uuidString)", store = folder + "/runs"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func run(_ arguments: [String]) throws -> Program.Result {
            try Program.run(arguments, environment: ["AMALGAM_RUNS": store, "XDG_STATE_HOME": folder])
        }
        try "down enter wait : text:set space text:epochs=1 enter 4 F wait t wait".write(
            toFile: folder + "/keys", atomically: true, encoding: .utf8)
        #expect(try run(["--script", folder + "/keys", "--dump-screen"]).status == 0)
        func network(_ name: String) throws -> (command: String, network: String) {
            let account = try JSONSerialization.jsonObject(with: Data(run(["runs", "show", name, "--json"]).output.utf8)) as? [String: Any]
            let found = try #require(account?["run"] as? [String: Any])
            return (found["command"] as? String ?? "", found["network"] as? String ?? "")
        }
        let tuned = try network("r2")
        #expect(tuned.command.hasPrefix("amalgam finetune "))
        let words = tuned.command.split(separator: " ").dropFirst().map(String.init)
        #expect(try run(words).status == 0)
        #expect(try network("r3").network == tuned.network && !tuned.network.isEmpty)
    }
}
