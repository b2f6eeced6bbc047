/// The names and shapes of a checkpoint's parameters, in its own order: all that recognition looks at.
public struct ParameterTable: Sendable {
    public let entries: [(name: String, shape: [Int])]
    let shapes: [String: [Int]]

    public init(_ entries: [(name: String, shape: [Int])]) {
        self.entries = entries
        shapes = Dictionary(entries.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    }

    /// What stands before the last point of each name, in the order of appearance.
    var prefixes: [String] {
        var seen: Set<String> = [], ordered: [String] = []
        for (name, _) in entries {
            let prefix = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? ""
            if seen.insert(prefix).inserted { ordered.append(prefix) }
        }
        return ordered
    }

    func shape(_ prefix: String, _ parameter: String) -> [Int]? { shapes[prefix.isEmpty ? parameter : "\(prefix).\(parameter)"] }
}

/// A family of networks that can be told from its parameters' names and shapes.
public protocol Family: Sendable {
    static var name: String { get }
    /// The architecture, when the parameters are this family's; nil when they are clearly another's; an error that says where it
    /// stopped when they begin like this family's and go on otherwise.
    static func recognise(_ table: ParameterTable) throws(NetworkError) -> Architecture?
}

/// Every known family.
public enum Families {
    public static let all: [any Family.Type] = [MultilayerPerceptron.self]

    /// The architecture of the first family that fits.
    public static func recognise(_ table: ParameterTable) throws(NetworkError) -> Architecture {
        guard let first = table.entries.first else {
            throw .unrecognised(recognised: "nothing was recognised", stoppedAt: "the start", reason: "the checkpoint holds no parameters")
        }
        for family in all {
            if let architecture = try family.recognise(table) { return architecture }
        }
        throw .unrecognised(
            recognised: "nothing was recognised", stoppedAt: "\(first.name) of shape \(NetworkError.shape(first.shape))",
            reason: "known families are \(all.map { $0.name }.joined(separator: ", "))")
    }
}
