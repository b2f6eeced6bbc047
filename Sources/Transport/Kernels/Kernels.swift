import CKernels

/// The inner loops of the solvers at the widest level this processor has; `CKernels.h` says what each does.
///
/// All levels give the same bits (except `products`, whose fused multiply-add rounds once instead of twice).
struct Kernels: Sendable {
    /// 0 baseline, 1 AVX2, 2 AVX-512.
    let level: Int32

    static let best = Kernels(level: ck_best_level())

    /// Relaxes a row; returns the least open distance and its first column, or nil when no open column is reachable.
    @inline(__always)
    func relax(
        cost: UnsafePointer<Double>, price: UnsafePointer<Double>, count: Int, base: Double, row: Int,
        distance: UnsafeMutablePointer<Double>, predecessor: UnsafeMutablePointer<Int64>
    ) -> (distance: Double, column: Int) {
        var index: Int64 = -1
        let least = ck_relax(level, cost, price, Int64(count), base, Int64(row), distance, predecessor, &index)
        return (least, Int(index))
    }

    /// The least cost − price and its first column; (+infinity, −1) where every cost is infinite.
    @inline(__always)
    func least(cost: UnsafePointer<Double>, price: UnsafePointer<Double>, count: Int) -> (value: Double, column: Int) {
        var index: Int64 = -1
        let least = ck_least(level, cost, price, Int64(count), &index)
        return (least, Int(index))
    }

    /// The two least cost − price and the first column of the least.
    @inline(__always)
    func twoLeast(
        cost: UnsafePointer<Double>, price: UnsafePointer<Double>, count: Int
    ) -> (first: Double, second: Double, column: Int) {
        var index: Int64 = -1
        var second = Double.infinity
        let first = ck_two_least(level, cost, price, Int64(count), &second, &index)
        return (first, second, Int(index))
    }

    /// Lowers each `least` to the cost below it; returns the largest |cost|, infinite where one is not a number.
    @inline(__always)
    func columnLeast(cost: UnsafePointer<Double>, least: UnsafeMutablePointer<Double>, count: Int) -> Double {
        ck_column_least(level, cost, least, Int64(count))
    }

    /// Fills `kernel` with exp((row + column − cost) / scale) and returns its sum.
    @inline(__always)
    func gibbsRow(
        cost: UnsafePointer<Double>, column: UnsafePointer<Double>, count: Int, row: Double, scale: Double,
        kernel: UnsafeMutablePointer<Double>
    ) -> Double {
        ck_gibbs_row(level, cost, column, Int64(count), row, scale, kernel)
    }

    /// log Σ exp((column − cost) / scale).
    @inline(__always)
    func logSumExp(
        cost: UnsafePointer<Double>, column: UnsafePointer<Double>, count: Int, scale: Double
    ) -> (largest: Double, sum: Double) {
        var sum = 0.0
        let largest = ck_log_sum_exp(level, cost, column, Int64(count), scale, &sum)
        return (largest, sum)
    }

    @inline(__always)
    func dot(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, count: Int) -> Double {
        ck_dot(level, x, y, Int64(count))
    }

    /// y += factor · x
    @inline(__always)
    func addScaled(_ factor: Double, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, count: Int) {
        ck_add_scaled(level, factor, x, y, Int64(count))
    }

    /// Adds left · rightᵀ of a 6 × 8 tile to `result`; the factors are packed [depth][6] and [depth][8].
    @inline(__always)
    func products(
        left: UnsafePointer<Double>, right: UnsafePointer<Double>, depth: Int, result: UnsafeMutablePointer<Double>
    ) {
        ck_products(level, left, right, Int64(depth), result)
    }
}
