import Foundation

/// The value of a hyperparameter.
public enum HyperparameterValue: Sendable, Hashable, Codable, CustomStringConvertible {
    case choice(String)
    case integer(Int)
    case real(Double)
    case flag(Bool)
    case text(String)
    case numbers([Double])

    /// As written in recipes and on the command line.
    public var description: String {
        switch self {
        case .choice(let word): word
        case .text(let text): text
        case .integer(let number): String(number)
        case .real(let number): number == number.rounded() && abs(number) < 1e6 ? String(Int(number)) : String(format: "%.6g", number)
        case .flag(let on): on ? "true" : "false"
        case .numbers(let numbers): numbers.isEmpty ? Self.noNumbers : numbers.map { Self.real($0).description }.joined(separator: ",")
        }
    }

    /// An empty list of numbers.
    static let noNumbers = "none"

    /// Without the dust that adding steps leaves behind.
    static func rounded(_ number: Double) -> Double { (number * 1e9).rounded() / 1e9 }
}

/// The numbers 1, 2, 5 of every decade.
enum LogarithmicSteps {
    private static let stops = [1.0, 2.0, 5.0]

    static func moved(_ number: Double, by steps: Int) -> Double {
        // The index of the nearest stop at or below the number; a number between two stops moves to the next one.
        let decade = Int(floor(log10(number) + 1e-9))
        let mantissa = number / pow(10, Double(decade))
        let below = stops.lastIndex { $0 <= mantissa * (1 + 1e-9) } ?? 0
        let isOnStop = abs(mantissa / stops[below] - 1) < 1e-6
        let index = decade * stops.count + below + (steps < 0 && !isOnStop ? steps + 1 : steps)
        let landed = Int(floor(Double(index) / Double(stops.count)))
        let exact = stops[index - landed * stops.count]
        // Written as text and read again, so that 0.05 is the double nearest to 0.05.
        return Double("\(Int(exact))e\(landed)") ?? exact * pow(10, Double(landed))
    }
}

func logarithm(_ number: Double) -> Double { log(number) }

extension String {
    package var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
