/// What a network's samples consist of.
public enum InputElements: Sendable, Equatable {
    /// Numbers: pixels, measurements.
    case real
    /// Whole numbers below a bound: characters, words.
    case index(below: Int)
    /// Whole numbers without a known bound: masks, counts.
    case integer
    /// Several inputs, whose numbers stand one after another in a sample: input 0, then input 1 …
    case parts([InputPart])

    /// Whether some of the numbers are whole numbers, which can be neither normalised nor averaged.
    package var holdIntegers: Bool {
        switch self {
        case .real: false
        case .index, .integer: true
        case .parts(let parts): parts.contains { $0.elements.holdIntegers }
        }
    }

    /// The inputs by their names; empty where there is only one.
    package var parts: [InputPart] { if case .parts(let parts) = self { parts } else { [] } }
}

/// One of several inputs of a network.
public struct InputPart: Sendable, Equatable {
    /// The name of the argument in the author's program, which is the name of the array in a data set.
    public let name: String
    /// Of one sample; empty for a single number.
    public let shape: [Int]
    public let elements: InputElements

    /// Numbers of one sample.
    public var count: Int { shape.reduce(1, *) }

    package init(name: String, shape: [Int], elements: InputElements) { (self.name, self.shape, self.elements) = (name, shape, elements) }
}

extension Architecture {
    /// One sample's shape in words: "3×32×32"; with several inputs, each with its name.
    package var inputText: String {
        guard !elements.parts.isEmpty else { return NetworkError.shape(inputShape) }
        return elements.parts.map { "\($0.name) \($0.shape.isEmpty ? "1" : NetworkError.shape($0.shape))" }.joined(separator: ", ")
    }
}
