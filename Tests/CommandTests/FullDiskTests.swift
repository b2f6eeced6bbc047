import Foundation
import Testing

/// Trainings on a disk that takes no more: a limit on the size of files stands for it, which every write beyond it meets as an error.
@Suite("A full disk", .serialized) struct FullDiskTests {
    private let folder = NSTemporaryDirectory() + "amalgam-full-\(UUID().uuidString)"

    /// A network of 152 kB; with momentum and the best epoch's parameters its checkpoint has three times that.
    private func arguments(_ output: String) -> [String] {
        ["train", "mlp:64-512-10", "--data", "digits?samples=200", "--epochs", "2", "--seed", "3", "--no-record", "--output", output]
    }

    private func inFolder(_ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body()
    }

    @Test("where the checkpoints do not fit but the network does, the training continues, says so, and gives the same network")
    func checkpoints() throws {
        try inFolder {
            let result = try Program.run(arguments(folder + "/full.safetensors"), largestFile: 300)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errors.contains("could not be written") && result.errors.contains("training continues"))
            #expect(result.output.contains("note: the checkpoint") && result.output.contains("saved "))
            #expect(try Program.run(arguments(folder + "/calm.safetensors")).status == 0)
            let evaluated = try Program.run(
                "eval", folder + "/full.safetensors", folder + "/calm.safetensors", "--data", "digits", "--parent",
                folder + "/calm.safetensors", "--json"
            ).output
            let rows = try #require(
                (JSONSerialization.jsonObject(with: Data(evaluated.utf8)) as? [String: Any])?["rows"] as? [[String: Any]])
            #expect(rows.count == 3 && rows.allSatisfy { ($0["agreement"] as? [Double]) == [1] })
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["calm.safetensors", "full.safetensors"])
        }
    }

    @Test("where the network does not fit either, the training ends with 1, the reason and nothing half written")
    func network() throws {
        try inFolder {
            let result = try Program.run(arguments(folder + "/full.safetensors"), largestFile: 100)
            #expect(
                result.status == 1 && result.errors.contains("full.safetensors") && result.errors.contains("File too large"),
                "\(result.errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test("a store of runs that cannot be written stops nothing, and the reason is said")
    func store() throws {
        try inFolder {
            let result = try Program.run(
                ["train", "mlp:64-4-10", "--data", "digits?samples=100", "--epochs", "1", "--output", folder + "/small.safetensors"],
                environment: ["AMALGAM_RUNS": folder + "/runs"],
                largestFile: 12)
            #expect(result.status == 0 && result.output.contains("saved "), "\(result.errors)")
            #expect(result.errors.contains("recorded"))
        }
    }
}
