/// The declaration of a hyperparameter of a fusion method or of fine-tuning, whatever the Swift type of its values: the form of the workbench, the options
/// of the command line, the recipe file, its checks and the reference page all follow from it. Code that reads a value has a ``Hyperparameter``.
public struct AnyHyperparameter: Sendable, Identifiable {
    public enum Kind: Sendable, Equatable {
        case choice([Choice])
        case integer(ClosedRange<Int>)
        case real(ClosedRange<Double>, scale: Scale)
        case flag
        /// Free text whose form is checked where it is read; `form` describes it.
        case text(form: String)
        /// One of the parents: "first", "last" or a letter.
        case parent
        /// Numbers separated by commas, one for each parent; empty for none.
        case numbers(ClosedRange<Double>)
    }

    /// How a slider moves over a range of numbers.
    public enum Scale: String, Sendable { case linear, logarithmic }

    /// One of several words.
    public struct Choice: Sendable, Equatable {
        /// As written in recipes and on the command line.
        package let word: String
        /// One line for people.
        package let title: String
        /// Earlier spellings that still read.
        package let aliases: [String]

        package init(_ word: String, _ title: String, aliases: [String] = []) {
            self.word = word
            self.title = title
            self.aliases = aliases
        }
    }

    /// A condition on another hyperparameter, under which this one has an effect.
    public struct Condition: Sendable, Equatable {
        package let key: String
        package let values: [HyperparameterValue]
    }

    /// A value that leaves the decision to the method, written `auto`.
    public struct Automatic: Sendable {
        let value: HyperparameterValue
        /// The value in force for a number of parents, nil where that is not known.
        let inForce: @Sendable (_ parents: Int?) -> HyperparameterValue?

        static let word = "auto"
    }

    /// As written in recipes and on the command line.
    public let key: String
    /// Earlier spellings of the key that are still accepted.
    public let aliases: [String]
    /// As shown in forms.
    public let title: String
    public let kind: Kind
    /// The default.
    public internal(set) var fallback: HyperparameterValue
    /// Which value is decided by the method, nil for none.
    public let automatic: Automatic?
    /// The unit of a number, "" for none.
    public let unit: String
    /// One sentence.
    public let help: String
    /// The source: a paper and its section, or "Amalgam".
    public let paper: String
    /// The conditions under which it has an effect: all must hold.
    public internal(set) var conditions: [Condition]

    public var id: String { key }

    /// The value as people read it: `auto (0.5)` where the method decides and the value in force is known.
    public func text(_ value: HyperparameterValue, parents: Int? = nil) -> String {
        guard let automatic, isAutomatic(value) else { return value.description }
        return Automatic.word + (automatic.inForce(parents).map { " (\($0))" } ?? "")
    }

    /// The value as recipes and command lines write it: `auto` where the method decides.
    package func word(_ value: HyperparameterValue) -> String { isAutomatic(value) ? Automatic.word : value.description }

    /// The value as a TOML file writes it.
    package func toml(_ value: HyperparameterValue) -> String {
        isAutomatic(value) ? HyperparameterValue.quoted(Automatic.word) : value.toml
    }

    private func isAutomatic(_ value: HyperparameterValue) -> Bool { automatic?.value == value }

    /// The allowed values.
    public var range: String { automatic == nil ? values : "\(values), or \(Automatic.word)" }

    private var values: String {
        switch kind {
        case .choice(let choices): choices.map(\.word).joined(separator: ", ")
        case .integer(let range): "\(range.lowerBound) … \(range.upperBound)"
        case .real(let range, _): "\(HyperparameterValue.real(range.lowerBound)) … \(HyperparameterValue.real(range.upperBound))"
        case .flag: "true, false"
        case .text(let form): form
        case .parent: "last, first, A, B, …"
        case .numbers(let range):
            "none, or a number for each parent, \(HyperparameterValue.real(range.lowerBound)) … \(HyperparameterValue.real(range.upperBound))"
        }
    }

