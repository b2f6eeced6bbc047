import Networks
import Tensors
import Testing
@testable import Fusion

@Suite("Repair after fusion") struct RepairTests {
    private func images(_ count: Int, seed: UInt64) throws -> TensorInputs {
        TensorInputs(values: try Tensor.normal([count, 2, 6, 6], generator: Generator(seed: seed)) + 1)
    }

    private func parents(_ kind: SampleNetwork) throws -> [Network] { [try kind.network(seed: 1), try kind.network(seed: 2)] }

    @Test("statistics are re-estimated by default wherever the network has them, and the report says from what")
    func byDefault() throws {
        let parents = try parents(.vgg), samples = try images(64, seed: 5)
        let repaired = try Fuser(parents: parents, recipe: recipe("source=weights"), inputs: samples).fuse()
        let carried = try Fuser(parents: parents, recipe: recipe("source=weights", "repair=none"), inputs: samples).fuse()
        #expect(repaired.notes.contains { $0.contains("re-estimated from 64 unlabelled samples") })
        #expect(!carried.notes.contains { $0.contains("re-estimated") })
        let seen = try #require(try repaired.network.values(of: ["conv1"], given: [Architecture.input: samples.values])["conv1"])
        let mean = try seen.transposed(0, 1).reshaped([6, -1]).mean(axes: [1])
        // One batch of 64: the running mean is its mean, in single precision.
        #expect(try (mean - repaired.network.parameter("norm1.running_mean")).magnitude().maximum().item() < 1e-5)
        #expect(try distance(repaired.network, carried.network) > 1e-3)
    }

    @Test("without samples the statistics stay, and the report says so")
    func withoutSamples() throws {
        let outcome = try Fuser(parents: parents(.vgg), recipe: recipe("source=weights")).fuse()
        #expect(outcome.notes.contains { $0.contains("not re-estimated") })
        #expect(throws: FusionError.noSamples(method: "REPAIR")) {
            try Fuser(parents: parents(.lenet), recipe: recipe("source=weights", "repair=repair")).fuse()
        }
    }

    @Test("REPAIR gives each hidden neuron the mean and deviation its parents have on average")
    func meetsItsGoal() throws {
        let parents = try parents(.perceptron), samples = try images(200, seed: 8)
        let made = try recipe("source=weights", "repair=repair", "blend=0.3")
        let outcome = try Fuser(parents: parents, recipe: made, inputs: samples).fuse()
        func spread(_ network: Network, _ node: String) throws -> (mean: [Double], deviation: [Double]) {
            let values = try #require(try network.values(of: [node], given: [Architecture.input: samples.values])[node])
            return (
                try values.mean(axes: [0]).array(of: Double.self),
                try values.standardDeviation(axes: [0], unbiased: false).array(of: Double.self)
            )
        }
        for node in ["fc1", "fc2"] {
            let fused = try spread(outcome.network, node)
            let group = try #require(outcome.plan.groups.first { $0.group.name == node })
            // Plans between equal widths with equal masses are permutations: neuron j's partner is the row of column j.
            var partner = [Int](repeating: 0, count: group.neurons)
            group.couplings[0].plan.forEachEntry { row, column, _ in partner[column] = row }
            let (a, b) = (try spread(parents[0], node), try spread(parents[1], node))
            for neuron in 0..<group.neurons {
                let goal = 0.7 * a.deviation[partner[neuron]] + 0.3 * b.deviation[neuron]
                // Single precision through two layers.
                #expect(abs(fused.deviation[neuron] - goal) < 1e-4 * goal)
                #expect(abs(fused.mean[neuron] - (0.7 * a.mean[partner[neuron]] + 0.3 * b.mean[neuron])) < 1e-4 * (1 + goal))
            }
        }
    }

    @Test(
        "REPAIR changes nothing where nothing is wrong: a parent fused with its own permuted copy",
        arguments: [SampleNetwork.perceptron, .lenet, .residual])
    func leavesARightAnswer(kind: SampleNetwork) throws {
        let parent = try kind.network(seed: 3), samples = try images(64, seed: 2)
        let parents = [try shuffled(parent, seed: 7), parent]
        let repaired = try Fuser(parents: parents, recipe: recipe("source=weights", "repair=repair"), inputs: samples).fuse()
        #expect(try distance(repaired.network, parent) < 1e-5 && repaired.notes.contains { $0.contains("no repair") })
        // What it would have done to the layers.
        let carried = try Fuser(parents: parents, recipe: recipe("source=weights", "repair=none"), inputs: samples).fuse()
        let rescaled = try Rescaling(
            parents: ParentSet(parents, reference: 1), batches: SampleBatches(samples, atMost: 64, size: 64, method: "a test")
        ).applied(to: carried, control: FusionControl())
        let (ours, theirs) = (try rescaled.network(samples.values), try parent(samples.values))
        // Rounding of single precision, relative to the logits' size.
        #expect(try (ours - theirs).magnitude().maximum().item() < 2e-4 * (1 + theirs.magnitude().maximum().item()))
    }
}
