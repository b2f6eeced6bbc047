@testable import Fusion
import Networks
import Tensors
import Testing

@Suite("The weight of the other parents") struct ClosestParentTests {
    private let reconstruction = ReconstructionTests()

    /// Neurons kept of each parent, over all groups.
    private func kept(_ outcome: FusionOutcome) throws -> [Int] {
        let groups = try #require(outcome.reconstruction).groups
        return groups[0].kept.indices.map { parent in groups.reduce(0) { $0 + $1.kept[parent].count } }
    }

    private func bits(_ outcome: FusionOutcome) throws -> [[Float]] {
        try outcome.network.parameterNames.map { try outcome.network.parameter($0).converted(to: .float32).array(of: Float.self) }
    }

    @Test("the smaller the weight, the fewer neurons the other parents give")
    func fewer() throws {
        let parents = try [1, 2].map { try SampleNetwork.perceptron.network(seed: $0, width: 8) }
        let samples = try reconstruction.inputs(.perceptron, 200)
        let counts = try ["1", "0.35", "0.05"].map {
            try kept(reconstruction.fuse(parents, samples, shares: reconstruction.alike(parents), "samples=200", "others-weight=\($0)"))
        }
        // Which of the two is closest is the samples' affair.
        let others = counts.map { $0.min() ?? 0 }
        #expect(others[0] > others[1] && others[1] > others[2], "\(counts)")
        #expect(Set(counts.map { $0.reduce(0, +) }).count == 1)
    }

    @Test("auto is 1 without residual sums and 0.35 with them: the same bits as when written out, and a note says so")
    func automatic() throws {
        for (kind, word) in [(SampleNetwork.perceptron, "1"), (.residual, "0.35")] {
            let parents = try reconstruction.parents(kind), samples = try reconstruction.inputs(kind, 60)
            let own = try reconstruction.fuse(parents, samples, "samples=60", "inputs=60")
            let written = try reconstruction.fuse(parents, samples, "samples=60", "inputs=60", "others-weight=\(word)")
            #expect(try bits(own) == bits(written))
            #expect(own.notes.contains { $0.contains("others-weight=1 counts all alike") } == (word != "1"))
        }
    }

    @Test("the closest parent is the one whose features give the teacher's answers, in whatever place it stands")
    func closest() throws {
        let able = try SampleNetwork.perceptron.network(seed: 1), samples = try reconstruction.inputs(.perceptron, 300)
        // All but one of the first layer's neurons are dead.
        let name = try #require(able.parameterNames.first), weight = try able.parameter(name), neurons = weight.shape[0]
        let mask = try Tensor((0..<neurons).map { $0 == 0 ? 1.0 : 0 }, shape: [neurons, 1]).converted(to: .float32)
        let poor = try able.with(parameters: able.parameters.merging([name: weight * mask]) { $1 })
        for (parents, place) in [([able, poor], 0), ([poor, able], 1)] {
            let outcome = try reconstruction.fuse(
                parents, samples, shares: reconstruction.alike(parents), "samples=300", "others-weight=0.5")
            let weights = try #require(outcome.reconstruction?.groups.first?.weights)
            #expect(weights[place] == 1 && weights[1 - place] == 0.5)
        }
    }

    @Test("errors are shares of the variance of all neurons, however they are weighted")
    func errors() throws {
        let rows = try Tensor.normal([200, 12], generator: Generator(seed: 3), dtype: .float64)
        let gram = try rows.transposed(0, 1).matmul(rows)
        let weights = [Double](repeating: 1, count: 6) + [Double](repeating: 0.05, count: 6)
        let weighted = try SubsetRule.qr.selection(gram: gram, block: 1, wanted: 6, isSingle: false, weights: weights, energies: [])
        #expect(weighted.order.sorted() == Array(0..<6))
        let given = try PivotedSelection(gram: gram, block: 1, wanted: 6, given: weighted.order)
        #expect(weighted.errors == given.errors)
        // Half of the neurons, of which none tells anything of the others, leave about the other half of the variance.
        #expect(try #require(weighted.errors.last) > 0.3)
    }

    @Test("a plan by itself weights the parents as a whole fusion does")
    func planAlone() throws {
        let parents = try reconstruction.parents(.residual), samples = try reconstruction.inputs(.residual, 60)
        var recipe = Recipe(method: try Methods.named("reconstruct"))
        for text in ["samples=60", "inputs=60"] { try recipe.apply(assignment: text) }
        let fuser = try Fuser(parents: parents, recipe: recipe, inputs: samples)
        let alone = try fuser.plan(), whole = try fuser.fuse().plan
        for (one, other) in zip(alone.groups, whole.groups) {
            #expect(one.couplings.map(\.plan.entries.count) == other.couplings.map(\.plan.entries.count), "\(one.group.name)")
        }
    }
}
