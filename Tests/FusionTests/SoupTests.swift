import Hyperparameters
import Networks
import Tensors
import Testing
@testable import Fusion

@Suite("Siblings, soups and Fisher-weighted averages") struct SoupTests {
    /// Networks a little apart from one start, each by its own noise.
    private func siblings(_ count: Int, noise: Double = 0.05, kind: String = "perceptron") throws -> [Network] {
        let base = try base(kind)
        return try (1...count).map { index in
            let generator = try Generator(seed: UInt64(index))
            var parameters = base.parameters
            for name in base.trainedNames {
                let value = try base.parameter(name)
                parameters[name] = try value + Tensor.normal(value.shape, generator: generator) * noise
            }
            return try base.with(parameters: parameters)
        }
    }

    private func base(_ kind: String) throws -> Network {
        switch kind {
        case "residual": try SmallNetworks.residual(seed: 1)
        case "convolutional": try SmallNetworks.convolutional(seed: 1)
        default: try MultilayerPerceptron.fresh(widths: [12, 16, 9, 4], bias: true, seed: 1)
        }
    }

    private func samples(_ count: Int) throws -> LabelledInputs { try labelledInputs(count, width: 12, classes: 4, seed: 3) }

    /// The mean of some networks, by hand.
    private func mean(_ networks: [Network]) throws -> Network {
        var parameters = networks[0].parameters
        for name in networks[0].parameterNames {
            parameters[name] =
                try networks.dropFirst().reduce(networks[0].parameter(name)) { try $0 + $1.parameter(name) } / Double(networks.count)
        }
        return try networks[0].with(parameters: parameters)
    }

    private func accuracy(_ network: Network, _ inputs: LabelledInputs) throws -> Double {
        let named = try network(inputs.values).largestIndex(axis: 1).array(of: Int.self)
        return Double(zip(named, inputs.classes ?? []).count { $0 == $1 }) / Double(named.count)
    }

    @Test("parents with a common start are seen, and averaging is recommended", arguments: ["perceptron", "convolutional", "residual"])
    func recognised(kind: String) throws {
        let parents = try siblings(3, kind: kind)
        let siblings = try #require(try Siblings(ParentSet(parents, reference: 2)))
        #expect(siblings.distance > 0.01 && siblings.distance < 0.9)
        let note = siblings.note(method: "reconstruct")
        #expect(note.contains("--method average") && note.contains("soup") && note.contains("fisher"))
        #expect(!siblings.note(method: "average").contains("--method"))
    }

