/// The value of a layer's option.
public enum OptionValue: Sendable, Equatable {
    case int(Int), ints([Int]), real(Double), bool(Bool), string(String)
}

/// The options of one layer, read one by one; those unread at the end are unknown.
public struct LayerOptions {
    /// No real layer has a larger number; a larger one in a file is a slip, and sums of sizes cannot overflow below it.
    static let largest = 65_536
    /// Values that one row of a network holds: each gets a label.
    static let longestRow = 1 << 22

    public let layer: String
    private var values: [String: OptionValue]
    private var known: [String] = []

    public init(layer: String, values: [String: OptionValue]) {
        self.layer = layer
        self.values = values
    }

    public mutating func int(_ name: String, default fallback: Int? = nil, atLeast low: Int = 0) throws -> Int {
        let value: Int
        switch take(name) {
        case .int(let given)?: value = given
        case nil:
            guard let fallback else { throw NetworkError.option(layer: layer, option: name, reason: "is missing") }
            value = fallback
        default: throw NetworkError.option(layer: layer, option: name, reason: "should be a whole number")
        }
        guard (low...Self.largest).contains(value) else {
            throw NetworkError.option(
                layer: layer, option: name,
                reason: "is \(value), but must be \(value < low ? "at least \(low)" : "at most \(Self.largest)")")
        }
        return value
    }

    /// Two numbers, for height and width; one number stands for both.
    public mutating func pair(_ name: String, default fallback: [Int]? = nil, atLeast low: Int = 0) throws -> [Int] {
        let value: [Int]
        switch take(name) {
        case .int(let given)?: value = [given, given]
        case .ints(let given)?: value = given
        case nil:
            guard let fallback else { throw NetworkError.option(layer: layer, option: name, reason: "is missing") }
            value = fallback
        default: throw NetworkError.option(layer: layer, option: name, reason: "should be a whole number or two")
        }
        guard value.count == 2, value.allSatisfy((low...Self.largest).contains) else {
            throw NetworkError.option(
                layer: layer, option: name, reason: "is \(value), but must be one or two numbers from \(low) to \(Self.largest)")
        }
        return value
    }

    /// As many numbers as there are places.
    public mutating func ints(_ name: String, count: Int) throws -> [Int] {
        guard let value = take(name) else { throw NetworkError.option(layer: layer, option: name, reason: "is missing") }
        guard case .ints(let numbers) = value, numbers.count == count, numbers.allSatisfy((0...Self.largest).contains) else {
            throw NetworkError.option(layer: layer, option: name, reason: "should be \(count) whole numbers from 0 to \(Self.largest)")
        }
        return numbers
    }

    public mutating func real(_ name: String, default fallback: Double) throws -> Double {
        switch take(name) {
        case .real(let given)?: return given
        case .int(let given)?: return Double(given)
        case nil: return fallback
        default: throw NetworkError.option(layer: layer, option: name, reason: "should be a number")
        }
    }

    public mutating func bool(_ name: String, default fallback: Bool) throws -> Bool {
        switch take(name) {
        case .bool(let given)?: return given
        case nil: return fallback
        default: throw NetworkError.option(layer: layer, option: name, reason: "should be true or false")
        }
    }

    public mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, default fallback: Choice
    ) throws -> Choice where Choice.RawValue == String {
        switch take(name) {
        case .string(let given)?:
            guard let choice = Choice(rawValue: given) else {
                throw NetworkError.option(
                    layer: layer, option: name,
                    reason: "is “\(given)”, but must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return choice
        case nil: return fallback
        default: throw NetworkError.option(layer: layer, option: name, reason: "should be a word")
        }
    }

    /// A text of any content.
    mutating func text(_ name: String, default fallback: String? = nil) throws -> String {
        switch take(name) {
        case .string(let given)?: return given
        case nil:
            guard let fallback else { throw NetworkError.option(layer: layer, option: name, reason: "is missing") }
            return fallback
        default: throw NetworkError.option(layer: layer, option: name, reason: "should be a text")
        }
    }

    /// Whole numbers, as many as there are, of any size.
    mutating func integers(_ name: String, default fallback: [Int]? = nil) throws -> [Int] {
        switch take(name) {
        case .ints(let given)?: return given
        case nil:
            guard let fallback else { throw NetworkError.option(layer: layer, option: name, reason: "is missing") }
            return fallback
        default: throw NetworkError.option(layer: layer, option: name, reason: "should be a list of whole numbers")
        }
    }

    func finish() throws {
        guard let left = values.keys.sorted().first else { return }
        throw NetworkError.option(
            layer: layer, option: left,
            reason: known.isEmpty ? "is unknown; this layer has none" : "is unknown; this layer has \(known.joined(separator: ", "))")
    }

    private mutating func take(_ name: String) -> OptionValue? {
        known.append(name)
        return values.removeValue(forKey: name)
    }
}
