import Tensors

/// An operation that a graph may call: only those of the tables in this folder are ever called by a file's word.
///
/// A namespace would be no fence: libtorch has operations that open files and others that skip checks. Each row says what kind of operation it is,
/// and the signature for which it was read; libtorch's own must be the same.
package struct AllowedOperation: Sendable {
    package struct Parameter: Sendable {
        package let name: String
        /// As signatures write it: "Tensor?", "SymInt[2]", "Scalar".
        package let type: String
        package let hasDefault: Bool

        /// Whether it takes several values.
        package var isList: Bool { type.hasSuffix("]") || type.hasSuffix("]?") }
        /// Whether it takes tensors.
        package var isTensor: Bool { type.hasPrefix("Tensor") }
    }

    package let name: OperationName
    package let kind: OperationKind
    package let signature: String
    package let parameters: [Parameter]
    /// The types of the results.
    package let results: [String]

    /// The row of an operation; nil where it may not be called.
    package static func named(_ name: OperationName) -> AllowedOperation? { table[name] }

    package static var all: [AllowedOperation] { table.values.sorted { $0.signature < $1.signature } }

    private static let table: [OperationName: AllowedOperation] = {
        var table: [OperationName: AllowedOperation] = [:]
        for rows in [pointwise, structural, layers, others] {
            for line in rows.split(separator: "\n") {
                guard let row = AllowedOperation(line) else { continue }
                table[row.name] = row
            }
        }
        return table
    }()

    /// Reads a row: the kind, a space, the signature.
    private init?(_ line: Substring) {
        guard let space = line.firstIndex(of: " "), let kind = OperationKind(rawValue: String(line[..<space])) else { return nil }
        self.init(kind: kind, signature: String(line[line.index(after: space)...]))
    }

    private init?(kind: OperationKind, signature: String) {
        guard signature.hasPrefix("aten::"), let open = signature.firstIndex(of: "("), let arrow = signature.range(of: ") -> ") else {
            return nil
        }
        self.kind = kind
        self.signature = signature
        let start = signature.index(signature.startIndex, offsetBy: 6)
        name = OperationName(text: String(signature[start..<open]))
        parameters = Self.parts(signature[signature.index(after: open)..<arrow.lowerBound]).compactMap { part in
            guard part != "*", let space = part.lastIndex(of: " ", outside: "=") else { return nil }
            let word = part[part.index(after: space)...], equals = word.firstIndex(of: "=")
            return Parameter(
                name: String(word[..<(equals ?? word.endIndex)]), type: String(part[..<space]), hasDefault: equals != nil)
        }
        var results = signature[arrow.upperBound...]
        if results.hasPrefix("(") { results = results.dropFirst().dropLast() }
        self.results = Self.parts(results).map(String.init)
    }

    /// What stands between commas that are in no brackets.
    private static func parts(_ text: Substring) -> [Substring] {
        var parts: [Substring] = [], depth = 0, start = text.startIndex
        for index in text.indices {
            switch text[index] {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "," where depth == 0:
                parts.append(text[start..<index].drop { $0 == " " })
                start = text.index(after: index)
            default: break
            }
        }
        let last = text[start...].drop { $0 == " " }
        return last.isEmpty ? parts : parts + [last]
    }

    /// libtorch's operation, whose signature has been compared with this one.
    package func operation() throws -> NamedOperation {
        let found = try NamedOperation(name.registryName)
        guard found.signature == signature else {
            throw NetworkError.operation(
                node: nil, name: "\(name)",
                reason: "this libtorch (\(try Torch.version())) declares it as \(found.signature), but it was read as \(signature)")
        }
        return found
    }

    /// The operation that writes its result into its first operand; nil where libtorch has none of the same signature.
    package func inPlace() -> NamedOperation? {
        let words = name.base + "_" + (name.overload == "default" ? "" : "." + name.overload)
        guard let first = parameters.first, let found = try? NamedOperation(words) else { return nil }
        let expected = parameters.dropFirst().map(\.type), rest = AllowedOperation(kind: kind, signature: found.signature)
        guard first.type.hasPrefix("Tensor"), let rest, rest.parameters.first?.type == "Tensor(a!)",
            rest.parameters.dropFirst().map(\.type) == expected, rest.results == ["Tensor(a!)"]
        else { return nil }
        return found
    }
}

extension Substring {
    /// The last place of a character that stands before the first of another one.
    fileprivate func lastIndex(of character: Character, outside end: Character) -> Index? {
        self[..<(firstIndex(of: end) ?? endIndex)].lastIndex(of: character)
    }
}

extension String {
    /// The first place of some words.
    fileprivate func range(of words: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(words) { return start..<index(start, offsetBy: words.count) }
            start = index(after: start)
        }
        return nil
    }
}
