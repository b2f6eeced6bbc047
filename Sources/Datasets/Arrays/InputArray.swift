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
