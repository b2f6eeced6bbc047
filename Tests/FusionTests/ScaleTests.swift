import Networks
import Tensors
import Testing

@testable import Fusion

@Suite("Large networks: other ways to the same answers") struct ScaleTests {
    private func normal(_ shape: [Int], seed: UInt64, _ dtype: DType = .float64) throws -> Tensor {
        try Tensor.normal(shape, generator: Generator(seed: seed), dtype: dtype)
    }
    private func largest(_ tensor: Tensor) throws -> Double { try tensor.magnitude().maximum().item() }

    /// A system that was given its rows in some runs, solved.
    private func solved<System: LeastSquares>(
        _ system: System, _ design: Tensor, _ target: Tensor, runs: [Int], ridge: Double = 1e-4
    ) throws -> (solution: LeastSquaresSolution, system: System) {
        var system = system, start = 0
        for count in runs {
            try system.add(
                design.narrowed(axis: 0, from: start, count: count), target.narrowed(axis: 0, from: start, count: count))
            start += count
        }
        return (try system.solved(ridge: ridge), system)
    }

    /// The normal equations, written out.
    private func dense(
        _ design: Tensor, _ target: Tensor, hasConstant: Bool, ridge: Double = 1e-4
    ) throws -> (weights: Tensor, constants: Tensor, residual: Double) {
        let zero = try design.mean(axes: [0]) * 0, noTarget = try target.mean(axes: [0]) * 0
        let (means, targetMeans) = hasConstant ? (try design.mean(axes: [0]), try target.mean(axes: [0])) : (zero, noTarget)
        let x = try design - means, y = try target - targetMeans, gram = try x.transposed(0, 1).matmul(x)
        let strength = try gram.diagonal().mean().item() * ridge
        let weights = try (gram + Tensor.identity(x.shape[1], dtype: .float64) * strength).solved(x.transposed(0, 1).matmul(y))
        let left = try (y - x.matmul(weights)).squared().sum().item() / y.squared().sum().item()
        return (weights, try targetMeans - means.reshaped([1, x.shape[1]]).matmul(weights).reshaped([target.shape[1]]), left)
    }

    @Test("many inputs, computed in blocks of one triangle, have the dense computation's answer and moments", arguments: [true, false])
    func triangle(hasConstant: Bool) throws {
        // Two blocks of columns, and two parts of rows. Columns have a mean, as values behind a ReLU do.
        let design = try normal([2600, 900], seed: 1) + 0.5
        let target = try design.matmul(normal([900, 3], seed: 2)) / 30 + normal([2600, 3], seed: 3) + 2
        let expected = try dense(design, target, hasConstant: hasConstant)
        let own = try solved(CentredSystem(inputs: 900, targets: 3, hasConstant: hasConstant), design, target, runs: [700, 1500, 400])
        // The same sums in another order, of a system whose condition is about 10⁴.
        #expect(try largest(own.solution.weights - expected.weights) < 1e-9 * largest(expected.weights))
        #expect(try largest(own.solution.constants - expected.constants) < 1e-8)
        for (from, count) in [(0, 900), (300, 500)] {
            let mine = try own.system.moments(of: own.solution, from: from, count: count)
            let values = try design.narrowed(axis: 1, from: from, count: count)
                .matmul(expected.weights.narrowed(axis: 0, from: from, count: count))
            #expect(try largest(mine.mean - values.mean(axes: [0])) < 1e-8)
            #expect(try largest(mine.variance - values.variance(axes: [0], unbiased: false)) < 1e-8)
        }
        let single = try solved(
            CentredSystem(inputs: 900, targets: 3, hasConstant: hasConstant), design.converted(to: .float32),
            target.converted(to: .float32),
            runs: [2600])
        // Products in f32: a part in 10⁷ of sums of thousands, held by the ridge.
        #expect(try largest(single.solution.weights - expected.weights) < 1e-4 * largest(expected.weights))
    }

    @Test("with fewer rows than inputs the rows' inner products give the dense computation's answer", arguments: [true, false])
    func wide(hasConstant: Bool) throws {
        // More columns than are widened at once.
        let design = try normal([90, 1100], seed: 4) + 0.5, target = try normal([90, 2], seed: 5) + 1
        let expected = try dense(design, target, hasConstant: hasConstant, ridge: 1e-2)
        let own = try solved(
            WideSystem(inputs: 1100, targets: 2, hasConstant: hasConstant, start: nil), design, target, runs: [50, 40], ridge: 1e-2)
        #expect(try largest(own.solution.weights - expected.weights) < 1e-9)
        #expect(try largest(own.solution.constants - expected.constants) < 1e-8)
        #expect(abs(own.solution.residual - expected.residual) < 1e-9)
        let mine = try own.system.moments(of: own.solution, from: 100, count: 950)
        let values = try design.narrowed(axis: 1, from: 100, count: 950).matmul(expected.weights.narrowed(axis: 0, from: 100, count: 950))
        #expect(try largest(mine.mean - values.mean(axes: [0])) < 1e-8)
        #expect(try largest(mine.variance - values.variance(axes: [0], unbiased: false)) < 1e-8)
    }

