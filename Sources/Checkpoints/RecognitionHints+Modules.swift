import Archives
import Networks

extension RecognitionHints {
    private static let activations: [String: Activation.Function] = [
        "ReLU": .relu, "Tanh": .tanh, "SiLU": .silu, "GELU": .gelu, "Sigmoid": .sigmoid,
    ]

    /// What the modules of a whole pickled network tell: the number of attention heads, and the nonlinearity where there is only one.
    init(modules: [StoredModule]) {
        let heads = Set(modules.compactMap { module in (module.attributes["num_heads"] ?? module.attributes["heads"]).flatMap { Int($0) } })
        let functions = Set(modules.compactMap { module -> Activation.Function? in
            let name = module.className.split(separator: ".").last.map(String.init) ?? module.className
            let function = Self.activations[name]
            return function == .gelu && module.attributes["approximate"] == "tanh" ? .geluTanh : function
        })
        self.init(heads: heads.count == 1 ? heads.first : nil, activation: functions.count == 1 ? functions.first : nil)
    }
}

extension RecognitionHints {
    /// What became of each hint, as sentences.
    func notes(_ architecture: Architecture, from source: Checkpoint.ArchitectureSource) -> [String] {
        agreement(with: architecture).map { hint, isFollowed in
            if isFollowed { return "told: \(hint)" }
            return switch source {
            case .recognised(let family): "the hint \(hint) says nothing of a network of the family \(family)"
            case .file(let file): "the hint \(hint) is not used: the architecture is read from \(file), which goes before it"
            case .embedded: "the hint \(hint) is not used: the architecture kept in the file goes before it (an architecture file would go before both)"
            }
        }
    }
}
