/// One of the parents, as recipes and the command line name it.
public enum NamedParent: Sendable, Hashable {
    case last, first
    /// A is 0.
    case number(Int)

    /// "last", "first", a letter in either case, or a number from 27 on, which is how parents are called beyond Z.
    public init?(_ text: String) {
        switch text.lowercased() {
        case "last": self = .last
        case "first": self = .first
        default:
            if let scalar = text.uppercased().unicodeScalars.first, text.unicodeScalars.count == 1, ("A"..."Z").contains(scalar) {
                self = .number(Int(scalar.value) - 65)
            } else if let number = Int(text), (27...9999).contains(number) {
                self = .number(number - 1)
            } else {
                return nil
            }
        }
    }

    /// Parents are A, B, C … for people, and numbers beyond Z.
    package static func letter(_ parent: Int) -> String {
        (0..<26).contains(parent) ? String(UnicodeScalar(UInt8(65 + parent))) : "\(parent + 1)"
    }

    /// As recipes write it.
    package var word: String {
        switch self {
        case .last: "last"
        case .first: "first"
        case .number(let index): Self.letter(index)
        }
    }

    /// The place among `count` parents; nil where there is no such parent.
    package func index(of count: Int) -> Int? {
        switch self {
        case .last: max(0, count - 1)
        case .first: 0
        case .number(let index): (0..<count).contains(index) ? index : nil
        }
    }

    /// The next of last, first, A, B …; it stops at the ends.
    func stepped(by steps: Int) -> NamedParent {
        let place =
            switch self {
            case .last: 0
            case .first: 1
            case .number(let index): index + 2
            }
        return switch min(max(place + steps, 0), 27) {
        case 0: .last
        case 1: .first
        case let place: .number(place - 2)
        }
    }
}
