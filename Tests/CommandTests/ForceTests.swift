import Foundation
import Testing

/// What a shell user loses by a wrong name: nothing.
@Suite("Files that are there", .serialized) struct ForceTests {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "amalgam-force-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["a", "b"] {
            try FileManager.default.copyItem(
                atPath: Program.folder.path + "/sample-models/lenet-pair/\(name).safetensors", toPath: folder + "/\(name).safetensors")
        }
    }

    private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)) }

    private func fuse(_ arguments: String...) throws -> Program.Result {
        try Program.run(
            ["fuse", folder + "/a.safetensors", folder + "/b.safetensors", "--set", "source=weights", "--no-record"] + arguments)
    }

    @Test("fuse into a parent, twice into one file, over a stranger's file: refused before any work, the files stay; --force replaces")
    func fusing() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let parent = try bytes("a.safetensors")
        let refused = try fuse("--output", folder + "/./a.safetensors")
        #expect(refused.status == 1 && refused.errors.contains("would replace parent A") && refused.errors.contains("--force"))
        #expect(try bytes("a.safetensors") == parent)

        let twice = try fuse("--output", folder + "/x.safetensors", "--couplings", folder + "/x.safetensors")
        #expect(twice.status == 1 && twice.errors.contains("--couplings is the file of --output"))

        try "my notes".write(toFile: folder + "/recipe.toml", atomically: true, encoding: .utf8)
        let stranger = try fuse("--output", folder + "/x.safetensors", "--save-recipe", folder + "/recipe.toml")
        #expect(stranger.status == 1 && stranger.errors.contains("was not written by Amalgam"))
        #expect(!FileManager.default.fileExists(atPath: folder + "/x.safetensors"))

        #expect(try fuse("--output", folder + "/x.safetensors", "--save-recipe", folder + "/recipe.toml", "--force").status == 0)
        // Its own files are written again without a word.
        #expect(try fuse("--output", folder + "/x.safetensors", "--save-recipe", folder + "/recipe.toml").status == 0)
        #expect(try fuse("--output", folder + "/a.safetensors", "--force").status == 0)
        #expect(try bytes("a.safetensors") != parent)
    }

    @Test("finetune does not write over what it begins with; the control's place is looked at, too")
    func training() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let start = folder + "/a.safetensors"
        let refused = try Program.run("finetune", start, "--data", "digits?samples=50", "--epochs", "1", "--no-record", "--output", start)
        #expect(refused.status == 1 && refused.errors.contains("would replace the initial network"))
        try "mine".write(toFile: folder + "/t.control-A.safetensors", atomically: true, encoding: .utf8)
        let control = try Program.run(
            "finetune", start, "--data", "digits?samples=50", "--evaluate", "digits", "--epochs", "1", "--no-record", "--output",
            folder + "/t.safetensors", "--control", folder + "/b.safetensors")
        #expect(control.status == 1 && control.errors.contains("t.control-A.safetensors"))
    }

    @Test("eval says that a network gives NaN, in which parameter, and on how many samples")
    func notNumbers() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // The last four bytes of a safetensors file are the last number of a parameter.
        var broken = try bytes("a.safetensors")
        broken.replaceSubrange(broken.count - 4..<broken.count, with: [0, 0, 0xc0, 0x7f])
        try broken.write(to: URL(fileURLWithPath: folder + "/nan.safetensors"))
        let result = try Program.run("eval", folder + "/nan.safetensors", "--data", "digits?samples=50")
        #expect(
            result.status == 0 && result.output.contains("contains NaN or infinity")
                && result.output.contains("outputs NaN or infinity for")
                && result.output.contains("in 1 place"), "\(result.output)\(result.errors)")
    }
}
