/// A value for every hyperparameter of a table: those given, and the defaults of the others.
public struct Settings: Sendable, Hashable {
    /// Values that were set, by key, whether or not they equal the default.
    public private(set) var given: [String: HyperparameterValue] = [:]
    public let table: HyperparameterTable

    public init(_ table: HyperparameterTable) { self.table = table }

    public static func == (first: Settings, second: Settings) -> Bool {
        first.table == second.table && first.table.hyperparameters.allSatisfy { first[$0.key] == second[$0.key] }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(table.id)
        for hyperparameter in table.hyperparameters { hasher.combine(self[hyperparameter.key]) }
    }

    /// The value of a declared hyperparameter.
    public subscript(key: String) -> HyperparameterValue? { given[key] ?? table.hyperparameter(key)?.fallback }

    public mutating func set(_ key: String, _ value: HyperparameterValue) throws(RecipeError) {
        given[key] = try table.declared(key).check(value)
    }

    public mutating func set(_ key: String, text: String) throws(RecipeError) {
        given[key] = try table.declared(key).parse(text)
    }

    /// Applies `KEY=VALUE`, as `--set` takes it.
    public mutating func apply(assignment text: String) throws(RecipeError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0).trimmed }
        guard parts.count == 2, !parts[0].isEmpty else { throw .assignment(text: text) }
        try set(parts[0], text: parts[1])
    }

    public mutating func reset(_ key: String) { given[key] = nil }

    /// Whether a hyperparameter has an effect under the other values.
    public func applies(_ hyperparameter: Hyperparameter) -> Bool {
        hyperparameter.conditions.allSatisfy { condition in
            guard let value = self[condition.key] else { return false }
            guard condition.values.contains(value) else { return false }
            return table.hyperparameter(condition.key).map(applies) ?? false
        }
    }

    /// The hyperparameters that have an effect, with their values.
    public var effective: [(hyperparameter: Hyperparameter, value: HyperparameterValue)] {
        table.hyperparameters.filter(applies).map { ($0, self[$0.key] ?? $0.fallback) }
    }

    /// The effective values that differ from the defaults: what a recipe or a command line has to say.
    public var differences: [(key: String, value: HyperparameterValue)] {
        effective.filter { $0.value != $0.hyperparameter.fallback }.map { ($0.hyperparameter.key, $0.value) }
    }

    // Who reads a value has declared it; a key of another kind would be a defect of that declaration and reads as the kind's zero.
    public func word(_ key: String) -> String { if case .choice(let word)? = self[key] { word } else { "" } }
    public func number(_ key: String) -> Double { if case .real(let number)? = self[key] { number } else { 0 } }
    public func count(_ key: String) -> Int { if case .integer(let number)? = self[key] { number } else { 0 } }
    public func numbers(_ key: String) -> [Double] { if case .numbers(let numbers)? = self[key] { numbers } else { [] } }
    public func isOn(_ key: String) -> Bool { if case .flag(let on)? = self[key] { on } else { false } }

    public func text(_ key: String) -> String { if case .text(let text)? = self[key] { text } else { "" } }

    /// The choice of a hyperparameter as a Swift enumeration whose raw values are its words.
    public func choice<Choice: RawRepresentable>(_ key: String, as type: Choice.Type = Choice.self) throws(RecipeError) -> Choice
    where Choice.RawValue == String {
        guard let choice = Choice(rawValue: word(key)) else {
            throw .value(key: key, value: word(key), allowed: table.hyperparameter(key)?.range ?? "")
        }
        return choice
    }
}
