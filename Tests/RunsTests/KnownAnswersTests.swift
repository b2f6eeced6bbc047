import Checkpoints
import Datasets
import Fusion
import Hyperparameters
import Networks
import Tensors
import Testing
import Training
@testable import Provenance
@testable import Runs

@Suite("What parents know") struct KnownAnswersTests {
    private struct Images: InputSource {
        let values: Tensor
        var count: Int { values.shape[0] }
        func inputs(_ range: Range<Int>) throws -> Tensor { try values.narrowed(axis: 0, from: range.lowerBound, count: range.count) }
    }

    @Test("a training saves the statistics of its answers, and a fusion on other images warns by them")
    func warned() throws {
        let scratch = try Scratch()
        var paths: [String] = []
        for part in [1, 2] {
            paths.append(scratch("\(part).safetensors"))
            var settings = Settings(FineTuning.table)
            for text in ["epochs=15", "learning-rate=0.05"] { try settings.apply(assignment: text) }
            let recipe = FineTuningRecipe(
                .fresh("mlp:64-24-10"), data: "digits:train?partition=dirichlet&parts=2&part=\(part)&seed=6", settings: settings,
                seed: UInt64(part))
            _ = try FineTuningRun(recipe, output: paths[part - 1]).run()
        }
        let run = try FusionRun(Recipe(parents: paths, method: Reconstruction.method, data: "digits:train"))
        let known = try run.parents.map { try #require($0.knownAnswers) }
        for (answers, parent) in zip(known, run.parents) {
            #expect(answers.confidence > 0.5 && answers.confidence <= 1 && answers.entropy < 0.6)
            #expect(try AnswerStatistics(text: #require(parent.checkpoint.metadata[AnswerStatistics.key]), classes: 10) == answers)
        }
        #expect(try !run.fuser().fuse().notes.contains { $0.hasPrefix("warning") })
        // The same images inverted.
        let inputs = try #require(run.inputs), images = try inputs.inputs(0..<300)
        let inverted = Images(values: try images * -1 + 1)
        let notes = try Fuser(
            parents: run.parents.map(\.network), recipe: run.recipe, inputs: inverted, classShares: nil, answers: known.map { $0 }
        ).fuse().notes
        #expect(
            notes.contains { $0.hasPrefix("warning") && $0.contains("are these inputs like those that the parents were trained on") },
            "\(notes)")
        // Without data the report says which there are.
        let bare = try FusionRun(Recipe(parents: paths, method: Averaging.method)).notes
        #expect(bare.contains { $0.contains("trained on digits:train") && $0.contains("--data") && $0.contains("400 unlabelled samples") })
    }

    @Test("a control of a fine-tuning gets the same settings and teachers")
    func control() throws {
        let settings = try FineTuning.table.settings(preset: "distilled")
        var recipe = FineTuningRecipe(.network("fused.pt"), data: "digits", teachers: ["a.pt", "b.pt"], settings: settings, seed: 4)
        recipe.controls = ["a.pt"]
        let control = recipe.control(of: "a.pt")
        #expect(control.settings == settings && control.teachers == recipe.teachers && control.seed == 4 && control.data == recipe.data)
        #expect(control.start == .network("a.pt") && control.controls.isEmpty)
    }
}
