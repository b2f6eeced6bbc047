import Foundation
@testable import Fusion
import Networks
import Synchronization
import Tensors
import Testing

@Suite("Refinement") struct RefinementTests {
    let suite = ReconstructionTests()

    @Test(
        "a refinement follows any method, and brings the fused network nearer to the teacher",
        arguments: ["otfusion", "transplant", "hf", "kf", "git-rebasin", "average", "reconstruct"],
        ["head", "gauss-newton", "distillation"])
    func followsEveryMethod(method: String, refine: String) throws {
        let both = try suite.parents(.perceptron), samples = try suite.inputs(.perceptron, 200)
        var knobs = ["refine=\(refine)", "inputs=400"] + (refine == "distillation" ? ["refine-updates=60", "refine-rate=0.001"] : [])
        if ["hf", "kf"].contains(method) { knobs.append("importance=l2") }
        // From the regression's output layer, which is not yet the nearest one.
        if method == "reconstruct" { knobs += ["head=teacher", "controls=none"] }
        var recipe = Recipe(method: try Methods.named(method))
        for text in knobs { try recipe.apply(assignment: text) }
        let after = try Fuser(parents: both, recipe: recipe, inputs: samples).fuse()
        try recipe.apply(assignment: "refine=none")
        let before = try Fuser(parents: both, recipe: recipe, inputs: samples).fuse()
        let teacher = try Teacher(parents: ParentSet(both, reference: 0), shares: nil)
        func divergence(_ network: Network) throws -> Double {
            let wanted = try teacher.probabilities(teacher.logits(samples.values), temperature: 1)
            return try (wanted * (wanted.logarithm() - network(samples.values).converted(to: .float64).logSoftmax(axis: 1))).sum().item()
        }
        #expect(try divergence(after.network) < divergence(before.network) * (method == "reconstruct" && refine == "head" ? 1.01 : 1))
        #expect(after.reconstruction?.agreement != nil)
    }

    @Test("a Gauss–Newton step is the one that dense matrices give")
    func denseStep() throws {
        let both = try (1...2).map {
            try MultilayerPerceptron.fresh(widths: [3, 4, 3], bias: true, seed: UInt64($0)).converted(to: .float64)
        }
        let x = try Tensor.normal([30, 3], generator: Generator(seed: 4), dtype: .float64)
        let teacher = try Teacher(parents: ParentSet(both, reference: 0), shares: nil)
        let inputs = try ExpandedInputs(TensorInputs(values: x), samples: 30, count: 30, augmentation: .none, seed: 0, method: "")
        var newton = GaussNewton(teacher: teacher, inputs: inputs)
        newton.steps = 1
        newton.iterations = 400
        let start = both[0]
        let (refined, account) = try newton.refined(start, control: FusionControl())
        let l = try #require(account.damping.first), length = try #require(account.lengths.first)

        // J, one row for each sample and class, by differentiating every logit by itself.
        let vector = try ParameterVector(start, names: start.trainedNames), variables = try vector.variables()
        let logits = try start.logits(x, Dictionary(uniqueKeysWithValues: zip(vector.names, variables)))
        var system = [[Double]](repeating: [Double](repeating: 0, count: vector.count), count: vector.count),
            right = [Double](repeating: 0, count: vector.count)
        let wanted = try ReconstructionReference.rows(teacher.probabilities(teacher.logits(x), temperature: 2))
        let answers = try ReconstructionReference.rows((logits.detached() / 2).softmax(axis: 1))
        for row in 0..<30 {
            var j: [[Double]] = []
            for label in 0..<3 {
                let one = try logits.selected(axis: 0, at: row).selected(axis: 0, at: label)
                j.append(try vector.flattened(one.optionalGradients(of: variables, keepingGraph: true)).array(of: Double.self))
            }
            let s = answers[row]
            for a in 0..<3 {
                for i in right.indices { right[i] += j[a][i] * 2 * (wanted[row][a] - s[a]) }
                for b in 0..<3 {
                    let m = (a == b ? s[a] + 0.02 : 0) - s[a] * s[b]
                    for i in right.indices { for k in right.indices { system[i][k] += j[a][i] * m * j[b][k] } }
                }
            }
        }
        for i in right.indices { system[i][i] += l }
        let matrix = try Tensor(system.flatMap { $0 }, shape: [right.count, right.count])
        let step = try matrix.solved(Tensor(right, shape: [right.count, 1])).reshaped([-1]) * length
        let moved = try ParameterVector(refined, names: start.trainedNames).values - vector.values
        // Far more iterations than the 31 unknowns, in double precision; damping leaves directions some 10⁶ times weaker than others.
        #expect(try (moved - step).magnitude().maximum().item() < 1e-5 * max(1, step.magnitude().maximum().item()))
    }

