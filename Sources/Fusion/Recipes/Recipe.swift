/// Everything that determines a fused network: parents, method, hyperparameters, data, seed.
public struct Recipe: Sendable, Hashable {
    /// Paths of the parents' checkpoints, in order.
    public var parents: [String]
    public var method: Method { didSet { if method != oldValue { settings = Settings(method) } } }
    public var settings: Settings
    /// What the method may look at (a data spec), nil for methods that need no data.
    public var data: String?
    /// What the result is measured on (a data spec).
    public var evaluation: String?
    public var seed: UInt64

    public init(parents: [String] = [], method: Method = OTFusion.method, settings: Settings? = nil, data: String? = nil, evaluation: String? = nil, seed: UInt64 = 0) {
        self.parents = parents
        self.method = method
        self.settings = settings ?? Settings(method)
        self.data = data
        self.evaluation = evaluation
        self.seed = seed
    }

    /// Applies `KEY=VALUE`, as `--set` takes it.
    public mutating func apply(assignment text: String) throws(RecipeError) {
        let parts = text.split(separator: "=", maxSplits: 1).map { String($0).trimmed }
        guard parts.count == 2, !parts[0].isEmpty else { throw .assignment(text: text) }
        try settings.set(parts[0], text: parts[1])
    }

    /// The command that runs this recipe.
    public func command(output: String? = nil) -> String {
        var words = ["amalgam", "fuse"] + parents.map(Self.quoted) + ["--method", method.id]
        if let data { words += ["--data", Self.quoted(data)] }
        if let evaluation { words += ["--evaluate", Self.quoted(evaluation)] }
        for (key, value) in settings.differences { words += ["--set", "\(key)=\(value)"] }
        if seed != 0 { words += ["--seed", "\(seed)"] }
        if let output { words += ["--output", Self.quoted(output)] }
        return words.joined(separator: " ")
    }

    /// In single quotes where a shell would take a character amiss.
    private static func quoted(_ text: String) -> String {
        let plain = text.allSatisfy { $0.isLetter || $0.isNumber || "-_./:=+,@%".contains($0) }
        return plain && !text.isEmpty ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
