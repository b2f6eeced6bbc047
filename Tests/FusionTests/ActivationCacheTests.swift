import Networks
import Tensors
import Testing
@testable import Fusion

@Suite("Values kept between layers") struct ActivationCacheTests {
    /// Nothing kept, some places too large to keep, all kept.
    static let budgets = [0, 20_000, 1 << 30]

    @Test("at every node the values are those of the whole network, whatever is kept and however samples are divided", arguments: budgets)
    func values(budget: Int) throws {
        let images = try SmallNetworks.images(30, seed: 3)
        for network in [try SmallNetworks.convolutional(seed: 1), try SmallNetworks.residual(seed: 2)] {
            var walk = ActivationCache(network, batches: try SampleBatches(images, atMost: .max, size: 7, method: "a test"), budget: budget)
            for node in network.architecture.nodes.map(\.id) {
                try walk.advance(to: node, control: FusionControl())
                let whole = try #require(try network.values(of: [node], given: [Architecture.input: images.values])[node])
                for range in [0..<5, 5..<19, 19..<30] {
                    let part = try walk.values(at: node, of: range, inputs: images.inputs(range))
                    let expected = try whole.narrowed(axis: 0, from: range.lowerBound, count: range.count)
                    // Products of other numbers of rows round differently.
                    #expect(try part.shape == expected.shape && (part - expected).magnitude().maximum().item() < 1e-5, "\(node)")
                }
            }
        }
    }

    @Test("a layerwise fit is the same whatever is kept", arguments: ["convolutional", "residual"])
    func fit(kind: String) throws {
        let make = kind == "residual" ? SmallNetworks.residual : SmallNetworks.convolutional
        let parents = try ParentSet([make(1), make(2)], reference: 0), images = try SmallNetworks.images(60, seed: 3)
        let context = FusionContext(
            networks: parents.networks,
            settings: try recipe("importance=uniform", "ridge=0.0001", method: HungarianFusion.method).settings, inputs: images)
        let networks = try Self.budgets.map { budget in
            let regression = LayerwiseRegression(
                try GroupClustering(context, method: "hf") { _ in PairMatching(isSquared: false) }, cachedBytes: budget)
            return try FusionPipeline(alignment: regression, combination: regression).fuse(control: FusionControl()).network
        }
        // Rounding of single-precision passes, through a ridge of 10⁻⁴.
        for other in networks.dropFirst() {
            #expect(try (other(images.values) - networks[0](images.values)).magnitude().maximum().item() < 1e-3)
        }
    }

    @Test("rows in single precision fit as well as the ridge that allows them can tell")
    func precision() throws {
        let generator = try Generator(seed: 5), solver = RegressionSolver.ridge(relative: 1e-3)
        let mixer = try Tensor.normal([12, 30], generator: generator)
        let design = try Tensor.normal([200, 12], generator: generator).matmul(mixer),
            target = try Tensor.normal([200, 4], generator: generator)
        let fits = try [DType.float64, .float32].map { dtype in
            var system = NormalEquations(inputs: 30, targets: 4, expectedRows: 200)
            for start in [0, 90] {
                try system.add(
                    design.narrowed(axis: 0, from: start, count: start == 0 ? 90 : 110).converted(to: dtype),
                    target.narrowed(axis: 0, from: start, count: start == 0 ? 90 : 110).converted(to: dtype))
            }
            return try system.solved(by: solver)
        }
        #expect(
            !solver.needsDoublePrecision && RegressionSolver.ridge(relative: 1e-6).needsDoublePrecision
                && RegressionSolver.publishedCutoff.needsDoublePrecision)
        #expect(fits[0].rank == fits[1].rank)
        let weights = try fits.map { try $0.weights(of: Tensor.identity(4, dtype: .float64)) }
        // Products within 10⁻⁶ of the mean square, a thousandth of which the ridge adds: within a thousandth of the largest weight.
        #expect(try (weights[0] - weights[1]).magnitude().maximum().item() < 1e-3 * weights[0].magnitude().maximum().item())
    }
}
