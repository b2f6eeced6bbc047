import Archives
import Checkpoints
import Datasets
import Foundation
import Fusion
import Hyperparameters
import Networks
import Testing
import Training
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store

@Suite("Classes and preprocessing travel with the network") struct TravelTests {
    private static let names = (0..<10).map { "digit \($0)" }

    /// A fresh MLP for the digits in a file, with what is known of it.
    private func network(_ path: String, seed: UInt64, _ description: ModelDescription, order: [Int]? = nil) throws -> Network {
        let network = try MultilayerPerceptron.fresh(widths: [64, 12, 10], bias: true, seed: seed)
        let classes = try #require(network.groups.classes)
        let saved = try order.map { try network.carried(along: [classes.id: .selection($0)]) } ?? network
        try Checkpoint.save(saved, to: path, description: description)
        return network
    }

    private func recipe(_ parents: [String], _ data: String?) -> Recipe {
        var recipe = Recipe(parents: parents, method: Averaging.method)
        recipe.evaluation = data
        return recipe
    }

    @Test("parents whose classes are permuted are measured and fused as if they were not, and it is said")
    func permuted() throws {
        let scratch = try Scratch(), order = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]
        let own = ModelDescription(classNames: Self.names)
        _ = try network(scratch("a.pt"), seed: 1, own)
        _ = try network(scratch("b.pt"), seed: 2, own)
        _ = try network(scratch("c.pt"), seed: 2, ModelDescription(classNames: order.map { Self.names[$0] }), order: order)
        let plain = try FusionRun(recipe([scratch("a.pt"), scratch("b.pt")], "digits")).run()
        let other = try FusionRun(recipe([scratch("a.pt"), scratch("c.pt")], "digits")).run()
        #expect(plain.report.network == other.report.network)
        #expect(plain.report.rows.map { $0.evaluation?.accuracy } == other.report.rows.map { $0.evaluation?.accuracy })
        #expect(
            other.report.notes.contains { $0.contains("another order") } && !plain.report.notes.contains { $0.contains("another order") })
        #expect(other.description.classNames == Self.names)
    }

    @Test("parents of different classes are refused with the names that differ; measuring them side by side says so")
    func different() throws {
        let scratch = try Scratch()
        var others = Self.names
        others[4] = "letter"
        _ = try network(scratch("a.pt"), seed: 1, ModelDescription(classNames: Self.names))
        _ = try network(scratch("b.pt"), seed: 2, ModelDescription(classNames: others))
        let error = #expect(throws: RunError.self) { try FusionRun(recipe([scratch("a.pt"), scratch("b.pt")], nil)) }
        #expect(error?.description.contains("“letter”") == true && error?.description.contains("“digit 4”") == true)
        let report = try EvaluationRun([scratch("a.pt"), scratch("b.pt")], data: DataSpec("digits")).run()
        #expect(report.notes.contains { $0.contains("“letter”") })
    }

    @Test("images are normalised as the network's file tells, unless the data spec says otherwise; which it was is said")
    func normalisation() throws {
        let scratch = try Scratch()
        let told = Preprocessing(mean: [0.5], standardDeviation: [0.25], source: "preprocessor_config.json")
        _ = try network(scratch("told.pt"), seed: 1, ModelDescription(preprocessing: told))
        _ = try network(scratch("silent.pt"), seed: 1, ModelDescription())
        func measured(_ file: String, _ data: String) throws -> (loss: Double, notes: [String]) {
            let report = try EvaluationRun([scratch(file)], data: DataSpec(data)).run()
            return (try #require(report.rows.first?.evaluation).loss, report.notes)
        }
        let (own, given, silent) = (
            try measured("told.pt", "digits"), try measured("silent.pt", "digits?mean=0.5&std=0.25"), try measured("silent.pt", "digits")
        )
        // The same numbers go in, so the same comes out.
        #expect(own.loss == given.loss && own.loss != silent.loss)
        #expect(own.notes.contains { $0.contains("mean 0.5, std 0.25") && $0.contains("preprocessor_config.json") })
        #expect(silent.notes.contains { $0.contains("no file specifies an input normalisation") && $0.contains("mean 0.3059") })
        let over = try measured("told.pt", "digits?mean=0.1")
        #expect(over.notes.contains { $0.contains("from the data spec") && $0.contains("mean 0.5") })
    }

    @Test("a network of pixels that were not rescaled gets such pixels; a training keeps its data's own scale")
    func rescaling() throws {
        let scratch = try Scratch()
        // 0 … 16 as they are, centred: (p − 4) / 8 = (p / 16 − 0.25) / 0.5.
        _ = try network(
            scratch("raw.pt"), seed: 1,
            ModelDescription(
                preprocessing: Preprocessing(mean: [4], standardDeviation: [8], rescale: 1, source: "preprocessor_config.json")))
        _ = try network(scratch("silent.pt"), seed: 1, ModelDescription())
        let raw = try EvaluationRun([scratch("raw.pt")], data: DataSpec("digits")).run(),
            same = try EvaluationRun([scratch("silent.pt")], data: DataSpec("digits?mean=0.25&std=0.5")).run()
        #expect(raw.rows.first?.evaluation?.loss == same.rows.first?.evaluation?.loss)
        var settings = Settings(FineTuning.table)
        try settings.apply(assignment: "epochs=1")
        _ = try FineTuningRun(
            FineTuningRecipe(.fresh("mlp:64-12-10"), data: "digits:train?samples=100", settings: settings), output: scratch("out") + "/"
        ).run()
        let written = try JSONValue.read(scratch("out") + "/preprocessor_config.json")
        #expect(written["rescale_factor"]?.double == 1.0 / 16 && written["image_mean"]?.items?.map(\.double) == [0.3059])
    }

    @Test("parents of different preprocessing are fused on the first one's inputs, and that is said")
    func differing() throws {
        let scratch = try Scratch()
        _ = try network(
            scratch("a.pt"), seed: 1,
            ModelDescription(preprocessing: Preprocessing(mean: [0.5], standardDeviation: [0.25], source: "preprocessor_config.json")))
        _ = try network(
            scratch("b.pt"), seed: 2,
            ModelDescription(preprocessing: Preprocessing(mean: [0.1], standardDeviation: [0.25], source: "pretrained_cfg of config.json")))
        let result = try FusionRun(recipe([scratch("a.pt"), scratch("b.pt")], "digits")).run()
        #expect(result.report.notes.contains { $0.contains("preprocessing differs") && $0.contains("mean 0.1") })
        #expect(result.description.preprocessing?.mean == [0.5])
    }

    @Test("a training keeps the normalisation of its data, and a further one goes on with it")
    func training() throws {
        let scratch = try Scratch()
        var settings = Settings(FineTuning.table)
        try settings.apply(assignment: "epochs=1")
        _ = try FineTuningRun(
            FineTuningRecipe(.fresh("mlp:64-12-10"), data: "digits:train?mean=0.5&std=0.25&samples=200", settings: settings),
            output: scratch("a.pt")
        ).run()
        let saved = try Checkpoint.open(scratch("a.pt")).description.preprocessing
        #expect(saved?.mean == [0.5] && saved?.standardDeviation == [0.25] && saved?.source.hasPrefix("digits") == true)
        let further = try FineTuningRun(FineTuningRecipe(.network(scratch("a.pt")), data: "digits:train?samples=200", settings: settings))
        #expect(further.recipe.data.contains("mean=0.5") && further.tuner.training.normalisation.mean == [0.5])
    }

    @Test("different vocabularies in parents' folders are refused with the first tokens that differ; other settings of a tokenizer are not")
    func vocabularies() throws {
        let scratch = try Scratch()
        func folder(_ name: String, _ tokenizer: String) throws -> String {
            _ = try network(scratch(name) + "/", seed: 1, ModelDescription())
            try Data(tokenizer.utf8).write(to: URL(fileURLWithPath: scratch(name) + "/tokenizer.json"))
            return scratch(name)
        }
        let a = try folder("a", #"{"truncation": null, "model": {"vocab": {"the": 0, "cat": 1}}}"#)
        let b = try folder("b", #"{"truncation": {"max_length": 8}, "model": {"vocab": {"the": 0, "cat": 1}}}"#)
        let c = try folder("c", #"{"truncation": null, "model": {"vocab": {"the": 0, "dog": 1}}}"#)
        _ = try FusionRun(recipe([a, b], nil))
        let error = #expect(throws: RunError.self) { try FusionRun(recipe([a, c], nil)) }
        #expect(error?.description.contains("“cat” is 1 and missing") == true)
    }

    @Test("a folder of an output is replaced only where this program wrote all of it, and never while an input stands in it")
    func protection() throws {
        let scratch = try Scratch()
        for name in ["a.pt", "b.pt"] { _ = try network(scratch(name), seed: name == "a.pt" ? 1 : 2, ModelDescription()) }
        let run = try FusionRun(recipe([scratch("a.pt"), scratch("b.pt")], nil)), out = scratch("out") + "/"
        _ = try run.run(output: out)
        _ = try run.run(output: out)
        #expect(throws: RunError.self) { try FusionRun(recipe([out, scratch("b.pt")], nil)).run(output: out) }
        #expect(throws: RunError.self) { try FusionRun(recipe([out + "model.safetensors", scratch("b.pt")], nil)).run(output: out) }
        try Data("mine".utf8).write(to: URL(fileURLWithPath: out + "notes.txt"))
        #expect(throws: RunError.self) { try run.run(output: out) }
        _ = try run.run(output: out, replacing: .anything)
        #expect(try String(contentsOfFile: out + "notes.txt", encoding: .utf8) == "mine")
    }
}
