import Tensors
import Testing
@testable import Networks

@Suite("Running statistics") struct StatisticsTests {
    private func batches(_ count: Int, seed: UInt64) throws -> [Tensor] {
        let generator = try Generator(seed: seed)
        // A mean far from zero: squares would cancel there.
        return try (0..<count).map { _ in try Tensor.normal([16, 2, 6, 6], generator: generator) * 3.0 + 50.0 }
    }

    @Test("the first layer's statistics are those of its input over all samples, computed at once")
    func firstLayer() throws {
        let network = try smallResidualNetwork()
        let batches = try batches(3, seed: 9)
        let estimator = StatisticsEstimator(network)
        for batch in batches { try estimator.observe(batch) }
        let repaired = try estimator.network()
        let all = try Tensor.concatenated(batches)
        let seen = try #require(try network.values(of: ["stem"], given: [Architecture.input: all])["stem"])
        let rows = try seen.converted(to: .float64).transposed(0, 1).reshaped([5, -1])
        let mean = try rows.mean(axes: [1]).array(of: Double.self),
            variance = try rows.variance(axes: [1], unbiased: true).array(of: Double.self)
        let (ours, spread) = (
            try repaired.parameter("norm.running_mean").array(of: Double.self),
            try repaired.parameter("norm.running_var").array(of: Double.self)
        )
        for channel in 0..<5 {
            // Single precision, relative to the size of the values.
            #expect(abs(ours[channel] - mean[channel]) < 1e-5 * (1 + abs(mean[channel])))
            #expect(abs(spread[channel] - variance[channel]) < 1e-4 * variance[channel])
        }
    }

    @Test("only statistics change, and the network given keeps its own")
    func onlyStatistics() throws {
        let network = try smallResidualNetwork()
        let before = try network.parameter("norm.running_mean").array(of: Double.self)
        let estimator = StatisticsEstimator(network)
        for batch in try batches(2, seed: 1) { try estimator.observe(batch) }
        let repaired = try estimator.network()
        for name in network.parameterNames where !name.contains("running") {
            #expect(try repaired.parameter(name).array(of: Double.self) == network.parameter(name).array(of: Double.self))
        }
        #expect(try network.parameter("norm.running_mean").array(of: Double.self) == before)
        #expect(try repaired.parameter("norm.running_mean").array(of: Double.self) != before)
    }

    @Test("a network whose statistics were scrambled gives its old answers once they are re-estimated on one batch")
    func undoesScrambling() throws {
        let network = try smallResidualNetwork()
        let batch = try batches(1, seed: 4)[0]
        var parameters = network.parameters
        parameters["norm.running_mean"] = try Tensor([7.0, -3, 2, 9, 1] as [Float], shape: [5])
        parameters["norm.running_var"] = try Tensor([0.1, 20, 3, 0.5, 8] as [Float], shape: [5])
        func estimated(_ network: Network) throws -> [Double] {
            let estimator = StatisticsEstimator(network)
            try estimator.observe(batch)
            return try estimator.network()(batch).array(of: Double.self)
        }
        #expect(try estimated(network) == estimated(network.with(parameters: parameters)))
    }

    @Test("no samples, or a single value, is an error that names the layer")
    func tooFew() throws {
        #expect(throws: NetworkError.tooFewSamples(layer: "norm", samples: 0)) { try StatisticsEstimator(smallResidualNetwork()).network() }
    }
}
