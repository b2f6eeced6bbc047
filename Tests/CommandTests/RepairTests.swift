import Archives
import Foundation
import Testing

@Suite("What a command says of itself", .serialized) struct RepairTests {
    private static let pair = ["a", "b"].map { "sample-models/non-iid-pair/\($0).safetensors" }

    @Test("without data a fusion aligns by weights, says so, and its recipe has the method that was taken")
    func withoutData() throws {
        let folder = NSTemporaryDirectory() + "amalgam-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try Program.run(["fuse"] + Self.pair + ["--save-recipe", folder + "/r.toml", "--output", folder + "/f.pt"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("note: no data, so neurons are aligned by their weights: method otfusion, source=weights"))
        let recipe = try String(contentsOfFile: folder + "/r.toml", encoding: .utf8)
        #expect(recipe.contains("method = \"otfusion\"") && recipe.contains("source = \"weights\""))
        let object = try Program.run(["fuse", "--json"] + Self.pair)
        #expect(object.output.hasPrefix("{") && object.errors.contains("no data, so neurons are aligned by their weights"))
        #expect(try Program.run(["plan", "--group", "fc1"] + Self.pair).output.contains("aligned by their weights"))
        // With data, or with a method of one's own, nothing is said.
        let named = try Program.run(["fuse", "--method", "average"] + Self.pair)
        #expect(named.status == 0 && !named.output.contains("no data, so"))
        #expect(try !Program.run("fuse", "non-iid-pair").output.contains("no data, so"))
    }

    @Test(
        "a plan calls a coupling the identity only where every neuron keeps its index", arguments: ["git-rebasin", "average", "otfusion"])
    func plan(method: String) throws {
        let text = try Program.run(["plan", "non-iid-pair", "--method", method, "--group", "fc1"]).output
        let isIdentity = text.contains("  identity\n"), share = text.firstMatch(of: /(\d+) % of the mass keeps its index/)?.1
        #expect(!text.contains("order kept") && share != nil, "\(text)")
        if isIdentity { #expect(share == "100", "\(text)") }
        #expect(isIdentity == (method == "average"), "\(text)")
    }

    @Test("notes name the data set that the method used")
    func dataName() throws {
        let text = try Program.run("fuse", "non-iid-pair", "--method", "reconstruct").output
        #expect(text.contains("digits train") && !text.contains("the data given"), "\(text)")
    }

    @Test("inspect --logits proves a network with logits that PyTorch computed, and fails where they are others")
    func logits() throws {
        let fixtures = "Tests/Fixtures/exported/"
        let equal = try Program.run("inspect", fixtures + "inputs.pt2", "--logits", fixtures + "inputs.safetensors")
        #expect(equal.status == 0 && equal.output.contains("logits: those of 3 samples"), "\(equal.errors)")
        #expect(equal.output.contains("permutation check: not run here"))
        let other = try Program.run("inspect", fixtures + "dynamic.pt2", "--logits", fixtures + "encoder.safetensors")
        #expect(other.status == 0, "the same network, exported otherwise: \(other.output)")
        let wrong = try Program.run("inspect", fixtures + "mlp.pt2", "--logits", fixtures + "heads.safetensors")
        #expect(wrong.status == 1 && wrong.errors.contains("holds no logits"), "\(wrong.errors)")
        let shape = try Program.run("inspect", fixtures + "mlp.pt2", "--logits", fixtures + "tied.safetensors")
        #expect(shape.status == 1 && shape.errors.contains("its logits have shape [3, 6]"), "\(shape.errors)")
        let probe = NSTemporaryDirectory() + "amalgam-\(UUID().uuidString).npz"
        defer { try? FileManager.default.removeItem(atPath: probe) }
        try Archive.write(
            [
                OutgoingArray("inputs", [Float](repeating: 0.5, count: 12), shape: [2, 6]),
                OutgoingArray("logits", [Float](repeating: 1, count: 6), shape: [2, 3]),
            ],
            to: probe, as: .npz)
        let differ = try Program.run("inspect", fixtures + "mlp.pt2", "--logits", probe)
        #expect(differ.status == 1 && differ.output.contains("logits: ! NOT those of 2 samples"), "\(differ.output) \(differ.errors)")
    }

    @Test("the barrier names its own flags in its errors")
    func barrier() throws {
        let blind = try Program.run(["barrier"] + Self.pair + ["--data", "digits", "--method", "otfusion", "--set", "source=activations"])
        #expect(blind.status == 1 && blind.errors.contains("--fusion-data") && !blind.errors.contains("--data,"), "\(blind.errors)")
    }
}
