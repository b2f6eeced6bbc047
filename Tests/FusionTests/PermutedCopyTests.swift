import Hyperparameters
import Networks
import Tensors
import Testing
@testable import Fusion

@Suite("Permuted copies of one network") struct PermutedCopyTests {
    static let kinds = ["perceptron", "convolutional", "homogeneous", "residual"]

    private func network(_ kind: String) throws -> Network {
        switch kind {
        case "perceptron": try MultilayerPerceptron.fresh(widths: [12, 16, 9, 4], bias: true, seed: 1)
        case "convolutional": try SmallNetworks.convolutional(seed: 1)
        case "homogeneous": try SmallNetworks.homogeneous(seed: 1)
        default: try SmallNetworks.residual(seed: 1)
        }
    }

    private func samples(_ kind: String, _ count: Int) throws -> LabelledInputs {
        try kind == "perceptron" ? labelledInputs(count, width: 12, classes: 4, seed: 3) : SmallNetworks.images(count, seed: 3)
    }

    /// The largest difference of the logits, relative to the largest logit where that is above 1.
    private func difference(_ fused: Network, _ parent: Network, on x: Tensor) throws -> Double {
        let wanted = try parent(x)
        return try (fused(x) - wanted).magnitude().maximum().item() / max(1, wanted.magnitude().maximum().item())
    }

    @Test(
        "a network fused with a permuted copy of itself is given back by the methods' defaults, from many samples or few",
        arguments: ["hf", "kf", "kf-gradient"], kinds)
    func givenBack(method: String, kind: String) throws {
        let parent = try network(kind), other = try samples(kind, 300).values
        for count in [200, 8] {
            let outcome = try Fuser(
                parents: [parent, shuffled(parent, seed: 2)], recipe: recipe(method: Methods.named(method)), inputs: samples(kind, count)
            ).fuse()
            #expect(try difference(outcome.network, parent, on: other) < 1e-3, "\(count) samples")
        }
    }

    @Test("a ridge towards zero, as published, gives another network back", arguments: ["hf", "kf"])
    func towardsZero(method: String) throws {
        let parent = try network("perceptron"), samples = try samples("perceptron", 200)
        let outcome = try Fuser(
            parents: [parent, shuffled(parent, seed: 2)], recipe: recipe("ridge-towards=zero", method: Methods.named(method)),
            inputs: samples
        ).fuse()
        #expect(try difference(outcome.network, parent, on: samples.values) > 1e-3)
    }

    /// A fit of 4 + 3 neurons of two parents on random inputs, of which some are alike.
    @Test("the fit shrinks towards the given weights, and its geometry is that of the lengthened system", arguments: [(60, 9), (6, 9)])
    func closedForm(rows: Int, inputs: Int) throws {
        let generator = try Generator(seed: 4)
        func random(_ shape: [Int]) throws -> Tensor { try Tensor.normal(shape, generator: generator).converted(to: .float64) }
        let design = try random([rows, inputs]), targets = try random([rows, 7]),
            parts = [try random([inputs, 4]), try random([inputs, 3])]
        var system = NormalEquations(inputs: inputs, targets: 7, expectedRows: rows, prior: RegressionPrior(parts: parts))
        for (start, count) in [(0, 4), (4, rows - 4)] {
            try system.add(
                design.narrowed(axis: 0, from: start, count: count), targets.narrowed(axis: 0, from: start, count: count))
        }
        let fit = try system.solved(by: .ridge(relative: 0.3)), identity = try Tensor.identity(7, dtype: .float64)
        // The same as a plain system: √λ times the unit matrix below D, and √λ W₀ below the targets.
        let ridge = try 0.3 * design.squared().sum().item() / Double(inputs), prior = try Tensor.concatenated(parts, axis: 1)
        #expect(abs(fit.ridge - ridge) < 1e-9 * ridge)
        let long = try Tensor.concatenated([design, Tensor.identity(inputs, dtype: .float64) * ridge.squareRoot()])
        let wanted = try Tensor.concatenated([targets, prior * ridge.squareRoot()])
        let weights = try long.leastSquares(wanted, cutoff: 1e-14)
        #expect(try (fit.weights(of: identity) - weights).magnitude().maximum().item() < 1e-9)
        let given = try long.matmul(weights), left = try (wanted - given).squared().sum(axes: [0]).array(of: Double.self)
        for first in 0..<7 {
            #expect(abs(fit.geometry.residuals[first] - left[first]) < 1e-8)
            for second in 0..<7 {
                let apart = try (given.narrowed(axis: 1, from: first, count: 1) - given.narrowed(axis: 1, from: second, count: 1))
                    .squared().sum().item()
                #expect(abs(fit.geometry.squaredDistance(first, second) - apart) < 1e-8)
            }
        }
    }

    @Test(
        "batch-norm statistics of exact matches are kept, bit for bit, and the report says so",
        arguments: ["hf", "kf-gradient", "otfusion", "git-rebasin"], ["convolutional", "residual"])
    func statisticsKept(method: String, kind: String) throws {
        let parent = try network(kind), samples = try samples(kind, 40), copy = try shuffled(parent, seed: 2)
        let recipe = try recipe(method: Methods.named(method))
        let outcome = try Fuser(parents: [parent, copy], recipe: recipe, inputs: samples).fuse()
        #expect(outcome.notes.contains { $0.contains("statistics were kept") } && !outcome.notes.contains { $0.contains("re-estimated") })
        #expect(try difference(outcome.network, parent, on: samples.values) < 1e-3)
        // Another network in the place of the copy: statistics are estimated.
        let second = try kind == "residual" ? SmallNetworks.residual(seed: 5) : SmallNetworks.convolutional(seed: 5)
        let fused = try Fuser(parents: [parent, second], recipe: recipe, inputs: samples).fuse()
        #expect(fused.notes.contains { $0.contains("re-estimated from 40") } && !fused.notes.contains { $0.contains("were kept") })
    }

    @Test("the report holds the class shares themselves, whatever their exponent", arguments: ["auto", "0", "2"])
    func classShares(exponent: String) throws {
        let shares = [[0.8, 0.5, 0.25, 1], [0.2, 0.5, 0.75, 0]], samples = try samples("perceptron", 50)
        let parents = try (1...2).map { try MultilayerPerceptron.fresh(widths: [12, 16, 9, 4], bias: true, seed: UInt64($0)) }
        let recipe = try recipe("prior-exponent=\(exponent)", "inputs=200", method: Reconstruction.method)
        let outcome = try Fuser(parents: parents, recipe: recipe, inputs: samples, classShares: shares).fuse()
        #expect(outcome.reconstruction?.classShares == shares)
        let weighting = ClassPriorWeighting(recipe.settings)
        let inputs = try ExpandedInputs(
            samples, samples: 50, inputs: 50, augmentation: .none, seed: 0, method: "a test", parents: ParentSet(parents, reference: 0))
        let teacher = try weighting.teacher(
            of: ParentSet(parents, reference: 0), known: shares, on: inputs, control: FusionControl())
        let power = ["auto": 0.5, "0": 0, "2": 2][exponent] ?? .nan
        for label in 0..<4 {
            let powered = shares.map { power == 0 ? 1 : power == 2 ? $0[label] * $0[label] : $0[label].squareRoot() }
            let total = powered.reduce(0, +)
            for parent in 0..<2 { #expect(abs(teacher.shares[parent][label] - powered[parent] / total) < 1e-12) }
        }
        let note = weighting.note(isKnown: true, parents: 2)
        #expect(note.contains("equally") == (exponent == "0"))
    }
}
