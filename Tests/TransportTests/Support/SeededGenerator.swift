import Foundation

@testable import Transport

/// The generator of the target, with the distributions that tests draw from.
struct SeededGenerator: RandomNumberGenerator {
    private var generator: SplitMix64

    init(_ seed: UInt64) { generator = SplitMix64(seed) }

    mutating func next() -> UInt64 { generator.next() }

    /// Uniform in 0 ..< 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Standard normal, by Box and Muller.
    mutating func normal() -> Double {
        (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit())
    }

    mutating func integer(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    mutating func uniformCost(_ rows: Int, _ columns: Int) -> Matrix { Matrix(rows: rows, columns: columns) { _, _ in unit() } }

    /// Few different whole numbers: ties everywhere.
    mutating func tiedCost(_ rows: Int, _ columns: Int) -> Matrix {
        Matrix(rows: rows, columns: columns) { _, _ in Double(integer(in: 0...4)) }
    }

    /// Masses of sum one, some of them zero.
    mutating func masses(_ count: Int, zeros: Bool = false) -> [Double] {
        while true {
            let raw = (0..<count).map { _ in zeros && integer(in: 0...3) == 0 ? 0 : unit() + 0.01 }
            let sum = raw.reduce(0, +)
            if sum > 0 { return raw.map { $0 / sum } }
        }
    }

    mutating func points(_ count: Int, features: Int) throws -> PointSet {
        try PointSet(count: count, features: features, values: (0..<count * features).map { _ in Float(normal()) })
    }
}