    @Test(
        "a Gauss–Newton step is the same whether inputs and graphs are kept or made again, in batches of any size",
        arguments: [SampleNetwork.perceptron, .vgg])
    func stepInBatches(kind: SampleNetwork) throws {
        let both = try suite.parents(kind).map { try $0.converted(to: .float64) },
            x = try suite.inputs(kind, 230).values.converted(to: .float64)
        let teacher = try Teacher(parents: ParentSet(both, reference: 0), shares: nil)
        let inputs = try ExpandedInputs(TensorInputs(values: x), samples: 230, count: 300, augmentation: .none, seed: 0, method: "")
        var whole = GaussNewton(teacher: teacher, inputs: inputs)
        (whole.steps, whole.iterations, whole.damping) = (1, 5, 0.1)
        var sparing = whole
        (sparing.keptInputs, sparing.keptGraphs) = (30_000, 100_000)
        let one = try whole.refined(both[0], control: FusionControl()).network
        #expect(try distance(one, sparing.refined(both[0], control: FusionControl()).network) == 0)
        sparing.graphAtOnce = 200_000
        // l is estimated by signs drawn batch by batch, so that other batches give a slightly different one.
        #expect(try distance(one, sparing.refined(both[0], control: FusionControl()).network) < 0.05 * distance(one, both[0]))
    }

    @Test(
        "every Gauss–Newton step lowers the loss, whatever the layers",
        arguments: [SampleNetwork.perceptron, .vgg, .residual, .transformer])
    func lossFalls(kind: SampleNetwork) throws {
        let outcome = try suite.fuse(suite.parents(kind), suite.inputs(kind, 100), "refine=gauss-newton", "inputs=100", "samples=100")
        let losses = try #require(outcome.reconstruction?.refinement)
        #expect(losses.count > 1 && zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
    }

    @Test(
        "automatic refinement of networks with convolutions or attention is by distillation", arguments: [SampleNetwork.vgg, .transformer])
    func automatic(kind: SampleNetwork) throws {
        let outcome = try suite.fuse(
            suite.parents(kind), suite.inputs(kind, 80), "refine=automatic", "refine-updates=40", "inputs=200", "controls=none")
        #expect(outcome.notes.contains { $0.contains("distillation steps") })
        let losses = try #require(outcome.reconstruction?.refinement)
        #expect(losses.last ?? 1 < losses.first ?? 0)
    }

    @Test("a descent that can only lead away from the teacher leaves the network as it was, and says so")
    func nothingToLearn() throws {
        let fresh = try suite.parents(.vgg)[0], weight = try #require(fresh.logitNode.parameterName("weight"))
        // Large logits, so that the smallest step leaves the parents' answer by more than rounding; one update has no time to find back.
        let parent = try fresh.with(parameters: fresh.parameters.merging([weight: fresh.parameter(weight) * 30]) { $1 })
        let outcome = try suite.fuse(
            [parent, parent], suite.inputs(.vgg, 60), "refine=distillation", "refine-updates=1", "repair=none", method: "average")
        #expect(try distance(outcome.network, parent) == 0, "\(outcome.notes)")
        #expect(outcome.notes.contains { $0.contains("at every learning rate") && $0.contains("was not changed") })
        // A rate that was asked for is taken, whatever comes of it.
        let asked = try suite.fuse(
            [parent, parent], suite.inputs(.vgg, 60), "refine=distillation", "refine-updates=1", "repair=none", "refine-rate=0.01",
            method: "average")
        #expect(try distance(asked.network, parent) > 0)
    }

