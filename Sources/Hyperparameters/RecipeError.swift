/// An error in a recipe.
public enum RecipeError: Error, Equatable, Sendable {
    case unknownMethod(id: String, known: [String])
    case unknownPreset(id: String, method: String, known: [String])
    case unknownKey(key: String, method: String, known: [String])
    case value(key: String, value: String, allowed: String)
    /// The file is not TOML, or a field of it is unknown, missing or of the wrong kind.
    case file(path: String, line: Int?, reason: String)
    case unreadable(path: String, reason: String)
    case assignment(text: String)
    /// Not PARENT:NEURON:FUSED.
    case pairing(text: String)
    /// A hyperparameter that cannot differ from group to group, or a method whose plan cannot be edited.
    case notEditable(key: String, method: String, editable: [String])
}

extension RecipeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownMethod(let id, let known):
            "unknown method “\(id)”; available: \(known.joined(separator: ", "))"
        case .unknownPreset(let id, let method, let known):
            "\(method) has no preset “\(id)”; available: \(known.joined(separator: ", "))"
        case .unknownKey(let key, let method, let known):
            "\(method) has no hyperparameter “\(key)”\(Self.suggestion(key, known)); available: \(known.joined(separator: ", "))"
        case .value(let key, let value, let allowed):
            "\(key) cannot be “\(value)”; allowed: \(allowed)"
        case .file(let path, let line, let reason):
            "\(path)\(line.map { ":\($0)" } ?? ""): \(reason)"
        case .unreadable(let path, let reason):
            "the recipe \(path) cannot be read: \(reason)"
        case .assignment(let text):
            "“\(text)” is not KEY=VALUE"
        case .pairing(let text):
            "“\(text)” is not PARENT:NEURON:FUSED, such as A:3:7; neurons are counted from 0"
        case .notEditable(let key, let method, let editable):
            editable.isEmpty
                ? "the method \(method) has no plan that can be edited; otfusion has"
                : "\(key) is the same for all groups; for one group there are \(editable.joined(separator: ", "))"
        }
    }

    private static func suggestion(_ key: String, _ known: [String]) -> String {
        let close = known.map { ($0, distance(key, $0)) }.min { $0.1 < $1.1 }
        return close.map { $0.1 <= Swift.min(3, Swift.max(1, key.count / 3)) ? " (did you mean \($0.0)?)" : "" } ?? ""
    }

    /// The Levenshtein distance: how many letters to add, drop or change.
    private static func distance(_ first: String, _ second: String) -> Int {
        let b = Array(second)
        var row = Array(0...b.count)
        for (i, x) in first.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let changed = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
