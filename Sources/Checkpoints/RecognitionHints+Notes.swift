import Networks

extension RecognitionHints {
    /// What became of each hint, as sentences.
    func notes(_ architecture: Architecture, from source: Checkpoint.ArchitectureSource) -> [String] {
        agreement(with: architecture).map { hint, isFollowed in
            if isFollowed { return "told: \(hint)" }
            return switch source {
            case .recognised(let family): "the hint \(hint) says nothing of a network of the family \(family)"
            case .modules: "the hint \(hint) is not used: the modules in the file tell the graph"
            case .file(let file): "the hint \(hint) is not used: the architecture is read from \(file), which goes before it"
            case .embedded:
                "the hint \(hint) is not used: the architecture kept in the file goes before it (an architecture file would go before both)"
            }
        }
    }
}
