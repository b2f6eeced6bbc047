import Amalgam
import Foundation
import Testing

@Suite("The library's example") struct ExampleTests {
    /// The checkout.
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("the twenty lines of the documentation fuse two networks")
    func fuses() throws {
        let samples = root.appending(path: "sample-models/non-iid-pair").path
        let output = FileManager.default.temporaryDirectory.appending(path: "amalgam-example-\(UUID().uuidString).pt").path
        defer { try? FileManager.default.removeItem(atPath: output) }
        let accuracies = try example(samples, output)
        #expect(accuracies.count == 3)
        #expect(accuracies[2] > max(accuracies[0], accuracies[1]), "the fused network is better than both parents: \(accuracies)")

        // What was saved is the network that was measured.
        let saved = try Checkpoint.open(output).network()
        #expect(try Evaluator(Dataset.digits(.test)).evaluate(saved).accuracy == accuracies[2])
    }

    /// The lines between the marks stand in the README and in docs/library.md.
    private func example(_ folder: String, _ output: String) throws -> [Double] {
        // BEGIN
        // Open two checkpoints. An architecture is recognised from the parameters, or read from an architecture file.
        let first = try Checkpoint.open(folder + "/a.safetensors")
        let second = try Checkpoint.open(folder + "/b.safetensors")
        let parents = [try first.network(), try second.network()]

        // A recipe determines the result: the method, its hyperparameters, the seed.
        var recipe = Recipe(method: Reconstruction.method, seed: 7)
        try recipe.apply(assignment: "reference=first")

        // Fuse. The method sees unlabelled samples of the training data.
        let samples = DatasetInputs(try Dataset.digits(.train), seed: recipe.seed)
        let fused = try Fuser(parents: parents, recipe: recipe, inputs: samples).fuse().network

        // Evaluate the parents and the fused network on test data, in one pass.
        let evaluator = Evaluator(try Dataset.digits(.test))
        let accuracies = try evaluator.evaluate(parents + [fused]).map(\.accuracy)

        // Save for torch.load, with the first parent's parameter names and element types.
        try Checkpoint.save(fused, to: output, like: first.layout)
        // END
        return accuracies
    }

    @Test("the documentation shows the lines that this test runs", arguments: ["docs/library.md", "README.md"])
    func documented(page: String) throws {
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8).components(separatedBy: "\n")
        let begin = try #require(source.firstIndex { $0.hasSuffix(" // BEGIN") }),
            end = try #require(source.firstIndex { $0.hasSuffix(" // END") })
        let lines = source[(begin + 1)..<end].map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : $0 }
        let text = try String(contentsOf: root.appending(path: page), encoding: .utf8)
        #expect(text.contains(lines.joined(separator: "\n")), "\(page) shows other lines than Tests/AmalgamTests/ExampleTests.swift")
    }
}