    @Test(
        "networks of other starts, permuted copies and other widths are no siblings",
        arguments: ["perceptron", "convolutional", "residual"])
    func notRecognised(kind: String) throws {
        let base = try base(kind)
        let other =
            switch kind {
            case "residual": try SmallNetworks.residual(seed: 2)
            case "convolutional": try SmallNetworks.convolutional(seed: 2)
            default: try MultilayerPerceptron.fresh(widths: [12, 16, 9, 4], bias: true, seed: 2)
            }
        #expect(try Siblings(ParentSet([base, other], reference: 1)) == nil)
        #expect(try Siblings(ParentSet([base, shuffled(base, seed: 4)], reference: 1)) == nil)
        let narrow = try MultilayerPerceptron.fresh(widths: [12, 8, 9, 4], bias: true, seed: 2)
        if kind == "perceptron" { #expect(try Siblings(ParentSet([base, narrow], reference: 1)) == nil) }
    }

    @Test("the report of any method names siblings once, and says nothing of others")
    func noted() throws {
        let inputs = try samples(60)
        for method in ["otfusion", "average", "soup"] {
            let outcome = try Fuser(parents: siblings(2), recipe: recipe(method: Methods.named(method)), inputs: inputs).fuse()
            #expect(outcome.notes.count { $0.contains("siblings") } == 1)
        }
        let others = [try siblings(1)[0], try MultilayerPerceptron.fresh(widths: [12, 16, 9, 4], bias: true, seed: 9)]
        let outcome = try Fuser(parents: others, recipe: recipe("source=weights"), inputs: inputs).fuse()
        #expect(!outcome.notes.contains { $0.contains("siblings") })
    }

    @Test("a greedy soup takes parents best first and keeps each that does not lower the accuracy", arguments: [0.05, 0.4, 0.8])
    func greedy(noise: Double) throws {
        let parents = try siblings(5, noise: noise), inputs = try samples(200)
        let outcome = try Fuser(parents: parents, recipe: recipe(method: Souping.method), inputs: inputs).fuse()
        // By hand.
        let own = try parents.map { try accuracy($0, inputs) }
        var order = own.indices.sorted { own[$0] == own[$1] ? $0 < $1 : own[$0] > own[$1] }
        // Equal accuracies go by the divergence from the teacher; the reports's order says how.
        let note = try #require(outcome.notes.first { $0.hasPrefix("greedy soup by accuracy") })
        let letters = note.split(separator: ":")[1].split(separator: ";")[0].split(separator: ",").compactMap {
            $0.split(separator: " ").first
        }
        let listed = letters.compactMap { letter in (0..<5).first { FusionError.letter($0) == letter } }
        #expect(listed.map { own[$0] } == order.map { own[$0] })
        order = listed
        var kept = [order[0]], best = own[order[0]]
        for parent in order.dropFirst() {
            let score = try accuracy(mean((kept + [parent]).map { parents[$0] }), inputs)
            if score >= best { (kept, best) = (kept + [parent], score) }
        }
        #expect(outcome.weights == (0..<5).map { kept.contains($0) ? 1 / Double(kept.count) : 0 })
        #expect(try distance(outcome.network, mean(kept.map { parents[$0] })) < 1e-6)
        #expect(try accuracy(outcome.network, inputs) >= own.max() ?? 1)
    }

    @Test("without labels the score is the divergence from the teacher, and the soup's is at most that of the best parent")
    func unlabelled() throws {
        let parents = try siblings(4, noise: 0.3), inputs = TensorInputs(values: try samples(150).values)
        let outcome = try Fuser(parents: parents, recipe: recipe(method: Souping.method), inputs: inputs).fuse()
        #expect(outcome.notes.contains { $0.contains("divergence from the teacher, because the samples have no labels") })
        let set = try ParentSet(parents, reference: 3)
        let score = try SoupScore(
            parents: set, source: inputs, samples: 150, knownShares: nil, weighting: ClassPriorWeighting(.known), seed: 0, method: "a test",
            control: FusionControl())
        let best = try parents.map { try score.value(of: $0, control: FusionControl()) }.max()
        #expect(try score.value(of: outcome.network, control: FusionControl()).score >= #require(best).score)
    }

    @Test("a parent that no mean reaches is returned as it is, statistics and all")
    func alone() throws {
        let good = try SmallNetworks.residual(seed: 1), images = try SmallNetworks.images(60, seed: 3)
        let named = try good(images.values).largestIndex(axis: 1).array(of: Int.self)
        let labelled = LabelledInputs(values: images.values, classes: named)
        let outcome = try Fuser(
            parents: [SmallNetworks.residual(seed: 2), good], recipe: recipe(method: Souping.method), inputs: labelled
        ).fuse()
        // The labels are those that the second parent gives.
        if outcome.weights == [0, 1] {
            #expect(try distance(outcome.network, good) == 0)
            #expect(outcome.notes.contains { $0.contains("returned as it is") } && !outcome.notes.contains { $0.contains("re-estimated") })
        } else {
            // A mean that answers every sample as it does.
            let wanted = try outcome.network(images.values).largestIndex(axis: 1).array(of: Int.self)
            #expect(wanted == named)
        }
    }

    @Test("siblings that were permuted are averaged after align=weights", arguments: ["soup", "fisher"])
    func aligned(method: String) throws {
        let parents = try siblings(2), inputs = try samples(100)
        let plain = try Fuser(parents: parents, recipe: recipe("reference=first", method: Methods.named(method)), inputs: inputs).fuse()
        let moved = [parents[0], try shuffled(parents[1], seed: 5)]
        let outcome = try Fuser(
            parents: moved, recipe: recipe("reference=first", "align=weights", method: Methods.named(method)), inputs: inputs
        ).fuse()
        let (ours, theirs) = (try outcome.network(inputs.values), try plain.network(inputs.values))
        #expect(try (ours - theirs).magnitude().maximum().item() < 1e-4)
    }

    // MARK: Fisher

    /// ∂ log p(y | x) / ∂z = e_y − p, and a linear layer's gradient is its outer product with x: the expectation over y ~ p by hand.
    @Test("the Fisher information of a linear layer is that of its softmax", arguments: ["expected", "sampled"])
    func information(labels: String) throws {
        let network = try MultilayerPerceptron.fresh(widths: [3, 4], bias: true, seed: 7)
        let count = labels == "expected" ? 5 : 4000
        let inputs = TensorInputs(values: try Tensor.normal([5, 3], generator: Generator(seed: 2)))
        // The same five samples again and again, so that the draws approach the expectation.
        let repeated = TensorInputs(values: try Tensor.concatenated([Tensor](repeating: inputs.values, count: count / 5)))
        let fisher = FisherAverage(
            inputs: repeated, samples: count, labels: try #require(FisherAverage.Labels(rawValue: labels)), floor: 0.01,
            weights: [0.5, 0.5], seed: 1)
        let found = try fisher.fisher(of: network, control: FusionControl())
        let x = try inputs.values.array(of: Float.self).map(Double.init)
        let p = try network(inputs.values).converted(to: .float64).softmax(axis: 1).array(of: Double.self)
        var weight = [Double](repeating: 0, count: 12), bias = [Double](repeating: 0, count: 4)
        for sample in 0..<5 {
            for label in 0..<4 {
                for neuron in 0..<4 {
                    let gradient = (label == neuron ? 1 : 0) - p[sample * 4 + neuron]
                    bias[neuron] += p[sample * 4 + label] * gradient * gradient / 5
                    for input in 0..<3 {
                        let own = gradient * x[sample * 3 + input]
                        weight[neuron * 3 + input] += p[sample * 4 + label] * own * own / 5
                    }
                }
            }
        }
        // Single-precision gradients; the draws' standard error is a few percent of the largest.
        let tolerance = labels == "expected" ? 1e-5 : 0.1 * (weight.max() ?? 0)
        let names = network.trainedNames
        for (name, wanted) in zip(names, [weight, bias]) {
            let ours = try #require(found[name]).array(of: Double.self)
            for (one, other) in zip(ours, wanted) { #expect(abs(one - other) < tolerance, "\(name)") }
        }
    }

    @Test("each parameter is weighted by the parents' Fisher information above the floor", arguments: [1e-3, 0.5])
    func weighted(floor: Double) throws {
        let parents = try siblings(2, noise: 0.2), inputs = try samples(40)
        let outcome = try Fuser(
            parents: parents,
            recipe: recipe("fisher-labels=expected", "fisher-floor=\(floor)", "weights=1,3", method: FisherMerging.method), inputs: inputs
        ).fuse()
        let fisher = FisherAverage(inputs: inputs, samples: 40, labels: .expected, floor: floor, weights: [0.25, 0.75], seed: 0)
        let information = try parents.map { try fisher.fisher(of: $0, control: FusionControl()) }
        var sum = 0.0, count = 0
        for own in information {
            for value in own.values { (sum, count) = (try sum + value.sum().item(), count + value.count) }
        }
        let least = floor * sum / Double(count)
        for name in parents[0].parameterNames {
            let (f, g) = (try #require(information[0][name]) + least, try #require(information[1][name]) + least)
            let wanted =
                try
                (f * parents[0].parameter(name).converted(to: .float64) * 0.25 + g * parents[1].parameter(name).converted(to: .float64)
                * 0.75)
                / (f * 0.25 + g * 0.75)
            #expect(try (wanted - outcome.network.parameter(name).converted(to: .float64)).magnitude().maximum().item() < 1e-6)
        }
        #expect(outcome.notes.contains { $0.hasPrefix("Fisher information from 40 samples") })
    }

    @Test("a large floor gives the plain average, and one seed gives the same bits twice")
    func limits() throws {
        let parents = try siblings(2, noise: 0.2), inputs = try samples(40)
        let flat = try Fuser(parents: parents, recipe: recipe("fisher-floor=1000", method: FisherMerging.method), inputs: inputs).fuse()
            .network
        // Information of a hundred times the mean still weighs a tenth of the floor.
        #expect(try distance(flat, mean(parents)) < 0.02)
        let twice = try (0..<2).map { _ in
            try Fuser(parents: parents, recipe: recipe(method: FisherMerging.method), inputs: inputs).fuse().network
        }
        #expect(try distance(twice[0], twice[1]) == 0 && distance(twice[0], flat) > 1e-4)
    }
}
