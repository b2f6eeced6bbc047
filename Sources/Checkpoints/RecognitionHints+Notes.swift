import Networks

extension RecognitionHints {
    /// The effect of each hint, as sentences.
    func notes(_ architecture: Architecture, from source: Checkpoint.ArchitectureSource) -> [String] {
        agreement(with: architecture).map { hint, isFollowed in
            if isFollowed || (source.isExported && hint == output.map { "output=\($0)" }) { return "hint: \(hint)" }
            return switch source {
            case .recognised(let family): "the hint \(hint) does not apply to the family \(family)"
            case .exported: "the hint \(hint) is ignored: the exported graph takes precedence"
            case .modules: "the hint \(hint) is ignored: the modules in the file define the graph"
            case .file(let file): "the hint \(hint) is ignored: the architecture file \(file) takes precedence"
            case .embedded:
                "the hint \(hint) is ignored: the architecture saved in the file takes precedence (an architecture file overrides both)"
            }
        }
    }
}
