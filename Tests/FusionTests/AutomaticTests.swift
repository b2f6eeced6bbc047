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
        #expect(outcome.trials.contains { $0.title == "reconstruct refine=automatic" && $0.round == 3 })
        // Nobody knows the labels: what counts is the agreement with the teacher on the last thirty samples.
        let best = try #require(outcome.trials.filter { $0.failure == nil }.map(\.score).max())
        let x = try samples.inputs(90..<120)
        let joint = try (both[0](x).softmax(axis: 1) + both[1](x).softmax(axis: 1)).largestIndex(axis: 1)
        let agreement = try outcome.network(x).largestIndex(axis: 1).equals(joint).sum().item() / 30
        #expect(abs(agreement - best) < 1e-9)
        #expect(outcome.notes[0].contains("with agreement with the teacher") && outcome.notes[0].contains("--method "))
    }

    @Test("labels are what counts where there are any")
    func labels() throws {
        let both = try suite.parents(.perceptron)
        let samples = LabelledInputs(values: try suite.inputs(.perceptron, 60).values, classes: (0..<60).map { _ in 2 })
        let outcome = try chosen(both, samples, "time=600", "samples=60")
        let x = try samples.inputs(45..<60)
        let right = try outcome.network(x).largestIndex(axis: 1).array(of: Int.self).count { $0 == 2 }
        let best = try #require(outcome.trials.filter { $0.failure == nil }.map(\.score).max())
        #expect(abs(Double(right) / 15 - best) < 1e-9)
        #expect(outcome.notes[0].contains("with accuracy"))
    }

    @Test("a time too short for anything carries out the likeliest recipe and says so")
    func noTime() throws {
        let outcome = try chosen(suite.parents(.perceptron), suite.inputs(.perceptron, 40), "time=0.01")
        #expect(outcome.trials.count == 1 && outcome.trials[0].method == "reconstruct")
        #expect(outcome.notes.contains { $0.contains("too short") && $0.contains("only the most promising recipe") })
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

    @Test("the front holds what no trial beats in score, size and time at once")
    func front() {
        func trial(_ name: String, _ score: Double, _ parameters: Int, _ seconds: Double) -> AutomaticTrial {
            AutomaticTrial(
                method: name, assignments: [], round: 1, samples: 1, seconds: seconds, parameters: parameters, score: score, divergence: 0,
                failure: nil)
        }
        let trials = [trial("best", 0.9, 10, 5), trial("small", 0.8, 5, 5), trial("quick", 0.7, 10, 1), trial("beaten", 0.7, 10, 5)]
        #expect(trials.front.map(\.method) == ["best", "small", "quick"])
    }
}

private final class Seen: @unchecked Sendable { var titles: [String] = [] }
