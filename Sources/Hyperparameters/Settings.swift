/// A value for every hyperparameter of a table: those given, and the defaults of the others.
public struct Settings: Sendable, Hashable {
    /// Values that were set, by key, whether or not they equal the default.
    public private(set) var given: [String: HyperparameterValue] = [:]
    public let table: HyperparameterTable
    /// Notes on earlier spellings that were used.
    public private(set) var notes: [String] = []

    public init(_ table: HyperparameterTable) { self.table = table }

    /// - Throws: where a value is not in the range of its hyperparameter, or the table has no such hyperparameter.
    public init(_ table: HyperparameterTable, _ values: [HyperparameterAssignment]) throws(RecipeError) {
        self.table = table
        for assignment in values { try set(assignment) }
    }

    public static func == (first: Settings, second: Settings) -> Bool {
        first.table == second.table && first.table.hyperparameters.allSatisfy { first[$0] == second[$0] }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(table.id)
        for hyperparameter in table.hyperparameters { hasher.combine(self[hyperparameter]) }
    }

    /// The value of a hyperparameter: the one given, else the table's default, else, where the table has no such hyperparameter, its own default.
    public subscript<Value>(hyperparameter: Hyperparameter<Value>) -> Value {
        self[hyperparameter.key].flatMap(Value.init(hyperparameterValue:)) ?? hyperparameter.fallback
    }

    /// The value of a declared hyperparameter, by its key or an earlier spelling of it.
    public subscript(key: String) -> HyperparameterValue? { table.hyperparameter(key).map { self[$0] } }

    private subscript(hyperparameter: AnyHyperparameter) -> HyperparameterValue { given[hyperparameter.key] ?? hyperparameter.fallback }

    /// Whether the table declares a hyperparameter.
    public func has<Value>(_ hyperparameter: Hyperparameter<Value>) -> Bool { table.hyperparameter(hyperparameter.key) != nil }

    public mutating func set<Value>(_ hyperparameter: Hyperparameter<Value>, _ value: Value) throws(RecipeError) {
        try set(hyperparameter <- value)
    }

    public mutating func set(_ assignment: HyperparameterAssignment) throws(RecipeError) { try set(assignment.key, assignment.value) }

    public mutating func set(_ key: String, _ value: HyperparameterValue) throws(RecipeError) {
        let declared = try table.declared(key)
        set(declared, as: key, try declared.check(value), written: value)
    }

    public mutating func set(_ key: String, text: String) throws(RecipeError) {
        let declared = try table.declared(key)
        set(declared, as: key, try declared.parse(text), written: .choice(text.trimmed))
    }

    private mutating func set(
        _ hyperparameter: AnyHyperparameter, as key: String, _ value: HyperparameterValue, written: HyperparameterValue
    ) {
        given[hyperparameter.key] = value
        if key != hyperparameter.key { note("the hyperparameter \(key) is now called \(hyperparameter.key); the old name still works") }
        if case .choice = hyperparameter.kind, written != value {
            note("\(hyperparameter.key)=\(written) is now called \(hyperparameter.key)=\(value); the old name still works")
        }
    }

    /// Takes a note on how values were read, once.
    package mutating func note(_ text: String) { if !notes.contains(text) { notes.append(text) } }

    /// Applies `KEY=VALUE`, as `--set` takes it.
    public mutating func apply(assignment text: String) throws(RecipeError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0).trimmed }
        guard parts.count == 2, !parts[0].isEmpty else { throw .assignment(text: text) }
        try set(parts[0], text: parts[1])
    }

    public mutating func reset(_ key: String) { given[table.hyperparameter(key)?.key ?? key] = nil }

    /// Whether a hyperparameter has an effect under the other values.
    public func applies(_ hyperparameter: AnyHyperparameter) -> Bool {
        hyperparameter.conditions.allSatisfy { condition in
            guard let other = table.hyperparameter(condition.key) else { return false }
            return condition.values.contains(self[other]) && applies(other)
        }
    }

    /// The hyperparameters that have an effect, with their values.
    public var effective: [(hyperparameter: AnyHyperparameter, value: HyperparameterValue)] {
        table.hyperparameters.filter(applies).map { ($0, self[$0]) }
    }

    /// The effective values that differ from the defaults, as a command line writes them: what it has to say.
    public var differences: [(key: String, value: String)] {
        effective.filter { $0.value != $0.hyperparameter.fallback }.map { ($0.hyperparameter.key, $0.hyperparameter.word($0.value)) }
    }
}
