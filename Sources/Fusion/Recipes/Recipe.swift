import Networks
import Tensors

/// Everything that determines a fused network: parents, method, hyperparameters, data, seed.
public struct Recipe: Sendable, Hashable {
    /// Paths of the parents' checkpoints, in order.
    public var parents: [String]
    /// How the parents are fused; a new method resets settings and edits.
    public var method: Method {
        didSet {
            guard method != oldValue else { return }
            settings = Settings(method)
            edits = PlanEdits()
        }
    }
    /// The values of the hyperparameters.
    public var settings: Settings
    /// User constraints on the plan, by neuron group.
    public var edits = PlanEdits()
    /// Unlabelled data used by the method (a data spec); nil for methods that need none.
    public var data: String?
    /// Validation data for selecting the best parent (a data spec), for comparison only; the method does not use it.
    public var validation: String?
    /// Evaluation data (a data spec).
    public var evaluation: String?
    /// The random seed.
    public var seed: UInt64
    /// How the parents are opened.
    public var load = LoadOptions()
    /// The floating-point type of the saved network; nil keeps the reference parent's, parameter by parameter.
    public var dtype: DType?
    /// The prediction task; nil to infer it from outputs and data.
    public var task: PredictionTask?

    public init(
        parents: [String] = [], method: Method = OTFusion.method, settings: Settings? = nil, data: String? = nil, evaluation: String? = nil,
        seed: UInt64 = 0
    ) {
        self.parents = parents
        self.method = method
        self.settings = settings ?? Settings(method)
        self.data = data
        self.evaluation = evaluation
        self.seed = seed
    }

    /// Applies `KEY=VALUE`, or `GROUP/KEY=VALUE` for one neuron group, as `--set` takes it.
    public mutating func apply(assignment text: String) throws(RecipeError) {
        let parts = text.split(separator: "=", maxSplits: 1).map { String($0).trimmed }
        guard parts.count == 2, let slash = parts[0].lastIndex(of: "/") else { return try settings.apply(assignment: text) }
        let group = String(parts[0][..<slash]).trimmed, key = String(parts[0][parts[0].index(after: slash)...]).trimmed
        guard !group.isEmpty else { throw .assignment(text: text) }
        switch key {
        case PlanEdits.pinKey: edits[group].pinned.insert(try PlanEdits.Pairing(parts[1]))
        case PlanEdits.forbidKey: edits[group].forbidden.insert(try PlanEdits.Pairing(parts[1]))
        case PlanEdits.neuronsKey:
            guard let count = Int(parts[1]), count > 0 else { throw .value(key: parts[0], value: parts[1], allowed: "1 or more") }
            edits[group].neurons = count
        default:
            let hyperparameter = try method.editable(key)
            edits[group].values[hyperparameter.key] = try hyperparameter.parse(parts[1])
        }
    }

    /// The command that runs this recipe.
    public func command(output: String? = nil) -> String {
        var words = ["amalgam", "fuse"] + parents.map(ShellWord.quoted) + ["--method", method.id]
        if let data { words += ["--data", ShellWord.quoted(data)] }
        if let validation { words += ["--validate", ShellWord.quoted(validation)] }
        if let evaluation { words += ["--evaluate", ShellWord.quoted(evaluation)] }
        for (key, value) in settings.differences { words += ["--set", "\(key)=\(value)"] }
        for assignment in edits.assignments { words += ["--set", ShellWord.quoted(assignment)] }
        if seed != 0 { words += ["--seed", "\(seed)"] }
        words += load.arguments.map(ShellWord.quoted)
        if let dtype { words += ["--dtype", dtype.name] }
        if let task { words += ["--task", task.rawValue] }
        if let output { words += ["--output", ShellWord.quoted(output)] }
        return words.joined(separator: " ")
    }
}
