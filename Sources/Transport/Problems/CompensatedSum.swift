/// A running sum that carries its rounding error along (Neumaier, ZAMM 54, 1974).
package struct CompensatedSum {
    private var sum = 0.0
    private var error = 0.0

    package init() {}

    package mutating func add(_ value: Double) {
        let next = sum + value
        error += abs(sum) >= abs(value) ? (sum - next) + value : (value - next) + sum
        sum = next
    }

    package var value: Double { error.isFinite ? sum + error : sum }
}

extension Sequence<Double> {
    /// The sum with compensated rounding.
    var compensatedSum: Double { reduce(into: CompensatedSum()) { $0.add($1) }.value }
}
