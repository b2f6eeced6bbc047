/// A hyperparameter whose values have a Swift type: declared once, read as `settings[OTFusion.epsilon]`.
///
/// ```swift
/// static let epsilon = Hyperparameter(
///     "epsilon", "epsilon", 1e-6...1e3, scale: .logarithmic, default: 0.05, when: [solver == .sinkhorn],
///     paper: "Cuturi 2013", help: "Strength of the entropic regularisation: larger is softer.")
/// ```
public struct Hyperparameter<Value: HyperparameterType>: Sendable {
    /// The declaration without its type, for forms, files and help.
    public private(set) var erased: AnyHyperparameter
    /// Where the table of the settings has no such hyperparameter.
    public private(set) var fallback: Value

    public var key: String { erased.key }

    private init(
        _ key: String, _ title: String, _ kind: AnyHyperparameter.Kind, _ fallback: Value, auto: (Value, @Sendable (Int?) -> Value?)? = nil,
        unit: String = "", when conditions: [AnyHyperparameter.Condition], aliases: [String], paper: String, help: String
    ) {
        self.fallback = fallback
        let automatic = auto.map { auto in
            AnyHyperparameter.Automatic(value: auto.0.hyperparameterValue) { auto.1($0)?.hyperparameterValue }
        }
        erased = AnyHyperparameter(
            key: key, aliases: aliases, title: title, kind: kind, fallback: fallback.hyperparameterValue, automatic: automatic, unit: unit,
            help: help, paper: paper, conditions: conditions)
    }

    /// The same hyperparameter with another default, for one method.
    public func defaulting(to value: Value) -> Self {
        var changed = self
        changed.fallback = value
        changed.erased.fallback = value.hyperparameterValue
        return changed
    }

    /// The same hyperparameter under another condition, for one method; nil for one that always has an effect.
    public func when(_ condition: AnyHyperparameter.Condition?) -> Self {
        var changed = self
        changed.erased.conditions = condition.map { [$0] } ?? []
        return changed
    }

    /// A condition on another hyperparameter.
    public static func == (hyperparameter: Self, value: Value) -> AnyHyperparameter.Condition { hyperparameter.isOne(of: value) }

    /// A condition on another hyperparameter: that it has one of some values.
    public func isOne(of values: Value...) -> AnyHyperparameter.Condition {
        AnyHyperparameter.Condition(key: key, values: values.map(\.hyperparameterValue))
    }
}

extension Hyperparameter where Value == Double {
    /// - Parameter auto: the value that leaves the decision to the method, and the value in force for a number of parents.
    public init(
        _ key: String, _ title: String, _ range: ClosedRange<Double>, scale: AnyHyperparameter.Scale, default fallback: Double,
        auto: (Double, @Sendable (Int?) -> Double?)? = nil, unit: String = "", when conditions: [AnyHyperparameter.Condition] = [],
        aliases: [String] = [], paper: String, help: String
    ) {
        self.init(
            key, title, .real(range, scale: scale), fallback, auto: auto, unit: unit, when: conditions, aliases: aliases, paper: paper,
            help: help)
    }
}

extension Hyperparameter where Value == Int {
    /// - Parameter auto: the value that leaves the decision to the method, and the value in force for a number of parents.
    public init(
        _ key: String, _ title: String, _ range: ClosedRange<Int>, default fallback: Int, auto: (Int, @Sendable (Int?) -> Int?)? = nil,
        unit: String = "", when conditions: [AnyHyperparameter.Condition] = [], aliases: [String] = [], paper: String, help: String
    ) {
        self.init(
            key, title, .integer(range), fallback, auto: auto, unit: unit, when: conditions, aliases: aliases, paper: paper, help: help)
    }
}

extension Hyperparameter where Value == Bool {
    public init(
        _ key: String, _ title: String, default fallback: Bool, when conditions: [AnyHyperparameter.Condition] = [], aliases: [String] = [],
        paper: String, help: String
    ) {
        self.init(key, title, .flag, fallback, when: conditions, aliases: aliases, paper: paper, help: help)
    }
}

extension Hyperparameter where Value == String {
    /// - Parameter form: what the text should look like.
    public init(
        _ key: String, _ title: String, form: String, default fallback: String = "", unit: String = "",
        when conditions: [AnyHyperparameter.Condition] = [], aliases: [String] = [], paper: String, help: String
    ) {
        self.init(key, title, .text(form: form), fallback, unit: unit, when: conditions, aliases: aliases, paper: paper, help: help)
    }
}

extension Hyperparameter where Value == [Double] {
    /// - Parameter each: the range of every number.
    public init(
        _ key: String, _ title: String, each range: ClosedRange<Double>, default fallback: [Double] = [],
        when conditions: [AnyHyperparameter.Condition] = [], aliases: [String] = [], paper: String, help: String
    ) {
        self.init(key, title, .numbers(range), fallback, when: conditions, aliases: aliases, paper: paper, help: help)
    }
}

extension Hyperparameter where Value == NamedParent {
    public init(
        _ key: String, _ title: String, default fallback: NamedParent, when conditions: [AnyHyperparameter.Condition] = [],
        aliases: [String] = [], paper: String, help: String
    ) {
        self.init(key, title, .parent, fallback, when: conditions, aliases: aliases, paper: paper, help: help)
    }
}

extension Hyperparameter where Value: HyperparameterChoice {
    /// - Parameters:
    ///   - choices: those that may be chosen, all where not given.
    ///   - title: what to call a choice here, where its own title does not do.
    public init(
        _ key: String, _ title: String, among choices: [Value] = Array(Value.allCases), default fallback: Value,
        titles: [Value: String] = [:], when conditions: [AnyHyperparameter.Condition] = [], aliases: [String] = [], paper: String,
        help: String
    ) {
        self.init(
            key, title, .choice(choices.map { .init($0.word, titles[$0] ?? $0.title, aliases: $0.aliases) }), fallback, when: conditions,
            aliases: aliases, paper: paper, help: help)
    }
}

/// Declarations of hyperparameters, as a table lists them: one, or several that belong together.
public protocol HyperparameterDeclarations: Sendable {
    var declarations: [AnyHyperparameter] { get }
}

extension Hyperparameter: HyperparameterDeclarations {
    public var declarations: [AnyHyperparameter] { [erased] }
}

extension AnyHyperparameter: HyperparameterDeclarations {
    public var declarations: [AnyHyperparameter] { [self] }
}

extension Array: HyperparameterDeclarations where Element == any HyperparameterDeclarations {
    public var declarations: [AnyHyperparameter] { flatMap(\.declarations) }
}

/// A value for a hyperparameter: `OTFusion.epsilon <- 0.1`.
public struct HyperparameterAssignment: Sendable, Hashable, CustomStringConvertible {
    package let key: String
    package let value: HyperparameterValue

    /// In the form of `--set`.
    public var description: String { "\(key)=\(value)" }
}

infix operator <- : ComparisonPrecedence

/// A value for a hyperparameter.
package func <- <Value>(hyperparameter: Hyperparameter<Value>, value: Value) -> HyperparameterAssignment {
    HyperparameterAssignment(key: hyperparameter.key, value: value.hyperparameterValue)
}
