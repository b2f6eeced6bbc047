import Archives
import Networks

/// Tells the architecture of a state dict, and which tensor stands in the way where none is found.
struct Recognition {
    typealias Found = (architecture: Architecture, source: Checkpoint.ArchitectureSource)

    let hints: RecognitionHints
    /// The modules of a whole pickled network.
    let modules: [StoredModule]

    /// The graph, in which what the file ties is shared.
    private func found(_ dict: StateDict) throws -> Found {
        func graph(_ entries: [StateDictEntry]) throws -> Found {
            try Checkpoint.graph(of: entries.map { ($0.name, $0.shape) }, modules: modules, hints: hints)
        }
        let all: Found
        do { all = try graph(dict.entries) } catch {
            // A module that is registered under two names is one layer.
            let single = dict.entries.filter { dict.aliases[$0.name] == nil }
            guard single.count < dict.entries.count, let one = try? graph(single) else { throw error }
            return one
        }
        guard !dict.aliases.isEmpty else { return all }
        let repeats = all.architecture.assumedRepeats(dict.aliases, among: Set(dict.entries.map(\.name)))
        return (try all.architecture.assuming(repeats).sharing(dict.aliases), all.source)
    }

    /// The architecture, with whatever stands before all names cut as far as it takes.
    ///
    /// - Throws: ``CheckpointError/network`` for a network of no known family; a better word where a tensor, or a second network, is the reason.
    func architecture(cutting dict: inout StateDict) throws -> Found {
        dict.cut(StateDict.wrapper(of: dict.entries.map(\.name)))
        let refusal: NetworkError
        do { return try found(dict) } catch let error as NetworkError { refusal = error }
        // Modules are facts, not guesses: an error about them is the cause.
        guard modules.isEmpty else { throw refusal }
        var shorter = dict
        for _ in 0..<Self.mostWords {
            guard let word = shorter.commonWord else { break }
            shorter.cut(word)
            if let found = known(shorter) {
                dict = shorter
                return found
            }
        }
        // A layer that needs a hint belongs to the network: without it another one would be recognised.
        if refusal.asksForHint { throw refusal }
        throw reason(dict, beside: "\(refusal)") ?? refusal as any Error
    }

    private static let mostWords = 8, mostTries = 64

    private func known(_ dict: StateDict) -> Found? { try? found(dict) }

    // MARK: Why there is none

    /// - Parameter refusal: what the families say; it stands where it names the module that is in the way itself.
    private func reason(_ dict: StateDict, beside refusal: String) -> CheckpointError? {
        guard dict.entries.count <= 4096 else { return nil }
        return severalNetworks(dict) ?? stranger(dict, beside: refusal)
    }

    /// Parts that are networks by themselves.
    private func severalNetworks(_ dict: StateDict) -> CheckpointError? {
        var parts: [String: [StateDictEntry]] = [:], order: [String] = []
        for entry in dict.entries {
            guard let point = entry.name.firstIndex(of: ".") else { continue }
            let word = String(entry.name[...point])
            if parts[word] == nil { order.append(word) }
            parts[word, default: []].append(entry)
        }
        guard (2...Self.mostTries).contains(order.count) else { return nil }
        var found: [NetworkCandidate] = []
        for word in order {
            guard let entries = parts[word], entries.count(where: \.isMatrix) > 1 else { continue }
            var part = dict
            part.entries = entries
            part.cut(word)
            guard known(part) != nil else { continue }
            found.append(
                NetworkCandidate(
                    .prefix, dict.prefix + word, tensors: entries.count, numbers: entries.reduce(0) { $0 + ($1.stored?.count ?? 0) },
                    isOpened: false))
        }
        return found.count > 1 ? .severalNetworks(file: dict.file, networks: found) : nil
    }

    private static let usual: Set<Substring> = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]

    /// A tensor without which the network would be of a known family: one with an unusual name, or the only module whose absence helps.
    private func stranger(_ dict: StateDict, beside refusal: String) -> CheckpointError? {
        func unused(_ entry: StateDictEntry, _ rest: Architecture) -> CheckpointError {
            .unused(
                file: dict.file, tensor: dict.prefix + entry.name, shape: entry.shape,
                network: "\(rest.family) with \(rest.parameterised.count) layers")
        }
        let unusual = dict.entries.filter { !Self.usual.contains($0.lastWord) }
        if let first = unusual.first, let rest = known(dict.removing { !Self.usual.contains($0.lastWord) })?.architecture {
            return unused(first, rest)
        }
        for entry in unusual.prefix(Self.mostTries) {
            if let rest = known(dict.removing { $0.name == entry.name })?.architecture { return unused(entry, rest) }
        }
        let owners = Set(dict.entries.map(\.owner))
        guard owners.count <= Self.mostTries else { return nil }
        var found: [(entry: StateDictEntry, rest: Architecture)] = []
        for owner in owners {
            guard let entry = dict.entries.first(where: { $0.owner == owner }),
                let rest = known(dict.removing { $0.owner == owner })?.architecture
            else { continue }
            found.append((entry, rest))
        }
        guard found.count == 1, let only = found.first, !refusal.contains("\(only.entry.owner).") else { return nil }
        return unused(only.entry, only.rest)
    }
}
