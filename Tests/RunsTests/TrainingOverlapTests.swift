import Datasets
import Foundation
import Fusion
import Hyperparameters
import Testing
import Training
@testable import Provenance
@testable import Runs

@Suite("What networks were trained on, and what they are judged on") struct TrainingOverlapTests {
    private func settings(_ changes: [String]) throws -> Settings {
        var settings = Settings(FineTuning.table)
        for text in changes { try settings.apply(assignment: text) }
        return settings
    }

    /// Two small networks, trained on the halves of the digits, a tenth of each held out; and their average.
    private func fused(in scratch: Scratch) throws -> (parents: [String], fused: String, trained: [Set<Int>]) {
        var paths: [String] = [], trained: [Set<Int>] = []
        for part in [1, 2] {
            let spec = "digits:train?partition=iid&parts=2&part=\(part)&seed=4", path = scratch("\(part).safetensors")
            let recipe = FineTuningRecipe(.fresh("mlp:64-12-10"), data: spec, settings: try settings(["epochs=1"]))
            _ = try FineTuningRun(recipe, output: path).run()
            let share = recipe.settings[FineTuning.validationShare]
            trained.append(Set(try DataSpec(spec).load(default: .train).split(validation: share, seed: 0).train.records))
            paths.append(path)
        }
        let place = scratch("fused.safetensors")
        _ = try FusionRun(Recipe(parents: paths, method: Averaging.method)).run(output: place)
        return (paths, place, trained)
    }

    @Test("validation data of which the parents were trained on most are named with their number, and the last epoch is kept")
    func validation() throws {
        let scratch = try Scratch(), made = try fused(in: scratch)
        let run = try FineTuningRun(
            FineTuningRecipe(
                .network(made.fused), data: "digits:train",
                settings: try settings(["epochs=2", "learning-rate=0.0001", "validation-from=any"])))
        let overlap = try #require(run.validationOverlap), held = try #require(run.tuner.validation)
        let all = made.trained[0].union(made.trained[1])
        #expect(overlap.count == held.count && overlap.seenByAny == held.records.count(where: all.contains) && overlap.isMost)
        #expect(
            run.dataNotes.contains {
                $0.hasPrefix("warning:") && $0.contains("\(overlap.seenByAny) of them") && $0.contains("last one is kept")
            })
        #expect(try run.run().report.summary.keptEpoch == 2)
    }

    @Test("data that no parent was trained on bring no warning, and the best epoch is kept as the settings say")
    func unseen() throws {
        let scratch = try Scratch(), path = scratch("a.safetensors")
        let own = "digits:train?partition=iid&parts=2&part=1&seed=4", other = "digits:train?partition=iid&parts=2&part=2&seed=4"
        _ = try FineTuningRun(FineTuningRecipe(.fresh("mlp:64-12-10"), data: own, settings: try settings(["epochs=1"])), output: path).run()
        let run = try FineTuningRun(FineTuningRecipe(.network(path), data: other, settings: try settings(["epochs=1"])))
        #expect(run.validationOverlap == nil && !run.dataNotes.contains { $0.hasPrefix("warning:") })
    }

    @Test("what is held out are samples that the parents were not trained on, and the recorded network says which it was trained on")
    func heldOut() throws {
        let scratch = try Scratch(), path = scratch("a.safetensors"), tuned = scratch("tuned.safetensors")
        let own = "digits:train?partition=iid&parts=2&part=1&seed=4"
        _ = try FineTuningRun(FineTuningRecipe(.fresh("mlp:64-12-10"), data: own, settings: try settings(["epochs=1"])), output: path).run()
        let share = FineTuning.validationShare.fallback
        let known = Set(try DataSpec(own).load(default: .train).split(validation: share, seed: 0).train.records)
        let recipe = FineTuningRecipe(.network(path), data: "digits:train", settings: try settings(["epochs=1"]), seed: 3)
        let run = try FineTuningRun(recipe, output: tuned), held = try #require(run.tuner.validation)
        #expect(known.isDisjoint(with: held.records) && run.validationOverlap == nil)
        #expect(
            run.dataNotes.contains { $0.contains("\(held.count) samples held out of digits:train, which the network was not trained on") })
        _ = try run.run()
        // The next training knows both parts, and holds out what neither took.
        let next = try FineTuningRun(FineTuningRecipe(.network(tuned), data: "digits:train", settings: try settings(["epochs=1"]), seed: 5))
        #expect(next.seen == known.union(run.tuner.training.records))
        #expect(Set(try #require(next.tuner.validation).records).isSubset(of: held.records))
        // By the seed alone, as before, also for controls, so that all are trained on the same samples.
        let plain = try DataSpec("digits:train").load(default: .train).split(validation: share, seed: 3).validation.records
        var any = recipe
        try any.settings.apply(assignment: "validation-from=any")
        #expect(try FineTuningRun(any).tuner.validation?.records == plain)
        var compared = recipe
        (compared.controls, compared.evaluation) = ([path], "digits:test")
        let fused = try FineTuningRun(compared)
        #expect(fused.tuner.validation?.records == plain && fused.dataNotes.contains { $0.hasPrefix("warning:") })
        #expect(try fused.controls().first?.tuner.validation?.records == plain)
        #expect(fused.recipe.command().contains("--validation-from any"))
    }

    @Test("a training that is taken up holds out the same samples, although the file that it began with is gone")
    func resumed() throws {
        let scratch = try Scratch(), path = scratch("a.safetensors"), tuned = scratch("tuned.safetensors")
        let own = "digits:train?partition=iid&parts=2&part=1&seed=4"
        _ = try FineTuningRun(FineTuningRecipe(.fresh("mlp:64-12-10"), data: own, settings: try settings(["epochs=1"])), output: path).run()
        let run = try FineTuningRun(
            FineTuningRecipe(.network(path), data: "digits:train", settings: try settings(["epochs=3"]), seed: 3), output: tuned)
        let control = TrainingControl()
        #expect(throws: (any Error).self) { try run.run(control: control) { if case .epochFinished = $0 { control.cancel() } } }
        try FileManager.default.removeItem(atPath: path)
        let resumed = try FineTuningRun(resuming: FineTuningRun.checkpointPath(for: tuned))
        #expect(resumed.tuner.validation?.records == run.tuner.validation?.records && resumed.seen == run.seen)
    }

    @Test("evaluation data among what a parent was trained on are no test of it, and a fusion says so")
    func evaluation() throws {
        let scratch = try Scratch(), made = try fused(in: scratch)
        func warnings(_ evaluation: String) throws -> [String] {
            try FusionRun(Recipe(parents: made.parents, method: Averaging.method, evaluation: evaluation)).dataNotes.filter {
                $0.hasPrefix("warning:")
            }
        }
        let found = try #require(warnings("digits:train").first)
        #expect(found.contains("A was trained on \(made.trained[0].count) of its") && found.contains("B on \(made.trained[1].count)"))
        #expect(try warnings("digits:test").isEmpty)
    }

    @Test("parents of a sample set are known by the part that their set deals them")
    func samples() throws {
        let set = try #require(try SampleLibrary().sets.first { $0.id == "non-iid-pair" })
        var recipe = set.recipe
        recipe.evaluation = "digits:train"
        let notes = try FusionRun(recipe).dataNotes
        #expect(notes.contains { $0.contains("is no test of the parents") })
        #expect(try !FusionRun(set.recipe).dataNotes.contains { $0.contains("is no test of the parents") })
    }
}
