/// The names and shapes of a checkpoint's parameters, in its own order: all that recognition looks at, besides hints.
package struct ParameterTable: Sendable {
    package let entries: [(name: String, shape: [Int])]
    package let hints: RecognitionHints
    /// What is known from the file besides the parameters; nil where it holds parameters only.
    package let facts: LayerFacts?
    let shapes: [String: [Int]]

    package init(_ entries: [(name: String, shape: [Int])], hints: RecognitionHints = RecognitionHints(), facts: LayerFacts? = nil) {
        self.entries = entries
        self.hints = hints
        self.facts = facts
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

    /// The kind of a layer as its parameters suggest it.
    enum LayerKind { case linear, convolution, normalization, vectors, other }

    func kind(_ prefix: String) -> LayerKind {
        if shape(prefix, "running_mean") != nil { return .normalization }
        return switch shape(prefix, "weight")?.count {
        case 1: norm(prefix) == nil ? .vectors : .normalization
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

    /// The normalisation at a prefix: a batch normalisation by its statistics, another by known facts or by its name; nil where neither decides.
    func norm(_ prefix: String) -> (any Layer)? {
        if shape(prefix, "running_mean") != nil { return facts?.layers[prefix]?.last ?? BatchNormalization() }
        guard shape(prefix, "weight")?.count == 1, shape(prefix, "running_var") == nil else { return nil }
        if let known = facts?.layers[prefix]?.last,
            known is GroupNormalization || known is InstanceNormalization || known is LayerNormalization
        {
            return known
        }
        switch hints.norm {
        case .layer: return LayerNormalization()
        case .instance: return InstanceNormalization()
        case .group(let groups): return GroupNormalization(groups: groups)
        case nil: return saysLayerNorm(prefix) ? LayerNormalization() : nil
        }
    }

    /// Whether a name says that it is a layer normalisation: `ln1`, `layer_norm`, `layernorm2`.
    func saysLayerNorm(_ prefix: String) -> Bool {
        let name = prefix.split(separator: ".").last { !$0.allSatisfy(\.isNumber) }.map { $0.lowercased().filter { $0.isLetter } } ?? ""
        return ["ln", "lnorm", "layernorm"].contains(name)
    }

    /// What the normalisations were taken for because of their names alone.
    var normAssumptions: [String] {
        let named = prefixes.filter {
            shape($0, "running_mean") == nil && facts?.layers[$0] == nil && hints.norm == nil && kind($0) == .normalization
        }
        return named.isEmpty
            ? []
            : [
                "layer normalisation with ε = 1e-05 at \(named.prefix(3).joined(separator: ", "))\(named.count > 3 ? ", …" : ""), as the name says"
            ]
    }

    /// The first layer that scales and shifts channels as a normalisation does, but has no statistics of a batch normalisation and is not said to be another.
    var undecidedNorm: NetworkError? {
        let widths = Set(prefixes.filter { [.linear, .convolution].contains(kind($0)) }.map { width($0, 0) })
        let layer = prefixes.first { prefix in
            kind(prefix) == .vectors && widths.contains(width(prefix, 0))
                && (shape(prefix, "bias").map { $0 == [width(prefix, 0)] } ?? true)
        }
        guard let layer else { return nil }
        let missing = ["running_mean", "running_var"].filter { shape(layer, $0) == nil }
        guard missing.count == 2 else { return .missingStatistics(layer: layer, missing: missing, followsConvolution: nil) }
        let before = prefixes.prefix { $0 != layer }.last { [.linear, .convolution].contains(kind($0)) }
        return .missingStatistics(layer: layer, missing: missing, followsConvolution: before.map { kind($0) == .convolution } ?? false)
    }

    func shape(_ prefix: String, _ parameter: String) -> [Int]? { shapes[prefix.isEmpty ? parameter : "\(prefix).\(parameter)"] }
}

/// A family of networks that is recognised by its parameters' names and shapes.
package protocol Family: Sendable {
    static var name: String { get }
    /// The architecture, when the parameters are this family's; nil when they are clearly another's; an error that says where it
    /// stopped when they begin like this family's and go on otherwise.
    static func recognise(_ table: ParameterTable) throws -> Architecture?
}

/// Every known family.
package enum Families {
    package static let all: [any Family.Type] = [
        VisionTransformer.self, ResidualNetwork.self, ConvolutionalChain.self, MultilayerPerceptron.self,
    ]

    /// The largest published networks of the families have about a thousand.
    static let mostParameters = 8192

    /// The architecture of the first family that fits.
    package static func recognise(_ table: ParameterTable) throws(NetworkError) -> Architecture {
        guard let first = table.entries.first else {
            throw .unrecognised(recognised: "nothing was recognised", stoppedAt: "the start", reason: "the checkpoint holds no parameters")
        }
        guard table.entries.count <= mostParameters else {
            throw .unrecognised(
                recognised: "nothing was recognised", stoppedAt: "the start",
                reason: "\(table.entries.count) parameters are more than any known family has")
        }
        // A hostile file may hold any number; what follows divides by them.
        if let empty = table.entries.first(where: { $0.shape.contains { !(1...Features.largest).contains($0) } }) {
            throw .unrecognised(
                recognised: "nothing was recognised", stoppedAt: "\(empty.name) of shape \(NetworkError.shape(empty.shape))",
                reason: "no layer has such a parameter")
        }
        for family in all {
            guard let architecture = try lifting({ try family.recognise(table) }) else { continue }
            let used = Set(architecture.nodes.flatMap { node in node.layer.parameters.compactMap { node.parameterName($0.name) } })
            guard let left = table.entries.first(where: { !used.contains($0.name) }) else { return architecture }
            if let fault = table.undecidedNorm { throw fault }
            throw .unrecognised(
                recognised: "\(architecture.family) with \(architecture.parameterised.count) layers was recognised",
                stoppedAt: "\(left.name) of shape \(NetworkError.shape(left.shape))",
                reason: "no layer of it has this parameter; if the output does not depend on it, skip it with --ignore '\(left.name)'")
        }
        if let fault = table.undecidedNorm { throw fault }
        throw .unrecognised(
            recognised: "nothing was recognised", stoppedAt: "\(first.name) of shape \(NetworkError.shape(first.shape))",
            reason: "known families are \(all.map { $0.name }.joined(separator: ", "))")
    }
}
