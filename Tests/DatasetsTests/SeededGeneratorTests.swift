import Foundation
import Testing

@testable import Datasets

@Suite struct SeededGeneratorTests {
    @Test("SplitMix64 gives the values of its authors' program")
    func splitMix() {
        var generator = SeedMixer(state: 1_234_567)
        let values = (0..<5).map { _ in generator.next() }
        #expect(
            values == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ])
    }

    @Test("xoshiro256** gives the values of its authors' program")
    func xoshiro() {
        var generator = SeededGenerator(state: (1, 2, 3, 4))
        let values = (0..<5).map { _ in generator.next() }
        #expect(values == [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360])
    }

    /// The orders are those of the same algorithms written down independently in Python. They are part of every recipe: if this test fails, old runs can no longer be replayed.
    @Test("a shuffle never changes")
    func stable() {
        var generator = SeededGenerator(seed: 42)
        #expect(generator.permutation(10) == [7, 3, 8, 9, 5, 6, 4, 1, 0, 2])
        var named = SeededGenerator(seed: 42, purpose: "subset")
        #expect(named.permutation(10) == [2, 0, 1, 8, 4, 7, 6, 3, 5, 9])
    }

    @Test("integers are spread evenly, and permutations hold every number once")
    func even() {
        var generator = SeededGenerator(seed: 3)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[generator.integer(below: 7)] += 1 }
        // Five standard deviations of a binomial count: sqrt(70000 · 1/7 · 6/7) = 93.
        #expect(counts.allSatisfy { abs($0 - 10_000) < 465 })
        #expect(generator.permutation(1000).sorted() == Array(0..<1000))
        #expect(generator.permutation(0).isEmpty && generator.permutation(1) == [0])
        #expect(generator.integer(below: 1) == 0)
    }

    @Test("our logarithm is the system's to two units in the last place")
    func logarithm() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            let value = generator.real() * pow(10, Double(generator.integer(below: 30)) - 15) + .leastNormalMagnitude
            #expect(abs(naturalLogarithm(value) - log(value)) <= 2 * max(log(value).ulp, 1e-17))
        }
        #expect(naturalLogarithm(1) == 0)
    }

    @Test("normal and gamma numbers have their mean and variance")
    func moments() {
        var generator = SeededGenerator(seed: 9)
        let count = 40_000
        func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
            let mean = values.reduce(0, +) / Double(count)
            return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count))
        }
        let normal = moments((0..<count).map { _ in generator.normal() })
        // Five standard errors: 5/sqrt(40000) for the mean, 5·sqrt(2/40000) for the variance.
        #expect(abs(normal.mean) < 0.025 && abs(normal.variance - 1) < 0.036)
        for shape in [1.0, 2.5, 5] {
            let gamma = moments((0..<count).map { _ in generator.gamma(shape: shape) })
            // Standard errors sqrt(k/n) and about k·sqrt((2 + 6/k)/n).
            #expect(abs(gamma.mean - shape) < 5 * (shape / Double(count)).squareRoot())
            #expect(abs(gamma.variance - shape) < 5 * shape * ((2 + 6 / shape) / Double(count)).squareRoot())
        }
    }
}
