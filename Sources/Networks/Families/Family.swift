/// The names and shapes of a checkpoint's parameters, in its own order: all that recognition looks at, besides hints.
public struct ParameterTable: Sendable {
    public let entries: [(name: String, shape: [Int])]
    public let hints: RecognitionHints
    let shapes: [String: [Int]]

    public init(_ entries: [(name: String, shape: [Int])], hints: RecognitionHints = RecognitionHints()) {
        self.entries = entries
        self.hints = hints
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

    /// What the parameters of a layer tell of its kind.
    enum LayerKind { case linear, convolution, batchNormalization, vectors, other }

    func kind(_ prefix: String) -> LayerKind {
        if shape(prefix, "running_mean") != nil { return .batchNormalization }
        return switch shape(prefix, "weight")?.count {
        case 1: .vectors
        case 2: .linear
        case 4: .convolution
        default: .other
        }
    }

    /// A length of a layer's weight; 0 where there is none.
    func width(_ prefix: String, _ axis: Int) -> Int {
        guard let shape = shape(prefix, "weight"), shape.indices.contains(axis) else { return 0 }
        return shape[axis]
    }

    /// The first layer that scales and shifts channels as a batch normalisation does, but was saved without the statistics of one.
    var missingStatistics: NetworkError? {
        let widths = Set(prefixes.filter { [.linear, .convolution].contains(kind($0)) }.map { width($0, 0) })
        let layer = prefixes.first { prefix in
            kind(prefix) == .vectors && widths.contains(width(prefix, 0)) && (shape(prefix, "bias").map { $0 == [width(prefix, 0)] } ?? true)
        }
        guard let layer else { return nil }
        return .missingStatistics(layer: layer, missing: ["running_mean", "running_var"].filter { shape(layer, $0) == nil })
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
    public static let all: [any Family.Type] = [VisionTransformer.self, ResidualNetwork.self, ConvolutionalChain.self, MultilayerPerceptron.self]

    /// The largest published networks of the families have about a thousand.
    static let mostParameters = 8192

    /// The architecture of the first family that fits.
    public static func recognise(_ table: ParameterTable) throws(NetworkError) -> Architecture {
        guard let first = table.entries.first else {
            throw .unrecognised(recognised: "nothing was recognised", stoppedAt: "the start", reason: "the checkpoint holds no parameters")
        }
        guard table.entries.count <= mostParameters else {
            throw .unrecognised(recognised: "nothing was recognised", stoppedAt: "the start", reason: "\(table.entries.count) parameters are more than any known family has")
        }
        // A hostile file may hold any number; what follows divides by them.
        if let empty = table.entries.first(where: { $0.shape.contains { !(1...Features.largest).contains($0) } }) {
            throw .unrecognised(
                recognised: "nothing was recognised", stoppedAt: "\(empty.name) of shape \(NetworkError.shape(empty.shape))", reason: "no layer has such a parameter")
        }
        for family in all {
            guard let architecture = try family.recognise(table) else { continue }
            let used = Set(architecture.nodes.flatMap { node in node.layer.parameters.compactMap { node.parameterName($0.name) } })
            guard let left = table.entries.first(where: { !used.contains($0.name) }) else { return architecture }
            if let fault = table.missingStatistics { throw fault }
            throw .unrecognised(
                recognised: "\(architecture.family) with \(architecture.parameterised.count) layers was recognised",
                stoppedAt: "\(left.name) of shape \(NetworkError.shape(left.shape))", reason: "no layer of it has this parameter; where the answers do not depend on it, --ignore '\(left.name)' leaves it aside")
        }
        if let fault = table.missingStatistics { throw fault }
        throw .unrecognised(
            recognised: "nothing was recognised", stoppedAt: "\(first.name) of shape \(NetworkError.shape(first.shape))",
            reason: "known families are \(all.map { $0.name }.joined(separator: ", "))")
    }
}