    @Test("a step size that leaves the number range is an error where it was asked for, and passed over where it was not")
    func leavesTheNumberRange() throws {
        // Forty linear layers that pass values on about as strong as they came, and several times as strong after a step of 1 in every weight.
        let both = try (1...2).map { seed in
            let network = try SmallNetworks.linear(widths: [12] + [Int](repeating: 8, count: 39) + [4], seed: UInt64(seed))
            return try network.with(parameters: network.parameters.mapValues { try $0 * 2.4 })
        }
        let samples = try randomInputs(60, width: 12, seed: 3)
        func fuse(_ knobs: String...) throws -> FusionOutcome {
            try suite.fuse(both, samples, "refine=distillation", "refine-updates=5", "repair=none", knobs[0], method: "average")
        }
        #expect { try fuse("refine-rate=1") } throws: { "\($0)".contains("diverged to NaN or infinity") && "\($0)".contains("refine-rate") }
        let found = try fuse("refine-rate=0")
        #expect(try found.network(samples.values).allFinite())
    }

    @Test(
        "class shares that nobody tells are read off the parents' mean logits: exactly, where these differ by their classes' frequencies alone"
    )
    func estimatedShares() throws {
        let first = try SampleNetwork.perceptron.network(seed: 1), bias = try #require(first.logitNode.parameterName("bias"))
        let classes = first.trace.outputWidth, samples = try suite.inputs(.perceptron, 50)
        let priors = [(1...classes).map(Double.init), (1...classes).map { Double(classes + 1 - $0) }]
        let parents = try priors.map { prior in
            let moved = try first.parameter(bias) + Tensor(prior.map { Float(log($0)) })
            return try first.with(parameters: first.parameters.merging([bias: moved]) { $1 })
        }
        let inputs = try ExpandedInputs(samples, samples: 50, count: 50, augmentation: .none, seed: 0, method: "")
        let shares = try Teacher(parents: ParentSet(parents, reference: 0), shares: nil).estimatedShares(
            on: inputs, control: FusionControl())
        // Both priors hold the same numbers, so that their logarithms have one mean and only ratios are left.
        for label in 0..<classes {
            let total = priors[0][label] + priors[1][label]
            #expect(abs(shares[0][label] - priors[0][label] / total) < 1e-5 && abs(shares[1][label] - priors[1][label] / total) < 1e-5)
        }
        let notes = try suite.fuse(parents, samples).notes
        #expect(notes.contains { $0.contains("estimated from their mean logits") })
        let equal = try suite.fuse(parents, samples, "class-shares=equal")
        #expect(equal.reconstruction?.classShares[0].allSatisfy { $0 == 0.5 } == true)
    }

