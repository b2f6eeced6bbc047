import Archives
import Networks

/// Tells the architecture of a state dict, and which tensor stands in the way where none is found.
struct Recognition {
    let hints: RecognitionHints

    func architecture(of dict: StateDict) throws(NetworkError) -> Architecture {
        try Families.recognise(ParameterTable(dict.entries.map { ($0.name, $0.shape) }, hints: hints))
    }

    /// The same, where some names are tied: a module under two names is one layer where a second would not fit.
    func architecture(cutting dict: inout StateDict, _ ties: TiedEntries) throws(CheckpointError) -> Architecture {
        guard !ties.aliases.isEmpty else { return try architecture(cutting: &dict) }
        var whole = dict, single = dict.removing { ties.aliases[$0.name] != nil }
        do throws(CheckpointError) {
            let found = try architecture(cutting: &whole)
            dict = whole
            return found
        } catch {
            guard !single.entries.isEmpty, let found = try? architecture(cutting: &single) else { throw error }
            // The other names stay entries until they are found to be aliases.
            let cut = single.prefix.dropFirst(dict.prefix.count)
            guard dict.entries.allSatisfy({ $0.name.hasPrefix(cut) }) else { throw error }
            dict.cut(String(cut))
            return found
        }
    }

    /// The architecture, with whatever stands before all names cut as far as it takes.
    ///
    /// - Throws: ``CheckpointError/network`` for a network of no known family; a better word where a tensor, or a second network, is the reason.
    func architecture(cutting dict: inout StateDict) throws(CheckpointError) -> Architecture {
        dict.cut(StateDict.wrapper(of: dict.entries.map(\.name)))
        let refusal: NetworkError
        do throws(NetworkError) { return try architecture(of: dict) } catch { refusal = error }
        var shorter = dict
        for _ in 0..<Self.mostWords {
            guard let word = shorter.commonWord else { break }
            shorter.cut(word)
            if let found = known(shorter) {
                dict = shorter
                return found
            }
        }
        throw reason(dict) ?? .network(file: dict.file, refusal)
    }

    private static let mostWords = 8, mostTries = 64

    private func known(_ dict: StateDict) -> Architecture? {
        do throws(NetworkError) { return try architecture(of: dict) } catch { return nil }
    }

    // MARK: Why there is none

    private func reason(_ dict: StateDict) -> CheckpointError? {
        guard dict.entries.count <= 4096 else { return nil }
        return severalNetworks(dict) ?? stranger(dict)
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
            found.append(NetworkCandidate(
                .prefix, dict.prefix + word, tensors: entries.count, numbers: entries.reduce(0) { $0 + ($1.stored?.count ?? 0) }, isOpened: false))
        }
        return found.count > 1 ? .severalNetworks(file: dict.file, networks: found) : nil
    }

    private static let usual: Set<Substring> = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]

    /// A tensor without which the network would be of a known family: one with an unusual name, or the only module whose absence helps.
    private func stranger(_ dict: StateDict) -> CheckpointError? {
        func unused(_ entry: StateDictEntry, _ rest: Architecture) -> CheckpointError {
            .unused(file: dict.file, tensor: dict.prefix + entry.name, shape: entry.shape, network: "\(rest.family) with \(rest.parameterised.count) layers")
        }
        let unusual = dict.entries.filter { !Self.usual.contains($0.lastWord) }
        if let first = unusual.first, let rest = known(dict.removing { !Self.usual.contains($0.lastWord) }) { return unused(first, rest) }
        for entry in unusual.prefix(Self.mostTries) {
            if let rest = known(dict.removing { $0.name == entry.name }) { return unused(entry, rest) }
        }
        let owners = Set(dict.entries.map(\.owner))
        guard owners.count <= Self.mostTries else { return nil }
        var found: [(entry: StateDictEntry, rest: Architecture)] = []
        for owner in owners {
            guard let entry = dict.entries.first(where: { $0.owner == owner }), let rest = known(dict.removing { $0.owner == owner }) else { continue }
            found.append((entry, rest))
        }
        return found.count == 1 ? unused(found[0].entry, found[0].rest) : nil
    }
}
