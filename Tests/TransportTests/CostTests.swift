import Foundation
import Testing

@testable import Transport

@Suite("Costs")
struct CostTests {
    /// A metric by its definition, one pair at a time, in `Double`.
    static func direct(_ metric: Metric, _ x: PointSet, _ i: Int, _ y: PointSet, _ j: Int) -> Double {
        var a = (0..<x.features).map { Double(x.values[i * x.features + $0]) }
        var b = (0..<y.features).map { Double(y.values[j * y.features + $0]) }
        let squared = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        if metric == .squaredEuclidean { return squared }
        if metric == .euclidean { return squared.squareRoot() }
        if metric == .correlation {
            let (ma, mb) = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
            a = a.map { $0 - ma }
            b = b.map { $0 - mb }
        }
        func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
        return 1 - dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
    }

    @Test("every metric agrees with its definition, in one piece and in blocks", arguments: Metric.allCases)
    func definitions(metric: Metric) throws {
        var random = SeededGenerator(41)
        for (n, m, d) in [(1, 1, 1), (3, 9, 2), (13, 17, 300), (33, 8, 700)] where d > 1 || metric != .correlation {
            let x = try random.points(n, features: d), y = try random.points(m, features: d)
            let whole = try Matrix.cost(metric, from: x, to: y)
            var accumulator = CostAccumulator(metric, rows: n, columns: m)
            var first = 0
            while first < d {
                let range = first..<min(d, first + random.integer(in: 1...97))
                try accumulator.add(x.part(range), y.part(range))
                first = range.upperBound
            }
            #expect(accumulator.features == d)
            let expected = Matrix(rows: n, columns: m) { Self.direct(metric, x, $0, y, $1) }
            // Sums of up to 700 terms of size one round at about 1e-13; the square root of a small one at about 1e-8.
            let tolerance = metric == .euclidean ? 1e-10 : 1e-11
            #expect(difference(whole, expected) <= tolerance * Double(d))
            #expect(difference(accumulator.cost(), expected) <= tolerance * Double(d))
        }
    }

    @Test("near neighbours far from the origin keep their digits")
    func cancellation() throws {
        var random = SeededGenerator(42)
        let base: [Float] = (0..<64).map { _ in 1000 + Float(random.unit()) }
        let near = base.enumerated().map { $0.offset == 5 ? $0.element.nextUp : $0.element }
        let points = try PointSet(count: 3, features: 64, values: base + near + base.map { $0 + 10 })
        let cost = try Matrix.cost(.squaredEuclidean, from: points, to: points)
        let step = Double(near[5]) - Double(base[5])
        #expect(cost[0, 0] == 0 && cost[1, 1] == 0)
        #expect(abs(cost[0, 1] - step * step) <= 1e-12 * step * step)
    }

    @Test("tiny angles keep their digits")
    func tinyAngles() throws {
        // 1 − cos of an angle of about 2⁻²⁰ is 4.5e-13; by products it would have three correct digits.
        let points = try PointSet(count: 2, features: 3, values: [1, 2, 3, 1, 2, 3 + 0x1p-19])
        for metric in [Metric.cosine, .correlation] {
            let cost = try Matrix.cost(metric, from: points, to: points)
            #expect(cost[0, 0] == 0)
            var a = [1.0, 2, 3], b = [1, 2, 3 + 0x1p-19]
            if metric == .correlation {
                a = a.map { $0 - 2 }
                let mean = b.reduce(0, +) / 3
                b = b.map { $0 - mean }
            }
            // sin² = |a × b|² / |a|²|b|², and 1 − cos = sin² / (1 + cos).
            let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
            func squares(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 } }
            let expected = squares(cross) / (squares(a) * squares(b)) / 2
            #expect(abs(cost[0, 1] - expected) <= 1e-8 * expected)
        }
    }

    @Test("zero and constant vectors have a defined angle")
    func degenerateVectors() throws {
        let points = try PointSet(count: 3, features: 2, values: [0, 0, 1, 1, 1, -1])
        let cosine = try Matrix.cost(.cosine, from: points, to: points)
        #expect(cosine[0, 0] == 0 && cosine[0, 1] == 1 && cosine[1, 0] == 1)
        #expect(abs(cosine[1, 2] - 1) <= 1e-15)
        let correlation = try Matrix.cost(.correlation, from: points, to: points)
        #expect(correlation[0, 1] == 0 && correlation[1, 2] == 1 && abs(correlation[2, 2]) <= 1e-15)
    }

    @Test("threads do not change the bits")
    func threads() throws {
        var random = SeededGenerator(43)
        let x = try random.points(37, features: 300), y = try random.points(29, features: 300)
        for metric in Metric.allCases {
            #expect(try Matrix.cost(metric, from: x, to: y) == Matrix.cost(metric, from: x, to: y, control: SolverControl(threads: 3)))
        }
    }

    @Test("normalisations and clipping")
    func normalizations() throws {
        let cost = try Matrix(rows: 2, columns: 3, values: [4, 1, 3, 0, 8, 2])
        #expect(try CostNormalization.none.apply(to: cost) == cost)
        #expect(try CostNormalization.max.apply(to: cost).values == [0.5, 0.125, 0.375, 0, 1, 0.25])
        #expect(try CostNormalization.mean.apply(to: cost)[1, 1] == 8 / 3.0)
        // Sorted 0 1 2 3 4 8: the lower of the two middle ones is 2.
        #expect(try CostNormalization.median.apply(to: cost)[1, 1] == 4)
        #expect(try CostNormalization.log.apply(to: cost)[1, 1] == log1p(8))
        #expect(cost.clipped(to: 1...3).values == [3, 1, 3, 1, 3, 2])
        let zero = Matrix(rows: 2, columns: 2)
        for normalization in CostNormalization.allCases { #expect(try normalization.apply(to: zero) == zero) }
        #expect(throws: TransportError.self) { try CostNormalization.log.apply(to: Matrix(rows: 1, columns: 1, repeating: -1)) }
    }

    @Test("the median is that of a sorted copy")
    func median() throws {
        var random = SeededGenerator(44)
        for round in 1...300 {
            let values = (0..<round).map { _ in round % 2 == 0 ? random.unit() : Double(random.integer(in: 0...5)) }
            #expect(try Matrix(rows: 1, columns: round, values: values).lowerMedian == values.sorted()[(round - 1) / 2])
        }
    }
}

extension PointSet {
    /// Some of the features of every point.
    func part(_ range: Range<Int>) throws -> PointSet {
        try PointSet(
            count: count, features: range.count,
            values: (0..<count).flatMap { values[$0 * features + range.lowerBound..<$0 * features + range.upperBound] })
    }
}
