/// The user's options for opening checkpoints: the same for every file that a command opens. Recipes store them.
public struct LoadOptions: Sendable, Hashable {
    /// An architecture file; it overrides automatic recognition.
    public var architecture: String?
    /// Facts that the parameters do not reveal.
    public var hints: RecognitionHints
    /// Patterns of the names of tensors that no layer uses and that are skipped: `*` stands for any characters, `?` for one.
    public var ignored: [String]
    /// Of several networks in a file, the one under this key of its dictionary.
    public var key: String?
    /// Of several networks in a file, the one whose parameters' names begin so.
    public var prefix: String?

    public init(
        architecture: String? = nil, hints: RecognitionHints = RecognitionHints(), ignored: [String] = [], key: String? = nil,
        prefix: String? = nil
    ) {
        self.architecture = architecture
        self.hints = hints
        self.ignored = ignored
        self.key = key
        self.prefix = prefix
    }

    public var isEmpty: Bool { self == LoadOptions() }

    /// As words of a command line, not quoted.
    public var arguments: [String] {
        var words: [String] = []
        if let architecture { words += ["--architecture", architecture] }
        for hint in hints.texts { words += ["--hint", hint] }
        for pattern in ignored { words += ["--ignore", pattern] }
        if let key { words += ["--key", key] }
        if let prefix { words += ["--prefix", prefix] }
        return words
    }

    /// For networks that may be of other architectures than the first.
    public var withoutArchitecture: LoadOptions { LoadOptions(hints: hints, ignored: ignored, key: key, prefix: prefix) }

    /// With what `other` says in the place of what this says.
    public func overridden(by other: LoadOptions) -> LoadOptions {
        LoadOptions(
            architecture: other.architecture ?? architecture, hints: other.hints.isEmpty ? hints : other.hints,
            ignored: other.ignored.isEmpty ? ignored : other.ignored,
            key: other.key ?? key, prefix: other.prefix ?? prefix)
    }
}
