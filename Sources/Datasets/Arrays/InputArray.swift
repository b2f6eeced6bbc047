/// One of several inputs of a network, as a data set holds it: an array [count] + shape whose rows stand in every sample after those of the inputs before it.
package struct InputArray: Sendable, Equatable {
    /// The array's name.
    package let name: String
    /// Of one sample; empty for a single number.
    package let shape: [Int]
    /// Whether its numbers are token ids, masks or other whole numbers.
    package let holdsIntegers: Bool

    package var count: Int { shape.reduce(1, *) }

    package init(name: String, shape: [Int], holdsIntegers: Bool) {
        (self.name, self.shape, self.holdsIntegers) = (name, shape, holdsIntegers)
    }
}

extension [InputArray] {
    /// Samples of several arrays, one array's numbers after another's.
    ///
    /// - Parameters:
    ///   - parts: the arrays' numbers, sample after sample.
    ///   - count: samples.
    func rows(of parts: [[Float]], count: Int) -> [Float] {
        var rows: [Float] = []
        rows.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for sample in 0..<count {
            for (input, values) in zip(self, parts) { rows += values[sample * input.count..<(sample + 1) * input.count] }
        }
        return rows
    }
}