    /// The value written as text, when it is one of those allowed.
    public func parse(_ text: String) throws(RecipeError) -> HyperparameterValue {
        let text = text.trimmed
        if let automatic, text == Automatic.word { return automatic.value }
        switch kind {
        case .choice: return try check(.choice(text))
        case .text: return try check(.text(text))
        case .integer:
            guard let value = Int(text) else { throw .value(key: key, value: text, allowed: range) }
            return try check(.integer(value))
        case .real:
            guard let value = Double(text) else { throw .value(key: key, value: text, allowed: range) }
            return try check(.real(value))
        case .flag:
            switch text.lowercased() {
            case "true", "yes", "on", "1": return .flag(true)
            case "false", "no", "off", "0": return .flag(false)
            default: throw .value(key: key, value: text, allowed: range)
            }
        case .parent: return try check(.choice(text))
        case .numbers:
            if text.isEmpty || text == HyperparameterValue.noNumbers { return .numbers([]) }
            let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double(String($0).trimmed) }
            guard numbers.allSatisfy({ $0 != nil }) else { throw .value(key: key, value: text, allowed: range) }
            return try check(.numbers(numbers.compactMap { $0 }))
        }
    }

    /// The value, when it is of this kind and in its range; a choice in its present spelling.
    public func check(_ value: HyperparameterValue) throws(RecipeError) -> HyperparameterValue {
        if isAutomatic(value) { return value }
        switch (kind, value) {
        case (.choice(let choices), .choice(let word)):
            guard let choice = choices.first(where: { $0.word == word }) ?? choices.first(where: { $0.aliases.contains(word) }) else {
                throw .value(key: key, value: word, allowed: range)
            }
            return .choice(choice.word)
        case (.integer(let range), .integer(let number)) where range.contains(number): return value
        case (.real(let range, _), .real(let number)) where range.contains(number): return value
        case (.real(let range, _), .integer(let number)) where range.contains(Double(number)): return .real(Double(number))
        case (.flag, .flag): return value
        case (.text, .text): return value
        case (.text, .choice(let word)): return .text(word)
        case (_, .choice(Automatic.word)), (_, .text(Automatic.word)):
            guard let automatic else { throw .value(key: key, value: value.description, allowed: range) }
            return automatic.value
        case (.parent, .choice(let word)):
            guard let named = NamedParent(word) else { throw .value(key: key, value: word, allowed: range) }
            return .choice(named.word)
        case (.numbers(let range), .numbers(let numbers)) where numbers.allSatisfy(range.contains): return value
        default: throw .value(key: key, value: value.description, allowed: range)
        }
    }

    /// Below the range stands `auto`, where it is none of its numbers.
    private var lowest: HyperparameterValue? {
        guard let automatic else { return nil }
        switch (kind, automatic.value) {
        case (.real(let range, _), .real(let number)) where !range.contains(number): return .real(range.lowerBound)
        case (.integer(let range), .integer(let number)) where !range.contains(number): return .integer(range.lowerBound)
        default: return nil
        }
    }

    /// The neighbouring value for a step of a slider: the next choice, the other flag, a twentieth of the range (of its
    /// logarithm where the scale is logarithmic); it stops at the ends.
    public func stepped(_ value: HyperparameterValue, by steps: Int) -> HyperparameterValue {
        if let automatic, let lowest {
            if isAutomatic(value) { return steps > 0 ? stepped(lowest, by: steps - 1) : value }
            if value == lowest, steps < 0 { return automatic.value }
        }
        switch (kind, value) {
        case (.choice(let choices), .choice(let word)):
            guard let index = choices.firstIndex(where: { $0.word == word }) else { return fallback }
            return .choice(choices[min(max(index + steps, 0), choices.count - 1)].word)
        case (.integer(let range), .integer(let number)):
            let stride = max(1, number >= 100 ? number / 10 : number >= 20 ? 5 : 1)
            return .integer(min(max(number + steps * stride, range.lowerBound), range.upperBound))
        case (.real(let range, .linear), .real(let number)):
            let moved = number + Double(steps) * (range.upperBound - range.lowerBound) / 20
            return .real(min(max(HyperparameterValue.rounded(moved), range.lowerBound), range.upperBound))
        case (.real(let range, .logarithmic), .real(let number)):
            // 1, 2, 5 in each decade: round numbers.
            return .real(
                min(
                    max(Self.logarithmicStep(from: number, by: steps, reachesZero: range.lowerBound == 0), range.lowerBound),
                    range.upperBound))
        case (.flag, .flag(let on)):
            return .flag(steps % 2 == 0 ? on : !on)
        case (.parent, .choice(let word)):
            return .choice((NamedParent(word) ?? .last).stepped(by: steps).word)
        case (.text, .text), (.numbers, .numbers):
            // A text or a list is typed, not stepped through.
            return value
        default:
            return fallback
        }
    }

    /// The least number that a slider shows on a logarithmic range that begins at 0.
    private static let leastAboveZero = 1e-6

    /// A range that begins at 0 has 0 as the stop below its least number.
    private static func logarithmicStep(from number: Double, by steps: Int, reachesZero: Bool) -> Double {
        guard reachesZero else { return LogarithmicSteps.moved(max(number, .leastNormalMagnitude), by: steps) }
        if number < leastAboveZero { return steps > 0 ? LogarithmicSteps.moved(leastAboveZero, by: steps - 1) : 0 }
        let moved = LogarithmicSteps.moved(number, by: steps)
        return moved < leastAboveZero * (1 - 1e-9) ? 0 : moved
    }

    /// Where the value stands in its range, 0 … 1, for a slider.
    public func position(of value: HyperparameterValue) -> Double? {
        func share(_ x: Double, _ low: Double, _ high: Double) -> Double { high > low ? min(max((x - low) / (high - low), 0), 1) : 0 }
        switch (kind, value) {
        case (.integer(let range), .integer(let number)):
            return share(Double(number), Double(range.lowerBound), Double(range.upperBound))
        case (.real(let range, .linear), .real(let number)):
            return share(number, range.lowerBound, range.upperBound)
        case (.real(let range, .logarithmic), .real(let number)):
            let lowest = range.lowerBound > 0 ? range.lowerBound : Self.leastAboveZero
            return number < lowest ? 0 : share(logarithm(number), logarithm(lowest), logarithm(range.upperBound))
        default:
            return nil
        }
    }
}

extension AnyHyperparameter: Equatable {
    public static func == (first: AnyHyperparameter, second: AnyHyperparameter) -> Bool {
        first.key == second.key && first.title == second.title && first.kind == second.kind && first.fallback == second.fallback
            && first.conditions == second.conditions
    }
}
