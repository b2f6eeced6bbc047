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
            default:
                // What is invisible is written out, so that a recipe on a terminal is what it seems to be.
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                    quoted += String(format: scalar.value > 0xFFFF ? "\\U%08X" : "\\u%04X", scalar.value)
                default: quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }
}
