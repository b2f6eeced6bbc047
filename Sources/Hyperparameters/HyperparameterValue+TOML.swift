import Foundation

extension HyperparameterValue {
    /// As a TOML file writes it.
    public var toml: String {
        switch self {
        case .choice(let word), .text(let word): Self.quoted(word)
        case .real(let number): Self.real(number)
        case .numbers(let numbers): "[" + numbers.map(Self.real).joined(separator: ", ") + "]"
        case .integer, .flag: description
        }
    }

    private static func real(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(format: "%.1f", number) : "\(number)"
    }

    /// Text in quotes, what TOML does not allow there escaped.
    public static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f: quoted += String(format: "\\u%04X", scalar.value)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
