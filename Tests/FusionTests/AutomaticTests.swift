import Foundation
import Fusion
import Networks
import Tensors
import Testing

@Suite("The automatic choice") struct AutomaticTests {
    let suite = ReconstructionTests()

    func chosen(
        _ parents: [Network], _ inputs: any InputSource, _ assignments: String..., shares: [[Double]]? = nil,
        control: FusionControl = FusionControl()
    ) throws -> FusionOutcome {
        var recipe = Recipe(method: Automatic.method)
        for text in assignments { try recipe.apply(assignment: text) }
        return try Fuser(parents: parents, recipe: recipe, inputs: inputs, classShares: shares).fuse(control: control)
    }

    @Test("recipes are halved in rounds of more samples, the best is returned and measures as its trial says")
    func halving() throws {
        let both = try suite.parents(.perceptron), samples = try suite.inputs(.perceptron, 120)
        let seen = Seen()
        let outcome = try chosen(
            both, samples, "time=600", "samples=120", "held-out=0.25", shares: suite.alike(both),
            control: FusionControl(progress: { progress in
                if case .diagnostics(let found) = progress, let trial = found as? AutomaticTrial { seen.titles.append(trial.title) }
            }))
        let rounds = (1...3).map { round in outcome.trials.filter { $0.round == round } }
        #expect(outcome.trials.map(\.title) == seen.titles)
        #expect(rounds.map { $0.first?.samples } == [22, 45, 90])
        let carriedOut = rounds[0].filter { $0.failure == nil }.count
        #expect(rounds[1].count == (carriedOut + 1) / 2)
        // The likeliest recipe and the controls are carried out on all samples before anything else.
        #expect(outcome.trials.prefix(5).map(\.round) == [3, 3, 3, 3, 3] && outcome.trials[0].title == "reconstruct")
        #expect(outcome.trials[1].title == "average weights=1,0 reference=A repair=none")
        #expect(outcome.trials.contains { $0.title == "reconstruct refine=automatic" && $0.round == 3 })
        #expect(outcome.trials.contains { $0.title.hasPrefix("average weights=") && $0.title.contains("refine=automatic") })
        // One is returned: none of the last round is surely closer to the teacher.
        let selected = try #require(outcome.trials.first { $0.isSelected == true })
        let least = try #require(rounds[2].filter { $0.failure == nil }.map(\.divergence).min())
        #expect(selected.round == 3 && selected.divergence >= least)
        #expect(
            outcome.notes[0].hasPrefix("selected: \(selected.title), of \(outcome.trials.count) trials")
                && outcome.notes[0].contains("--method "))
        // In the end it is carried out on all samples, as its recipe alone would be.
        var recipe = try selected.recipe(like: Recipe())
        let hyperparameter = recipe.settings.has(Interpolation.samples) ? "samples=120" : "refine-samples=120"
        if recipe.settings.effective.contains(where: { $0.hyperparameter.key == "samples" || $0.hyperparameter.key == "refine-samples" }) {
            try recipe.apply(assignment: hyperparameter)
        }
        try recipe.apply(assignment: "controls=none")
        let alone = try Fuser(parents: both, recipe: recipe, inputs: samples, classShares: suite.alike(both)).fuse()
        #expect(try distance(outcome.network, alone.network) == 0)
    }

    @Test("labels are not looked at: a parent may have been trained on them")
    func labels() throws {
        let both = try suite.parents(.perceptron), values = try suite.inputs(.perceptron, 60).values
        let samples = LabelledInputs(values: values, classes: (0..<60).map { _ in 2 })
        let labelled = try chosen(both, samples, "time=2", "samples=60"),
            plain = try chosen(both, TensorInputs(values: values), "time=2", "samples=60")
        #expect(labelled.trials.map(\.title) == plain.trials.map(\.title))
        #expect(try distance(labelled.network, plain.network) == 0)
    }

    @Test("a time too short for anything carries out the likeliest recipe, compares it with the parents and says so")
    func noTime() throws {
        let outcome = try chosen(suite.parents(.perceptron), suite.inputs(.perceptron, 40), "time=0.01")
        #expect(outcome.trials.map(\.method) == ["reconstruct", "average", "average"])
        #expect(outcome.notes.contains { $0.contains("too short for") })
    }

    @Test("what is tried follows from the networks and the budget, whatever else the machine has to do")
    func budget() throws {
        func tried() throws -> [String] {
            try chosen(suite.parents(.perceptron), suite.inputs(.perceptron, 40), "time=1", "samples=40").trials.map {
                "\($0.round) \($0.title)"
            }
        }
        let alone = try tried()
        let busy = (0..<4).map { _ in Thread { while !Thread.current.isCancelled {} } }
        busy.forEach { $0.start() }
        defer { busy.forEach { $0.cancel() } }
        #expect(try tried() == alone && !alone.isEmpty)
    }

    @Test("a recipe that cannot work on these parents is a line of the table, not the end")
    func failures() throws {
        let widths = [try SampleNetwork.perceptron.network(seed: 1), try SampleNetwork.perceptron.network(seed: 2, width: 3)]
        let outcome = try chosen(widths, suite.inputs(.perceptron, 60), "time=600", "samples=60")
        let average = try #require(outcome.trials.first { $0.method == "average" })
        #expect(average.failure?.contains("equal widths") == true)
        #expect(!outcome.trials.front.contains { $0.failure != nil } && !outcome.trials.front.isEmpty)
    }

    @Test("one sample is too few to fuse on some and measure on others")
    func tooFew() throws {
        #expect { try chosen(suite.parents(.perceptron), suite.inputs(.perceptron, 1)) } throws: { "\($0)".contains("at least 2") }
    }

    @Test("the front holds what no trial beats in divergence, size and time at once")
    func front() {
        func trial(_ name: String, _ divergence: Double, _ parameters: Int, _ seconds: Double) -> AutomaticTrial {
            AutomaticTrial(
                method: name, assignments: [], round: 1, samples: 1, seconds: seconds, parameters: parameters, score: 0.9,
                divergence: divergence, failure: nil)
        }
        let trials = [trial("best", 0.1, 10, 5), trial("small", 0.2, 5, 5), trial("quick", 0.3, 10, 1), trial("beaten", 0.3, 10, 5)]
        #expect(trials.front.map(\.method) == ["best", "small", "quick"])
    }
}

private final class Seen: @unchecked Sendable { var titles: [String] = [] }
