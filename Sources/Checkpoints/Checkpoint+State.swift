import Networks

extension Checkpoint {
    /// How far the graph is known to be its author's.
    package enum GraphState: String, Sendable, Codable {
        /// Read from the modules of the file.
        case exact
        /// From an architecture file, or as Amalgam saved it.
        case asWritten = "as written"
        /// Recognised, with every assumption settled by hints or by the modules.
        case recognised
        /// Recognised, with assumptions.
        case assumed = "recognised, assumed"
    }

    package var graphState: GraphState {
        switch architectureSource {
        case .modules: .exact
        // A graph says everything but, where it has several results, which is meant.
        case .exported: assumptions.isEmpty ? .exact : .assumed
        case .file, .embedded: .asWritten
        case .recognised: assumptions.isEmpty ? .recognised : .assumed
        }
    }

    /// What would prove or correct what was assumed; nil where nothing was.
    public var graphAdvice: String? {
        guard !assumptions.isEmpty else { return nil }
        if architectureSource.isExported { return "--hint output=NAME names another result of the graph" }
        if assumptions.allSatisfy({ $0.hasPrefix(Self.imagesOf) }) {
            return
                "--hint input= sets another size, such as --hint input=\(stored.architecture.inputShape.map(String.init).joined(separator: "x"))"
        }
        return
            "--hint corrects it (heads, input, activation, norm, pool, stride, padding), or an architecture file: amalgam inspect \(path) --write-architecture \(ArchitectureFile.path(for: path)); a whole module saved with torch.save(model, …) or an exported graph (.pt2) contains it; inspect --logits FILE proves it with logits that PyTorch computed"
    }

    /// How assumptions about the input's size begin.
    static let imagesOf = "images of "

    /// Whether the input's size is only assumed.
    public var assumesInputSize: Bool { assumptions.contains { $0.hasPrefix(Self.imagesOf) } }

    /// The same network for samples of another shape; nil where the input's size was not assumed, or its layers do not take such samples.
    public func taking(_ sampleShape: [Int]) -> Checkpoint? {
        let known = stored.architecture
        guard assumesInputSize, sampleShape.count == known.inputShape.count else { return nil }
        let rest = known.assumptions.filter { !$0.hasPrefix(Self.imagesOf) }
        guard
            let architecture = try? known.with(inputShape: sampleShape, assumptions: rest),
            let network = try? Network(architecture, parameters: stored.parameters, ties: stored.trace.ties)
        else { return nil }
        var taken = self
        taken.stored = network
        // Data of the size that was assumed confirm it.
        if known.inputShape != sampleShape {
            taken.hintNotes.append("the input shape \(NetworkError.shape(sampleShape)) comes from the data")
        }
        return taken
    }

    /// Remarks and assumptions, a sentence each.
    public var openingNotes: [String] { remarks + assumptions.map { "assumed: \($0)" } }

    /// What is to be said of the file and its opening beside what was assumed: its configuration, hints, tied parameters.
    public var remarks: [String] { notes + hintNotes + tieNotes + doubtfulTies }
}
