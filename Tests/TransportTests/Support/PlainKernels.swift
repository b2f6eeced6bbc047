@testable import Transport

/// The loops of CKernels in plain Swift, in the same order over eight lanes: the same bits are expected of every level.
enum PlainKernels {
    private static func sum(_ x: [Double]) -> Double {
        ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]))
    }

    static func relax(
        cost: [Double], price: [Double], base: Double, row: Int, distance: inout [Double], predecessor: inout [Int64]
    ) -> (Double, Int) {
        var best = (Double.infinity, -1)
        for j in cost.indices {
            let candidate = (cost[j] - price[j]) + base
            if candidate < distance[j] {
                distance[j] = candidate
                predecessor[j] = Int64(row)
            }
            if distance[j] > -.infinity, distance[j] < best.0 { best = (distance[j], j) }
        }
        return best
    }

    static func twoLeast(cost: [Double], price: [Double]) -> (Double, Double, Int) {
        var first = Double.infinity, second = Double.infinity, index = -1
        for j in cost.indices {
            let value = cost[j] - price[j]
            if value < first {
                second = first
                first = value
                index = j
            } else if value < second {
                second = value
            }
        }
        return (first, second, index)
    }

    static func exp(_ x: Double) -> Double {
        if x < -708 { return 0 }
        if x > 709 { return .infinity }
        let shifter = 6755399441055744.0
        let scaled = x * 1.4426950408889634 + shifter
        let k = scaled - shifter
        let r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
        let r2 = r * r, r4 = r2 * r2, r8 = r4 * r4
        let q0 = 0.5 + 0.16666666666666666 * r, q1 = 0.041666666666666664 + 0.008333333333333333 * r
        let q2 = 0.001388888888888889 + 0.0001984126984126984 * r, q3 = 2.48015873015873e-05 + 2.7557319223985893e-06 * r
        let q4 = 2.755731922398589e-07 + 2.505210838544172e-08 * r, q5 = 2.08767569878681e-09 + 1.6059043836821613e-10 * r
        let low = q0 + q1 * r2, middle = q2 + q3 * r2, high = q4 + q5 * r2
        let p = (r2 * ((low + middle * r4) + high * r8) + r) + 1
        return p * Double(sign: .plus, exponent: Int(k), significand: 1)
    }

    static func gibbsRow(cost: [Double], column: [Double], row: Double, scale: Double) -> (kernel: [Double], sum: Double) {
        let kernel = cost.indices.map { exp(((column[$0] + row) - cost[$0]) * (1 / scale)) }
        var lanes = [Double](repeating: 0, count: 8)
        for j in kernel.indices { lanes[j % 8] += kernel[j] }
        return (kernel, sum(lanes))
    }

    static func logSumExp(cost: [Double], column: [Double], scale: Double) -> (Double, Double) {
        let values = cost.indices.map { (column[$0] - cost[$0]) * (1 / scale) }
        guard let largest = values.max(), largest > -.infinity else { return (-.infinity, 0) }
        var lanes = [Double](repeating: 0, count: 8)
        for j in values.indices { lanes[j % 8] += exp(values[j] - largest) }
        return (largest, sum(lanes))
    }

    static func dot(_ x: [Double], _ y: [Double]) -> Double {
        var lanes = [Double](repeating: 0, count: 16)
        let whole = x.count / 16 * 16
        for j in 0..<whole { lanes[j % 16] += x[j] * y[j] }
        var result = sum((0..<8).map { lanes[$0] + lanes[$0 + 8] })
        for j in whole..<x.count { result += x[j] * y[j] }
        return result
    }
}
