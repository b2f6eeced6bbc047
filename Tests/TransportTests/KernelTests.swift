import Foundation
import Testing

@testable import Transport

@Suite("Kernels of every level against their plain Swift twins")
struct KernelTests {
    private static let levels = (0...Kernels.best.level).map { Kernels(level: $0) }
    private static let sizes = [1, 2, 7, 8, 9, 15, 16, 17, 31, 64, 100, 257]

    @Test("shortest-path relaxation, bit for bit")
    func relax() {
        var random = SeededGenerator(81)
        for size in Self.sizes {
            let price = (0..<size).map { _ in random.normal() }
            // Scanned columns hold −infinity, unreached ones +infinity, forbidden pairs cost +infinity.
            let start = (0..<size).map { _ in [Double.infinity, -.infinity, random.unit()][random.integer(in: 0...2)] }
            let cost = (0..<size).map { _ in random.integer(in: 0...5) == 0 ? Double.infinity : Double(random.integer(in: 0...3)) }
            var expectedDistance = start, expectedPredecessor = [Int64](repeating: -1, count: size)
            let expected = PlainKernels.relax(
                cost: cost, price: price, base: 0.25, row: 7, distance: &expectedDistance, predecessor: &expectedPredecessor)
            for kernels in Self.levels {
                var distance = start, predecessor = [Int64](repeating: -1, count: size)
                let found = kernels.relax(
                    cost: cost, price: price, count: size, base: 0.25, row: 7, distance: &distance, predecessor: &predecessor)
                #expect(found == expected)
                #expect(distance == expectedDistance && predecessor == expectedPredecessor)
            }
        }
    }

    @Test("least and second least, the first of equals")
    func least() {
        var random = SeededGenerator(82)
        for size in Self.sizes {
            for isTied in [false, true] {
                let cost = (0..<size).map { _ in isTied ? Double(random.integer(in: 0...2)) : random.normal() }
                let price = (0..<size).map { _ in isTied ? 0 : random.normal() }
                let expected = PlainKernels.twoLeast(cost: cost, price: price)
                for kernels in Self.levels {
                    #expect(kernels.twoLeast(cost: cost, price: price, count: size) == expected)
                    #expect(kernels.least(cost: cost, price: price, count: size) == (expected.0, expected.2))
                }
            }
            let forbidden = [Double](repeating: .infinity, count: size), zero = [Double](repeating: 0, count: size)
            for kernels in Self.levels {
                #expect(kernels.least(cost: forbidden, price: zero, count: size) == (.infinity, -1))
                #expect(kernels.twoLeast(cost: forbidden, price: zero, count: size) == (.infinity, .infinity, -1))
            }
        }
    }

    @Test("column minima, and a check that misses no bad number")
    func columnLeast() {
        var random = SeededGenerator(86)
        for size in Self.sizes {
            let cost = (0..<size).map { _ in random.normal() }, start = (0..<size).map { _ in random.normal() }
            for kernels in Self.levels {
                var least = start
                #expect(kernels.columnLeast(cost: cost, least: &least, count: size) == cost.map(abs).max())
                #expect(least == zip(cost, start).map { min($0, $1) })
                for bad in [Double.nan, .infinity, -.infinity] {
                    var broken = cost
                    broken[random.integer(in: 0...size - 1)] = bad
                    #expect(kernels.columnLeast(cost: broken, least: &least, count: size) == .infinity)
                }
            }
        }
    }

    @Test("the exponential is within two units of the last place and has no subnormal results")
    func exponential() {
        var random = SeededGenerator(83)
        let special: [Double] = [0, -0.0, 1, -1, 708, 709, 709.5, 1e9, -707.9, -708, -708.1, -1e300, .infinity, -.infinity]
        let x = special + (0..<2000).map { _ in 700 * (2 * random.unit() - 1) }
        for kernels in Self.levels {
            var result = [Double](repeating: -1, count: x.count)
            // exp((0 + 0 − cost) / 1)
            _ = kernels.gibbsRow(
                cost: x.map { -$0 }, column: [Double](repeating: 0, count: x.count), count: x.count, row: 0, scale: 1, kernel: &result)
            for (value, found) in zip(x, result) {
                #expect(found == PlainKernels.exp(value))
                let exact = Foundation.exp(value)
                if value > 709 {
                    #expect(found == .infinity)
                } else if value < -708 {
                    #expect(found == 0)
                } else {
                    #expect(abs(found - exact) <= 2 * exact.ulp)
                }
            }
        }
    }

    @Test("kernel rows, sums of exponentials and products, bit for bit")
    func sums() {
        var random = SeededGenerator(84)
        for size in Self.sizes {
            let cost = (0..<size).map { _ in random.integer(in: 0...6) == 0 ? Double.infinity : 40 * random.unit() }
            let column = (0..<size).map { _ in random.normal() }
            let row = PlainKernels.gibbsRow(cost: cost, column: column, row: 0.3, scale: 0.07)
            let logSum = PlainKernels.logSumExp(cost: cost, column: column, scale: 0.07)
            let y = (0..<size).map { _ in random.normal() }
            for kernels in Self.levels {
                var kernel = [Double](repeating: -1, count: size)
                let sum = kernels.gibbsRow(cost: cost, column: column, count: size, row: 0.3, scale: 0.07, kernel: &kernel)
                #expect(kernel == row.kernel && sum == row.sum)
                #expect(kernels.logSumExp(cost: cost, column: column, count: size, scale: 0.07) == logSum)
                #expect(kernels.dot(column, y, count: size) == PlainKernels.dot(column, y))
                var added = y
                kernels.addScaled(1.7, column, to: &added, count: size)
                #expect(added == zip(y, column).map { $0 + 1.7 * $1 })
            }
        }
    }

    @Test("tiles of products")
    func products() {
        var random = SeededGenerator(85)
        for depth in [1, 2, 33, 256] {
            let left = (0..<6 * depth).map { _ in random.normal() }, right = (0..<8 * depth).map { _ in random.normal() }
            for kernels in Self.levels {
                var result = [Double](repeating: 1, count: 48)
                kernels.products(left: left, right: right, depth: depth, result: &result)
                for i in 0..<6 {
                    for j in 0..<8 {
                        let expected = (0..<depth).reduce(1.0) { $0 + left[6 * $1 + i] * right[8 * $1 + j] }
                        // Fused multiply-add rounds once where the twin rounds twice, 256 times at most.
                        #expect(abs(result[8 * i + j] - expected) <= 1e-12)
                    }
                }
            }
        }
    }
}
