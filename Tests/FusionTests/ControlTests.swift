@testable import Fusion
import Networks
import Tensors
import Testing

@Suite("Controls: what one can have without fusing") struct ControlTests {
    let suite = ReconstructionTests()

    /// Fused with the controls as candidates.
    func fused(
        _ parents: [Network], _ inputs: any InputSource, _ assignments: String..., method: String = "reconstruct"
    ) throws -> FusionOutcome {
        var recipe = Recipe(method: try Methods.named(method))
        for text in assignments { try recipe.apply(assignment: text) }
        return try Fuser(parents: parents, recipe: recipe, inputs: inputs).fuse()
    }

    /// Two parents of which the second has lost its first layer: no fusion of the two is as good as the first alone.
    func oneRuined() throws -> [Network] {
        let both = try suite.parents(.perceptron), weight = try #require(both[1].parameterNames.first { both[1].parameters[$0]?.rank == 2 })
        return [both[0], try both[1].with(parameters: both[1].parameters.merging([weight: both[1].parameter(weight) * 0]) { $1 })]
    }

    @Test(
        "each parent, each with its output layer fitted, and the plain average stand beside the fused network, measured on samples of their own"
    )
    func candidates() throws {
        let both = try suite.parents(.perceptron), outcome = try fused(both, suite.inputs(.perceptron, 600), "samples=300", "inputs=600")
        let controls = try #require(outcome.controls)
        #expect(controls.candidates.map(\.name) == ["fused", "A", "B", "A + head", "B + head", "plain average"])
        #expect(controls.heldOut?.samples == 300)
        let divergences = controls.candidates.compactMap { $0.score?.divergence }
        #expect(divergences.count == 6 && divergences.allSatisfy { $0.isFinite })
        // The network with the least divergence is returned.
        #expect(controls.best.score?.divergence == divergences.min())
        #expect(try distance(outcome.network, controls.best.network) == 0)
        #expect(outcome.notes.contains { $0.contains("KL divergence from the teacher on 300 held-out samples") })
    }

    @Test("the score is the mean divergence over the samples and copies of them, as computed the long way")
    func score() throws {
        let both = try suite.parents(.perceptron), parents = try ParentSet(both, reference: 0), held = try suite.inputs(.perceptron, 40)
        let teacher = try Teacher(parents: parents, shares: nil), measure = try HeldOutMeasure(teacher, on: held, seed: 3)
        let found = try measure.score(both[0], control: FusionControl())
        var sum = 0.0, count = 0
        for batch in 0..<measure.inputs.batches {
            let x = try measure.inputs.inputs(ofBatch: batch)
            let q = try (both[0](x).softmax(axis: 1) + both[1](x).softmax(axis: 1)) / 2, f = try both[0](x).softmax(axis: 1)
            sum += try (q * (q.logarithm() - f.logarithm())).sum().item()
            count += x.shape[0]
        }
        #expect(count == 200 && found.each.count == 200)
        #expect(abs(found.divergence - sum / 200) < 1e-6)
        let same = try both[0](held.values).largestIndex(axis: 1).equals(
            (both[0](held.values).softmax(axis: 1) + both[1](held.values).softmax(axis: 1)).largestIndex(axis: 1)
        ).sum().item()
        #expect(abs(found.agreement - same / 40) < 1e-9)
    }

    @Test("where a control is closer to the teacher it is returned, under the name of its parent, and the notes say so first")
    func controlWins() throws {
        let parents = try oneRuined(), samples = try suite.inputs(.perceptron, 600)
        // A fusion that keeps nothing but B's features cannot follow the teacher.
        let outcome = try fused(parents, samples, "inputs=400", "controls=best", "weights=0,1", method: "average")
        let controls = try #require(outcome.controls)
        #expect(controls.best.name == "A + head" && outcome.reference == 0)
        #expect(outcome.notes.contains { $0.hasPrefix("returned: A + head") })
        let hidden = parents[0].parameterNames.filter { !$0.hasPrefix(parents[0].logitNode.id) }
        for name in hidden { #expect(try (outcome.network.parameter(name) - parents[0].parameter(name)).magnitude().maximum().item() == 0) }
    }

    @Test("a control with more parameters than the fused network is shown and never returned")
    func larger() throws {
        let both = try suite.parents(.perceptron)
        let outcome = try fused(both, suite.inputs(.perceptron, 600), "samples=300", "inputs=300", "width=0.25")
        #expect(outcome.controls?.best.base == .fused)
        #expect(outcome.notes.contains { $0.contains("(larger)") })
    }

    @Test("a plan that was edited is carried out, and a control that is better is named")
    func fixedPlan() throws {
        let parents = try suite.parents(.perceptron)
        let group = try #require(parents[0].groups.hidden.first?.name)
        let outcome = try fused(parents, suite.inputs(.perceptron, 600), "samples=300", "inputs=300", "\(group)/selection=energy")
        #expect(outcome.controls?.best.base == .fused)
    }

    @Test("few samples are divided, and the best network is fitted on all of them in the end", arguments: [8, 120])
    func few(count: Int) throws {
        let both = try suite.parents(.perceptron), samples = try suite.inputs(.perceptron, count)
        let outcome = try fused(both, samples, "inputs=200")
        #expect(outcome.controls?.heldOut?.samples == count / 4)
        #expect(
            outcome.notes.contains {
                $0.contains("\(count - count / 4) samples to fit on, \(count / 4) held out") && $0.contains("fitted on all \(count)")
            })
        let plain = try fused(both, samples, "inputs=200", "controls=none")
        if outcome.controls?.best.base == .fused { #expect(try distance(outcome.network, plain.network) == 0) }
    }

    @Test("one sample cannot be divided: the fused network is returned without a comparison")
    func one() throws {
        let outcome = try fused(suite.parents(.perceptron), suite.inputs(.perceptron, 1), "inputs=50")
        #expect(outcome.controls == nil && outcome.notes.contains { $0.hasPrefix("not compared with controls") })
    }

    @Test("a distillation starts from the closest candidate, and the best parent is distilled as long beside it")
    func distilled() throws {
        let both = try suite.parents(.perceptron)
        let outcome = try fused(
            both, suite.inputs(.perceptron, 600), "samples=300", "inputs=600", "refine=automatic", "refine-updates=40")
        let controls = try #require(outcome.controls), refined = controls.candidates.filter(\.isRefined)
        #expect(!refined.isEmpty)
        #expect(controls.best.score?.divergence == controls.candidates.compactMap { $0.score?.divergence }.min())
        #expect(refined.contains { if case .parent = $0.base { true } else { $0.base == .fused } })
    }

    @Test("fused twice, the same network comes out to the last bit", arguments: ["refine=none", "refine=automatic"])
    func sameBits(refine: String) throws {
        let both = try suite.parents(.lenet), samples = try suite.inputs(.lenet, 60)
        let one = try fused(both, samples, "inputs=120", refine, "refine-updates=10"),
            other = try fused(both, samples, "inputs=120", refine, "refine-updates=10")
        #expect(try distance(one.network, other.network) == 0 && one.controls?.best.name == other.controls?.best.name)
    }

    @Test("beside other methods the controls are rows of a report, and the fused network is returned")
    func rows() throws {
        let both = try suite.parents(.perceptron), samples = try suite.inputs(.perceptron, 600)
        let fuser = try Fuser(parents: both, recipe: Recipe(method: OTFusion.method), inputs: samples)
        let outcome = try fuser.fuse(), beside = try fuser.compared(outcome)
        #expect(outcome.controls == nil && beside.controls?.candidates.count == 6)
        #expect(try distance(outcome.network, beside.network) == 0)
    }
}
