import Tensors

/// An argument of an operation in a graph.
package indirect enum OperationArgument: Hashable, Sendable {
    /// What one of the node's sources computes.
    case source(Int)
    /// A parameter or a buffer, by the name that the node declares.
    case parameter(String)
    /// A constant of the architecture, by its name there.
    case constant(String)
    case int(Int), real(Double), bool(Bool), string(String), dtype(DType)
    case none
    /// The operation's own default.
    case byDefault
    case list([OperationArgument])
    /// A size that carries the batch: so many times the number of samples.
    case batch(times: Int)

    /// The arguments in this one, itself or its parts.
    package var leaves: [OperationArgument] {
        if case .list(let parts) = self { parts.flatMap(\.leaves) } else { [self] }
    }

    /// The same with every leaf changed.
    package func mapped(_ change: (OperationArgument) throws -> OperationArgument) rethrows -> OperationArgument {
        if case .list(let parts) = self { .list(try parts.map { try $0.mapped(change) }) } else { try change(self) }
    }
}

// MARK: As text

extension OperationArgument {
    /// As an architecture file has it: `$0` a source, `%"weight"` a parameter, `#"c1"` a constant, `N*2` twice the batch, `_` the default.
    var text: String {
        switch self {
        case .source(let index): "$\(index)"
        case .parameter(let name): "%" + Self.quoted(name)
        case .constant(let name): "#" + Self.quoted(name)
        case .int(let value): "\(value)"
        case .real(let value): value.isNaN ? "nan" : value.isInfinite ? (value > 0 ? "inf" : "-inf") : "\(value)"
        case .bool(let value): value ? "true" : "false"
        case .string(let value): Self.quoted(value)
        case .dtype(let type): ":\(type.name)"
        case .none: "none"
        case .byDefault: "_"
        case .list(let parts): "[" + parts.map(\.text).joined(separator: ", ") + "]"
        case .batch(let times): "N*\(times)"
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// Reads what `text` writes, several arguments with commas between.
    static func list(text: String) -> [OperationArgument]? {
        var reader = ArgumentReader(text)
        guard let list = reader.list(end: nil, depth: 8), reader.isAtEnd else { return nil }
        return list
    }
}

/// Reads arguments of operations.
private struct ArgumentReader {
    private let characters: [Character]
    private var place = 0

    init(_ text: String) { characters = Array(text) }

    var isAtEnd: Bool { place == characters.count }
    private var next: Character? { place < characters.count ? characters[place] : nil }

    private mutating func skip(_ character: Character) -> Bool {
        guard next == character else { return false }
        place += 1
        return true
    }

    mutating func list(end: Character?, depth: Int) -> [OperationArgument]? {
        var parts: [OperationArgument] = []
        while next == " " { place += 1 }
        if let end, skip(end) { return parts }
        if end == nil, isAtEnd { return parts }
        while true {
            while next == " " { place += 1 }
            guard let part = argument(depth: depth) else { return nil }
            parts.append(part)
            if skip(",") { continue }
            if let end { return skip(end) ? parts : nil }
            return parts
        }
    }

    private mutating func argument(depth: Int) -> OperationArgument? {
        switch next {
        case "[":
            guard depth > 0 else { return nil }
            place += 1
            return list(end: "]", depth: depth - 1).map { .list($0) }
        case "\"": return text().map { .string($0) }
        case "%":
            place += 1
            return text().map { .parameter($0) }
        case "#":
            place += 1
            return text().map { .constant($0) }
        default: return word(characters[place...].prefix { $0 != "," && $0 != "]" })
        }
    }

    private mutating func word(_ word: ArraySlice<Character>) -> OperationArgument? {
        place += word.count
        let word = String(word)
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "none": return OperationArgument.none
        case "_": return .byDefault
        default: break
        }
        if word.hasPrefix("$") { return Int(word.dropFirst()).flatMap { $0 >= 0 ? .source($0) : nil } }
        if word.hasPrefix("N*") { return Int(word.dropFirst(2)).flatMap { $0 > 0 ? .batch(times: $0) : nil } }
        if word.hasPrefix(":") { return DType.allCases.first { $0.name == word.dropFirst() }.map { .dtype($0) } }
        if let value = Int(word) { return .int(value) }
        return Double(word).map { .real($0) }
    }

    private mutating func text() -> String? {
        guard skip("\"") else { return nil }
        var text = ""
        while let character = next {
            place += 1
            switch character {
            case "\"": return text
            case "\\":
                guard let escaped = next else { return nil }
                place += 1
                text.append(escaped)
            default: text.append(character)
            }
        }
        return nil
    }
}
