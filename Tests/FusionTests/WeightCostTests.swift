import Tensors
import Testing
import Transport
@testable import Fusion

@Suite("Costs of many weights") struct WeightCostTests {
    /// Rows whose products exceed the size from which on blocks are used.
    func rows(_ count: Int, seed: UInt64, scale: Double = 1) throws -> Tensor {
        try Tensor.normal([count, 2000], generator: Generator(seed: seed)) * scale
    }

    func exact(_ metric: Metric, _ x: Tensor, _ y: Tensor) throws -> Matrix {
        try .cost(
            metric, from: PointSet(count: x.shape[0], features: x.shape[1], values: x.array(of: Float.self)),
            to: PointSet(count: y.shape[0], features: y.shape[1], values: y.array(of: Float.self)))
    }

    @Test("products of blocks give the distances of double precision", arguments: [Metric.euclidean, .squaredEuclidean])
    func agreement(metric: Metric) throws {
        let x = try rows(100, seed: 1), y = try rows(90, seed: 2)
        let cost = try #require(try WeightCosts.cost(metric, from: x, to: y)), exact = try exact(metric, x, y)
        // Errors of 10⁻⁶ of the squared lengths, of which the distances here are about all.
        #expect(zip(cost.values, exact.values).allSatisfy { abs($0 - $1) <= 1e-5 * $1 })
    }

    @Test("rows that nearly coincide keep their distances")
    func close() throws {
        let x = try rows(100, seed: 1)
        let y = try x + rows(100, seed: 3, scale: 1e-4)
        let cost = try #require(try WeightCosts.cost(.squaredEuclidean, from: x, to: y)), exact = try exact(.squaredEuclidean, x, y)
        // Centring rounds each feature once: 10⁻⁷ of a feature against differences of 10⁻⁴ of one.
        for i in 0..<100 { #expect(abs(cost[i, i] - exact[i, i]) <= 1e-2 * exact[i, i]) }
        #expect(try WeightCosts.cost(.squaredEuclidean, from: x, to: x).map { cost in (0..<100).allSatisfy { cost[$0, $0] == 0 } } == true)
    }

    @Test("small problems, angles, numbers near the end of the range and rows all alike are left to double precision")
    func leftAlone() throws {
        let x = try rows(100, seed: 1)
        #expect(try WeightCosts.cost(.cosine, from: x, to: x) == nil)
        #expect(try WeightCosts.cost(.euclidean, from: x.narrowed(axis: 0, from: 0, count: 2), to: x) == nil)
        #expect(try WeightCosts.cost(.euclidean, from: x * 1e25, to: x) == nil)
        // Two clouds far apart: half of all distances cancel.
        let sides = try Tensor((0..<100).map { Float($0 % 2) * 1000 }, shape: [100, 1])
        #expect(try WeightCosts.cost(.euclidean, from: x + sides, to: x + sides) == nil)
        let alike = try Tensor.ones([100, 2000])
        #expect(try WeightCosts.cost(.euclidean, from: alike, to: alike)?.values.allSatisfy { $0 == 0 } == true)
    }
}
