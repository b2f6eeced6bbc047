/// What is known of a network besides its parameters; what is left out is assumed, and the assumption stated.
public struct RecognitionHints: Sendable, Hashable {
    /// One sample's shape, such as [1, 28, 28].
    public var inputShape: [Int]?
    /// The number of attention heads.
    public var heads: Int?
    public var activation: Activation.Function?
    /// ε of the layer normalisations, which a configuration file tells.
    public var epsilon: Double?

    public init(inputShape: [Int]? = nil, heads: Int? = nil, activation: Activation.Function? = nil) {
        self.inputShape = inputShape
        self.heads = heads
        self.activation = activation
    }

    public var isEmpty: Bool { self == RecognitionHints() }
}

extension RecognitionHints {
    /// The names of the hints; command lines and their help follow from this.
    public enum Key: String, Sendable, CaseIterable {
        case heads, input, activation

        /// What the parameters leave open, and how the hint is written.
        public var help: String {
            switch self {
            case .heads: "the number of attention heads, such as heads=8"
            case .input: "one sample's shape, such as input=3x32x32"
            case .activation: "the nonlinearity, one of \(Activation.Function.allCases.map(\.rawValue).joined(separator: ", "))"
            }
        }
    }

    /// Sets a hint from its text.
    ///
    /// - Throws: ``NetworkError/hint(text:reason:)``.
    public mutating func set(_ key: Key, _ value: String) throws(NetworkError) {
        func refused() -> NetworkError { .hint(text: "\(key.rawValue)=\(value)", reason: "it should be \(key.help)") }
        switch key {
        case .heads:
            guard let heads = Int(value), (1...4096).contains(heads) else { throw refused() }
            self.heads = heads
        case .input:
            let sizes = value.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard sizes.count == 1 || sizes.count == 3, sizes.allSatisfy({ (1...65536).contains($0) }) else { throw refused() }
            inputShape = sizes
        case .activation:
            guard let function = Activation.Function(rawValue: value) else { throw refused() }
            activation = function
        }
    }

    /// Adds what a text such as `heads=8` says.
    public mutating func add(_ text: String) throws(NetworkError) {
        let words = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard words.count == 2, let key = Key(rawValue: words[0]) else {
            throw .hint(text: text, reason: "hints are written KEY=VALUE, with \(Key.allCases.map(\.help).joined(separator: "; "))")
        }
        try set(key, words[1])
    }

    /// Every hint as `KEY=VALUE`.
    public var texts: [String] {
        [heads.map { "heads=\($0)" }, inputShape.map { "input=" + $0.map(String.init).joined(separator: "x") }, activation.map { "activation=\($0.rawValue)" }].compactMap { $0 }
    }

    /// Every hint as `KEY=VALUE`, and whether an architecture is as it says.
    public func agreement(with architecture: Architecture) -> [(hint: String, isFollowed: Bool)] {
        let isFollowed = [
            heads.map { heads in architecture.nodes.contains { ($0.layer as? Attention)?.heads == heads } },
            inputShape.map { $0 == architecture.inputShape },
            activation.map { function in architecture.nodes.contains { ($0.layer as? Activation)?.function == function } },
        ]
        return Array(zip(texts, isFollowed.compactMap { $0 }))
    }
}