    @Test("weights that a fit starts from stay where the rows tell nothing, and exactly where they are right already")
    func start() throws {
        let design = try normal([40, 200], seed: 6), weights = try normal([200, 3], seed: 7), target = try design.matmul(weights) + 0.25
        let same = try solved(WideSystem(inputs: 200, targets: 3, hasConstant: true, start: weights), design, target, runs: [40]).solution
        #expect(try largest(same.weights - weights) < 1e-9 && largest(same.constants - 0.25) < 1e-9)
        #expect(same.residual < 1e-15)
        // From zero the rows are met as well, but nothing else.
        let zero = try solved(
            WideSystem(inputs: 200, targets: 3, hasConstant: true, start: nil), design, target, runs: [40], ridge: 1e-6
        ).solution
        #expect(zero.residual < 1e-6)
        #expect(try largest(zero.weights - weights) > 0.5)
    }

    @Test(
        "what a convolution sees at some positions is what unfolding the whole image gives there",
        arguments: [(1, 1, 1, 1), (3, 1, 1, 1), (3, 2, 1, 1), (5, 2, 0, 1), (3, 1, 2, 2)])
    func patches(kernel: Int, stride: Int, padding: Int, dilation: Int) throws {
        let images = try normal([4, 3, 9, 8], seed: 8, .float32)
        for laid in [images, try images.channelsLast()] {
            let whole = try laid.unfolded(
                kernel: [kernel, kernel], dilation: [dilation, dilation], padding: [padding, padding], stride: [stride, stride])
            var options = LayerOptions(
                layer: "conv", values: ["stride": .int(stride), "padding": .int(padding), "dilation": .int(dilation)])
            let convolution = try Convolution(options: &options), positions = whole.shape[2]
            for chosen in [nil, [0, positions / 2, positions - 1]] {
                let own = try PositionRows.seen(laid, by: convolution, kernel: [kernel, kernel], at: chosen)
                let picked = try whole.gathered(axis: 2, Tensor(chosen ?? Array(0..<positions))).transposed(1, 2)
                    .reshaped([-1, whole.shape[1]])
                #expect(own.shape == picked.shape)
                #expect(try largest(own - picked) == 0)
            }
        }
    }

    @Test(
        "values kept between layers, and targets gathered in one pass, change no bit",
        arguments: [SampleNetwork.residual, .lenet, .transformer, .twoReaders, .padded])
    func keptValues(kind: SampleNetwork) throws {
        let networks = try (1...2).map { try kind.network(seed: UInt64($0)) }, images = try SampleNetwork.inputs(230, seed: 3)
        let parents = try ParentSet(networks, reference: 0)
        let inputs = try ExpandedInputs(images, samples: 230, count: 700, augmentation: .none, seed: 1, method: "")
        let outcome = try Fuser(
            parents: networks, recipe: recipe("hidden-layers=transplant", method: Reconstruction.method), inputs: images
        ).fuse()
        let fit = LayerFit(
            parents: parents, teacher: try Teacher(parents: parents, shares: nil), inputs: inputs,
            mixtures: try NeuronMixtures(outcome.plan, parents: parents), rows: 6000, ridge: 1e-4)
        let steps = FitStep.all(of: outcome.network).filter { !$0.givesClasses }
        func refitted(budget: Int, gathers: Bool) throws -> Network {
            var diagnostics = ReconstructionDiagnostics(), targets: TargetRows?
            if gathers {
                let rows = steps.map { StepRows($0, of: parents.referenceNetwork, inputs: inputs, rows: 6000) }
                targets = try ParentPass(
                    parents: parents, inputs: inputs, statistics: nil, targets: TargetRows(rows, parents: parents), control: FusionControl()
                ).targets
            }
            let walk = FusedWalk(outcome.network, inputs: inputs, budget: budget)
            try fit.refitted(walk, steps: steps, targets: &targets, diagnostics: &diagnostics, control: FusionControl())
            return walk.network
        }
        let plain = try refitted(budget: 0, gathers: false)
        #expect(try distance(plain, outcome.network) > 0, "something was fitted")
        #expect(try distance(plain, refitted(budget: 1 << 30, gathers: true)) == 0)
        // Some batches are kept and others are not.
        #expect(try distance(plain, refitted(budget: 300_000, gathers: true)) == 0)
    }

