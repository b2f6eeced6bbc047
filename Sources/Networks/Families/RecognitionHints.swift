/// Facts about a network that the parameters do not reveal; missing ones are assumed, and the assumptions are reported.
public struct RecognitionHints: Sendable, Hashable {
    /// What a normalisation without running statistics normalises over.
    public enum Norm: Sendable, Hashable {
        case layer, instance
        case group(Int)

        /// `layer`, `instance`, or `group:8` with the number of groups.
        package var text: String {
            switch self {
            case .layer: "layer"
            case .instance: "instance"
            case .group(let groups): "group:\(groups)"
            }
        }

        init?(text: String) {
            let words = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            switch (words.first, words.count) {
            case ("layer", 1): self = .layer
            case ("instance", 1): self = .instance
            case ("group", 2):
                guard let groups = Int(words[1]), (1...LayerOptions.largest).contains(groups) else { return nil }
                self = .group(groups)
            default: return nil
            }
        }
    }

    /// One sample's shape, such as [1, 28, 28].
    public var inputShape: [Int]?
    /// The number of attention heads.
    public var heads: Int?
    public var activation: Activation?
    /// ε of the layer normalisations, from a configuration file.
    public var epsilon: Double?
    public var norm: Norm?
    /// Of a chain of convolutions, a number for each: 2×2 pools behind it, its stride, its padding.
    public var pools: [Int]?
    public var strides: [Int]?
    public var paddings: [Int]?
    /// Of an exported graph with several results, the one that is the logits, by its key.
    public var output: String?

    public init(
        inputShape: [Int]? = nil, heads: Int? = nil, activation: Activation? = nil, norm: Norm? = nil, pools: [Int]? = nil,
        strides: [Int]? = nil, paddings: [Int]? = nil, output: String? = nil
    ) {
        self.inputShape = inputShape
        self.heads = heads
        self.activation = activation
        self.norm = norm
        self.pools = pools
        self.strides = strides
        self.paddings = paddings
        self.output = output
    }

    public var isEmpty: Bool { self == RecognitionHints() }
}

extension RecognitionHints {
    /// The names of the hints; command lines and their help follow from this.
    public enum Key: String, Sendable, CaseIterable {
        case heads, input, activation, norm, pool, stride, padding, output

        /// What the parameters leave open, and how the hint is written.
        package var help: String {
            switch self {
            case .heads: "the number of attention heads, such as heads=8"
            case .input: "one sample's shape, such as input=3x32x32"
            case .activation:
                "the nonlinearity, such as activation=leaky_relu:0.3, one of \(Activation.Function.allCases.map(\.rawValue).joined(separator: ", "))"
            case .norm: "the type of normalisations without running statistics: norm=layer, norm=instance or norm=group:8 (8 groups)"
            case .pool: "the number of 2×2 max pools after each convolution of a chain, such as pool=1,0,1"
            case .stride: "the stride of each convolution of a chain, such as stride=2,1,1"
            case .padding: "the padding of each convolution of a chain, such as padding=1,1,0"
            case .output: "the result of an exported graph that is the logits, such as output=logits or output=0"
            }
        }
    }

    /// Sets a hint from its text.
    ///
    /// - Throws: ``NetworkError/hint(text:reason:)``.
    public mutating func set(_ key: Key, _ value: String) throws(NetworkError) {
        let refused = NetworkError.hint(text: "\(key.rawValue)=\(value)", reason: "it should be \(key.help)")
        func sizes(_ separator: Character, _ range: ClosedRange<Int>) throws(NetworkError) -> [Int] {
            var sizes: [Int] = []
            for word in value.split(separator: separator, omittingEmptySubsequences: false) {
                guard let size = Int(word), range.contains(size) else { throw refused }
                sizes.append(size)
            }
            return sizes
        }
        switch key {
        case .heads:
            guard let heads = Int(value), (1...4096).contains(heads) else { throw refused }
            self.heads = heads
        case .input:
            let shape = try sizes("x", 1...LayerOptions.largest)
            guard shape.count == 1 || shape.count == 3 else { throw refused }
            inputShape = shape
        case .activation:
            guard let function = Activation(text: value) else { throw refused }
            activation = function
        case .norm:
            guard let norm = Norm(text: value) else { throw refused }
            self.norm = norm
        case .pool: pools = try sizes(",", 0...8)
        case .stride: strides = try sizes(",", 1...64)
        case .padding: paddings = try sizes(",", 0...64)
        case .output:
            guard !value.isEmpty else { throw refused }
            output = value
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

    /// A hint as it is written; nil where it is not set.
    private func text(of key: Key) -> String? {
        func list(_ numbers: [Int], _ separator: String) -> String { numbers.map(String.init).joined(separator: separator) }
        let value: String? =
            switch key {
            case .heads: heads.map(String.init)
            case .input: inputShape.map { list($0, "x") }
            case .activation: activation?.text
            case .norm: norm?.text
            case .pool: pools.map { list($0, ",") }
            case .stride: strides.map { list($0, ",") }
            case .padding: paddings.map { list($0, ",") }
            case .output: output
            }
        return value.map { "\(key.rawValue)=\($0)" }
    }

    /// Every hint as `KEY=VALUE`.
    public var texts: [String] { Key.allCases.compactMap(text) }

    /// Every hint as `KEY=VALUE`, and whether an architecture is as it says.
    public func agreement(with architecture: Architecture) -> [(hint: String, isFollowed: Bool)] {
        Key.allCases.compactMap { key in text(of: key).map { ($0, isFollowed(key, by: architecture)) } }
    }

    private func isFollowed(_ key: Key, by architecture: Architecture) -> Bool {
        let layers = architecture.nodes.map(\.layer), convolutions = layers.compactMap { $0 as? Convolution }
        return switch key {
        case .heads: layers.contains { ($0 as? Attention)?.heads == heads }
        case .input: architecture.inputShape == inputShape
        case .activation: layers.contains { ($0 as? Activation) == activation }
        case .norm:
            layers.contains { layer in
                switch norm {
                case .layer: layer is LayerNormalization
                case .instance: layer is InstanceNormalization
                case .group(let groups): (layer as? GroupNormalization)?.groups == groups
                case nil: false
                }
            }
        case .pool: pools?.reduce(0, +) == layers.count { $0 is Pooling }
        case .stride: strides == convolutions.map { $0.stride[0] }
        case .padding: paddings == convolutions.map { $0.padding[0] }
        // Whoever reads a graph says so.
        case .output: false
        }
    }
}
