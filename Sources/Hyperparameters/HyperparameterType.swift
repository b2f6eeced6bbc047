/// A Swift type that the values of a hyperparameter have.
public protocol HyperparameterType: Sendable, Hashable {
    /// Nil where the value is of another kind.
    init?(hyperparameterValue value: HyperparameterValue)
    var hyperparameterValue: HyperparameterValue { get }
}

/// An enumeration of the words that a hyperparameter may have: it is the declaration of them.
///
/// ```swift
/// enum Features: String, HyperparameterChoice {
///     case activations, weights
///
///     var title: String {
///         switch self {
///         case .activations: "activations on samples"
///         case .weights: "incoming weights, no data needed"
///         }
///     }
/// }
/// ```
public protocol HyperparameterChoice: HyperparameterType, RawRepresentable, CaseIterable where RawValue == String {
    /// One line for people.
    var title: String { get }
    /// As written in recipes and on the command line.
    var word: String { get }
    /// Earlier spellings that still read.
    var aliases: [String] { get }
}

extension HyperparameterChoice {
    public var word: String { rawValue }
    public var aliases: [String] { [] }

    public init?(hyperparameterValue value: HyperparameterValue) {
        guard case .choice(let word) = value, let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }
    public var hyperparameterValue: HyperparameterValue { .choice(word) }
}

extension Double: HyperparameterType {
    public init?(hyperparameterValue value: HyperparameterValue) {
        guard case .real(let number) = value else { return nil }
        self = number
    }
    public var hyperparameterValue: HyperparameterValue { .real(self) }
}

extension Int: HyperparameterType {
    public init?(hyperparameterValue value: HyperparameterValue) {
        guard case .integer(let number) = value else { return nil }
        self = number
    }
    public var hyperparameterValue: HyperparameterValue { .integer(self) }
}

extension Bool: HyperparameterType {
    public init?(hyperparameterValue value: HyperparameterValue) {
        guard case .flag(let isOn) = value else { return nil }
        self = isOn
    }
    public var hyperparameterValue: HyperparameterValue { .flag(self) }
}

extension String: HyperparameterType {
    public init?(hyperparameterValue value: HyperparameterValue) {
        guard case .text(let text) = value else { return nil }
        self = text
    }
    public var hyperparameterValue: HyperparameterValue { .text(self) }
}

extension [Double]: HyperparameterType {
    public init?(hyperparameterValue value: HyperparameterValue) {
        guard case .numbers(let numbers) = value else { return nil }
        self = numbers
    }
    public var hyperparameterValue: HyperparameterValue { .numbers(self) }
}

extension NamedParent: HyperparameterType {
    public init?(hyperparameterValue value: HyperparameterValue) {
        guard case .choice(let word) = value else { return nil }
        self.init(word)
    }
    public var hyperparameterValue: HyperparameterValue { .choice(word) }
}
