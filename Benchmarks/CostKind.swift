import Foundation
import Transport

/// The inputs of the tables in docs/transport.md.
enum CostKind: String, CaseIterable {
    /// Independent uniform costs: the hardest for an assignment.
    case uniform
    /// Two independent Gaussian clouds of dimension 400.
    case gauss
    /// A cloud and its permuted copy plus 0.3 noise: what matching neurons looks like.
    case perm

    func cost(_ rows: Int, _ columns: Int) throws -> Matrix {
        var random = SeededNormal(seed: UInt64(rows * 31 + columns))
        if self == .uniform { return Matrix(rows: rows, columns: columns) { _, _ in random.unit() } }
        let (x, y) = try clouds(rows, columns, features: 400, random: &random)
        return try .cost(.squaredEuclidean, from: x, to: y)
    }

    func clouds(
        _ rows: Int, _ columns: Int, features: Int, random: inout SeededNormal
    ) throws -> (PointSet, PointSet) {
        let x = (0..<rows * features).map { _ in Float(random.normal()) }
        var y: [Float] = []
        if self == .perm {
            for i in Array(0..<rows).shuffled(using: &random).prefix(columns) {
                for k in 0..<features { y.append(x[i * features + k] + 0.3 * Float(random.normal())) }
            }
        } else {
            y = (0..<columns * features).map { _ in Float(random.normal()) }
        }
        return (
            try PointSet(count: rows, features: features, values: x), try PointSet(count: columns, features: features, values: y)
        )
    }
}

/// A seeded source of uniform and normal numbers: the same inputs in every run.
struct SeededNormal: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        // xorshift64* (Vigna, ACM TOMS 42, 2016), started away from zero.
        if state == 0 { state = 0x9E37_79B9_7F4A_7C15 }
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }

    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func normal() -> Double { (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit()) }

    mutating func masses(_ count: Int) -> [Double] {
        let raw = (0..<count).map { _ in unit() + 1e-3 }
        let sum = raw.reduce(0, +)
        return raw.map { $0 / sum }
    }
}