    @Test("a step looks at no more images than memory keeps the values of, here and behind it; later steps, at smaller values, at more")
    func keptInputs() throws {
        let network = try large(seed: 1)
        let steps = FitStep.all(of: network).filter { !$0.givesClasses }
        let inputs = try ExpandedInputs(
            TensorInputs(values: normal([400, 2, 28, 28], seed: 9, .float32)), samples: 400, count: 400, augmentation: .none, seed: 1,
            method: "")
        // conv2 reads 16 × 14², conv3 reads 64 × 14²: so many numbers of f32 for each image.
        let one = 4 * 16 * 14 * 14, four = 4 * 64 * 14 * 14
        #expect(FusedWalk.inputsKept(at: steps, of: network, growth: 1, budget: 100 * four) == ["norm2": 100, "conv3": 100])
        #expect(FusedWalk.inputsKept(at: steps, of: network, growth: 2, budget: 100 * four) == ["norm2": 50, "conv3": 50])
        #expect(FusedWalk.inputsKept(at: Array(steps.prefix(1)), of: network, growth: 1, budget: 100 * one) == ["norm2": 100])
        let all = StepRows(steps[1], of: network, inputs: inputs, rows: 6000)
        let few = StepRows(steps[1], of: network, inputs: inputs, rows: 6000, kept: 100)
        #expect(all.images == 400 && all.each == 15 && few.images == 100 && few.each == 60, "fewer images, more positions of each")
        #expect(StepRows(steps[1], of: network, inputs: inputs, rows: 6000, kept: 3).images == 48)
        // A layer of one position has a row of each image.
        let head = try #require(FitStep.all(of: network).last)
        #expect(StepRows(head, of: network, inputs: inputs, rows: 6000, kept: 3).images == 400)
    }

    /// About 36 million multiply-adds for an image of 28×28.
    private func large(seed: UInt64) throws -> Network {
        var graph = Graph()
        graph.convolution("conv1", 16, from: 2, kernel: 3, padding: 1)
        graph.relu()
        graph.add(Pooling(.max, kernel: 2, stride: 2))
        graph.convolution("conv2", 64, from: 16, kernel: 3, padding: 1)
        graph.norm("norm2", 64)
        graph.relu()
        graph.convolution("conv3", 64, from: 64, kernel: 3, padding: 1)
        graph.relu()
        graph.add(AdaptiveAveragePooling())
        graph.flatten()
        graph.dense("head", 5, from: 64)
        return try graph.network(seed: seed, inputShape: [2, 28, 28])
    }

    @Test("a network with long passes sees fewer inputs and rows, says so, and gives the same bits each time")
    func limits() throws {
        let networks = try (1...2).map { try large(seed: UInt64($0)) }
        let images = TensorInputs(values: try normal([60, 2, 28, 28], seed: 9, .float32))
        let outcome = try Fuser(parents: networks, recipe: recipe(method: Reconstruction.method), inputs: images).fuse()
        #expect(outcome.notes.contains { $0.hasPrefix("4000 inputs were asked for") })
        let layers = try #require(outcome.reconstruction).layers
        // The inputs have more positions than the 50 000 rows asked for: 576 columns take a sixth of them, 144 all.
        #expect(layers.map(\.names) == [["conv2"], ["conv3"]])
        #expect(layers[0].available == nil && layers[1].available == 50_000)
        #expect(layers[1].rows < layers[0].rows / 3 && layers[1].rows > 8 * 576)
        #expect(outcome.notes.contains { $0.contains("out of 50000 for 576 inputs") })
        let again = try Fuser(parents: networks, recipe: recipe(method: Reconstruction.method), inputs: images).fuse()
        #expect(try distance(outcome.network, again.network) == 0)
    }

    @Test("small networks see all inputs that are asked for; of large ones samples are never left out, and more inputs can be asked for")
    func inputLimit() throws {
        let small = try ParentSet((1...2).map { try SampleNetwork.vgg.network(seed: UInt64($0)) }, reference: 0)
        let large = try ParentSet((1...2).map { try self.large(seed: UInt64($0)) }, reference: 0)
        #expect(InputLimit(inputs: 4000, samples: 60, parents: small).count == 4000)
        #expect(InputLimit(inputs: 4000, samples: 60, parents: small).note == nil)
        let limit = InputLimit(inputs: 4000, samples: 60, parents: large)
        #expect(limit.count < 4000 && limit.count >= 8 * 64)
        #expect(limit.note != nil)
        #expect(InputLimit(inputs: 8000, samples: 60, parents: large).count >= 2 * limit.count)
        #expect(InputLimit(inputs: 4000, samples: 3000, parents: large).count == 3000)
        #expect(InputLimit(inputs: 1, samples: 60, parents: large).count <= 2 * 128)
    }
}
