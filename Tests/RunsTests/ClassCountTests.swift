import Checkpoints
import Datasets
import Foundation
import Fusion
import Hyperparameters
import Testing
import Training
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store

@Suite("Class counts") struct ClassCountTests {
    /// One epoch of a small network.
    private func train(_ start: FineTuningRecipe.Start, _ data: String, to path: String, _ changes: [String] = []) throws -> Checkpoint {
        var settings = Settings(FineTuning.table)
        for text in ["epochs=1"] + changes { try settings.apply(assignment: text) }
        _ = try FineTuningRun(FineTuningRecipe(start, data: data, settings: settings), output: path).run()
        return try Checkpoint.open(path)
    }

    private func counts(_ checkpoint: Checkpoint) -> [Int]? { ClassCounts(saidBy: checkpoint, classes: 10)?.samples }

    @Test(
        "a network says how many samples of each class it was trained on, in either format, and reconstruction knows the shares of Dirichlet parents by that"
    )
    func parents() throws {
        let scratch = try Scratch()
        var expected: [[Int]] = [], paths: [String] = []
        for (part, suffix) in [(1, "pt"), (2, "safetensors")] {
            let spec = "digits:train?partition=dirichlet&parts=2&part=\(part)&seed=6"
            paths.append(scratch("\(part).\(suffix)"))
            let saved = try train(.fresh("mlp:64-12-10"), spec, to: paths[part - 1], ["validation-share=0.2"])
            let part = try DataSpec(spec).load(default: .train)
            // What was set aside for validation was not trained on.
            expected.append(try part.split(validation: 0.2, seed: 0).train.classCounts)
            #expect(counts(saved) == expected.last)
        }
        var recipe = Recipe(parents: paths, method: Reconstruction.method, data: "digits:train")
        try recipe.apply(assignment: "share-strength=1")
        let run = try FusionRun(recipe)
        #expect(run.classCounts?.map(\.samples) == expected)
        let known = try #require(try run.run().report.reconstruction?.classShares)
        for label in 0..<10 {
            let sum = expected[0][label] + expected[1][label]
            #expect(known[0][label] == Double(expected[0][label]) / Double(sum))
        }
        // The fused network has seen what both saw; trained on, it has seen the new samples as well.
        let fused = scratch("fused.pt"), both = zip(expected[0], expected[1]).map { $0 + $1 }
        _ = try run.run(output: fused)
        #expect(try counts(Checkpoint.open(fused)) == both)
        let more = try DataSpec("digits:train?samples=100&seed=3").load(default: .train).classCounts
        let tuned = try train(.network(fused), "digits:train?samples=100&seed=3", to: scratch("tuned.pt"), ["validation-share=0"])
        #expect(counts(tuned) == zip(both, more).map { $0 + $1 })
    }

    @Test("the same samples again are no more samples, and what a beginning does not tell is not made up")
    func again() throws {
        let scratch = try Scratch(), spec = "digits:train?samples=100&seed=3"
        let own = try DataSpec(spec).load(default: .train).classCounts
        let first = try train(.fresh("mlp:64-12-10"), spec, to: scratch("a.safetensors"), ["validation-share=0"])
        #expect(counts(first) == own)
        let second = try train(.network(scratch("a.safetensors")), spec, to: scratch("b.safetensors"), ["validation-share=0"])
        #expect(counts(second) == own)
        // Two descendants of the same samples, and a fusion of them.
        let run = try FusionRun(Recipe(parents: [scratch("a.safetensors"), scratch("b.safetensors")], method: Averaging.method))
        _ = try run.run(output: scratch("average.pt"))
        #expect(try counts(Checkpoint.open(scratch("average.pt"))) == own)
        // A network of another program, which says nothing of its own training.
        try Checkpoint.save(Checkpoint.open(scratch("a.safetensors")).network(), to: scratch("foreign.pt"))
        let foreign = try train(.network(scratch("foreign.pt")), spec, to: scratch("c.pt"))
        #expect(foreign.metadata[ClassCounts.key] == nil)
        #expect(
            try FusionRun(Recipe(parents: [scratch("a.safetensors"), scratch("foreign.pt")], method: Averaging.method)).classCounts == nil)
    }

    @Test(
        "counts that cannot be meant are no counts",
        arguments: [
            "", "1,2", "1,2,3,4,5,6,7,8,9,x", "1,2,3,4,5,6,7,8,9,-1", "1,2,3,4,5,6,7,8,9,99999999999999", "1,2,3,4,5,6,7,8,9,10,11",
        ])
    func hostile(text: String) throws {
        let scratch = try Scratch()
        let network = try ArchitectureSpec("mlp:64-4-10").fresh(input: [1, 8, 8], classes: 10, seed: 1)
        try Checkpoint.save(network, to: scratch("n.safetensors"), metadata: [ClassCounts.key: text])
        #expect(try counts(Checkpoint.open(scratch("n.safetensors"))) == nil)
    }

    @Test("a training that was interrupted and taken up writes the same file as one that was not, to the last byte")
    func resumedFile() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch("calm"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: scratch("torn"), withIntermediateDirectories: true)
        _ = try train(.fresh("mlp:64-12-10"), "digits:train?samples=100", to: scratch("start.safetensors"))
        var settings = Settings(FineTuning.table)
        for text in ["epochs=4", "optimizer=adam", "learning-rate=0.001"] { try settings.apply(assignment: text) }
        let recipe = FineTuningRecipe(
            .network(scratch("start.safetensors")), data: "digits:train?samples=200", evaluation: "digits:test?samples=50",
            teachers: [scratch("start.safetensors")],
            settings: try {
                var own = settings; try own.apply(assignment: "distill=kl"); return own
            }())
        let output = scratch("torn/out.safetensors")
        let control = TrainingControl()
        #expect {
            try FineTuningRun(recipe, output: output).run(control: control) {
                if case .epochFinished(let epoch) = $0, epoch.epoch == 2 { control.cancel() }
            }
        } throws: { RunError(wrapping: $0).isCancellation }
        _ = try FineTuningRun(resuming: FineTuningRun.checkpointPath(for: output)).run()
        let torn = try Data(contentsOf: URL(fileURLWithPath: output))
        _ = try FineTuningRun(recipe, output: output, restarts: true).run()
        #expect(try Data(contentsOf: URL(fileURLWithPath: output)) == torn)
        let manifest = try #require(Manifest(of: Checkpoint.open(output)))
        #expect(manifest.parents.map(\.letter) == ["start", "teacher A"] && manifest.parents.allSatisfy { $0.manifest != nil })
    }
}