    @Test("shares count by a power of theirs: with two parents the square root, with four or more as they are, or as asked for")
    func shareStrength() throws {
        func expect(_ found: [Double], _ odds: [Double]) {
            for (one, other) in zip(found, odds) { #expect(abs(one - other / odds.reduce(0, +)) < 1e-12) }
        }
        func shares(_ count: Int, _ knob: String = "prior-exponent=auto") throws -> [Double] {
            let parents = try suite.parents(.perceptron, count)
            // The first saw nine times as much of each class as any other.
            let known = (0..<count).map { [Double](repeating: $0 == 0 ? 900 : 100, count: parents[0].trace.outputWidth) }
            let samples = try suite.inputs(.perceptron, 60), outcome = try suite.fuse(parents, samples, shares: known, knob)
            // What is reported are the shares themselves.
            expect(try #require(outcome.reconstruction?.classShares.map { $0[0] }), [9] + [Double](repeating: 1, count: count - 1))
            let inputs = try ExpandedInputs(samples, samples: 60, count: 60, augmentation: .none, seed: 0, method: "")
            return try ClassPriorWeighting(recipe(knob, method: Reconstruction.method).settings).teacher(
                of: ParentSet(parents, reference: 0), known: known, on: inputs, control: FusionControl()
            ).shares.map { $0[0] }
        }
        try expect(shares(2), [3, 1])
        try expect(shares(3), [pow(9, 0.75), 1, 1])
        try expect(shares(4), [9, 1, 1, 1])
        try expect(shares(5), [9, 1, 1, 1, 1])
        try expect(shares(2, "share-strength=1"), [9, 1])
        try expect(shares(4, "share-strength=0.5"), [3, 1, 1, 1])
        try expect(shares(3, "prior-exponent=0"), [1, 1, 1])
    }

    @Test("extra inputs of token ids are the beginning of one sample and the end of another; a mask is cut where its tokens are")
    func splicedTokens() throws {
        // Sample n has the tokens n and the mask 1000 + n, in rows of 8 and 8.
        let rows = (0..<20).flatMap { sample in
            [Float](repeating: Float(sample), count: 8) + [Float](repeating: Float(1000 + sample), count: 8)
        }
        let source = TokenInputs(values: try Tensor(rows, shape: [20, 16]), inputLengths: [8, 8])
        let inputs = try ExpandedInputs(source, samples: 20, count: 300, augmentation: .none, seed: 3, method: "")
        var cuts: Set<Int> = []
        for batch in inputs.sampleBatches..<inputs.batches {
            let values = try inputs.inputs(ofBatch: batch).array(of: Float.self)
            for start in stride(from: 0, to: values.count, by: 16) {
                let tokens = Array(values[start..<start + 8]), mask = Array(values[start + 8..<start + 16])
                let cut = tokens.firstIndex { $0 != tokens[0] } ?? 8
                #expect(tokens[..<cut].allSatisfy { $0 == tokens[0] } && tokens[cut...].allSatisfy { $0 == tokens[7] })
                #expect(mask == tokens.map { 1000 + $0 })
                cuts.insert(cut)
            }
        }
        #expect(cuts.count > 5, "cuts at many places")
    }

    @Test("what parents said of a batch is remembered for these inputs and no others")
    func knownAnswers() throws {
        let both = try suite.parents(.perceptron), samples = try CountedInputs(source: suite.inputs(.perceptron, 250))
        let teacher = try Teacher(parents: ParentSet(both, reference: 0), shares: nil)
        func inputs(_ seed: UInt64) throws -> ExpandedInputs {
            try ExpandedInputs(samples, samples: 250, count: 600, augmentation: .none, seed: seed, method: "")
        }
        func expect(_ batch: Int, of inputs: ExpandedInputs) throws {
            let asked = try teacher.logits(inputs.inputs(ofBatch: batch))
            for _ in 0..<2 {
                let told = try teacher.logits(ofBatch: batch, of: inputs)
                #expect(try zip(asked, told).allSatisfy { try ($0 - $1).magnitude().maximum().item() == 0 })
            }
        }
        let first = try inputs(1), second = try inputs(2)
        for batch in 0..<first.batches { try expect(batch, of: first) }
        // The same numbers of batches, but other mixtures; and back.
        for batch in 0..<second.batches { try expect(batch, of: second) }
        try expect(first.batches - 1, of: first)
        _ = try teacher.logits(ofBatch: 0, of: first)
        let before = samples.reads
        _ = try teacher.logits(ofBatch: 0, of: first)
        #expect(samples.reads == before, "nothing is read for an answer that is known")
    }

    @Test("mixtures lie between samples, and jitter keeps the shape of images and their range")
    func expandedInputs() throws {
        let images = try SampleNetwork.inputs(40, seed: 3)
        for jitter in [ExpandedInputs.Augmentation.none, .affine, .mirrored] {
            let inputs = try ExpandedInputs(images, samples: 40, count: 500, augmentation: jitter, seed: 7, method: "")
            var seen = 0
            try inputs.forEach(FusionControl()) { x, range in
                #expect(range.lowerBound == seen && x.shape == [range.count] + SampleNetwork.inputShape)
                seen = range.upperBound
                let (largest, given) = (try x.maximum().item(), try images.values.maximum().item())
                #expect(largest <= given + 1e-5)
            }
            #expect(seen == 500)
        }
    }

    @Test("a mirrored image without a shift is the image read from right to left")
    func mirrors() throws {
        let image = try Tensor((0..<12).map(Float.init), shape: [1, 1, 3, 4])
        let mirrored = try image.affinelySampled(Tensor([-1, 0, 0, 0, 1, 0] as [Float], shape: [1, 2, 3]))
        #expect(try mirrored.array(of: Float.self) == [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8])
    }
}

/// Says how often it was read.
private final class CountedInputs: InputSource {
    private let source: any InputSource
    private let calls = Mutex(0)

    init(source: any InputSource) { self.source = source }

    var reads: Int { calls.withLock { $0 } }
    var name: String { source.name }
    var count: Int { source.count }

    func inputs(_ range: Range<Int>) throws -> Tensor {
        calls.withLock { $0 += 1 }
        return try source.inputs(range)
    }
}
