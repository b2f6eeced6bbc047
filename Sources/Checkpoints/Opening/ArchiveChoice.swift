import Archives
import Networks

extension Checkpoint {
    /// What was decided about the networks under the keys of a PyTorch file.
    struct ArchiveChoice {
        var networks: [NetworkCandidate] = []
        var notes: [String] = []
    }

    /// Opens the file at the network that is meant.
    ///
    /// - Throws: ``CheckpointError/severalNetworks`` where nothing says which one that is.
    static func chosenArchive(
        _ path: String, _ options: LoadOptions, limits: ArchiveLimits
    ) throws -> (Archive, ArchiveChoice) {
        func opened(_ key: String?) throws -> Archive {
            try Archive.open(path, key: key, keepsRefused: true, limits: limits)
        }
        let usual = try opened(nil)
        if let key = options.key {
            // What Amalgam saved has one network and no keys: a parent beside its parents' choice.
            guard usual.metadata[architectureKey] == nil else {
                return (
                    usual,
                    ArchiveChoice(notes: [
                        "--key \(printable(key)) is ignored for \(printable(path)): Amalgam saved it, with one network"
                    ])
                )
            }
            let archive = try opened(key)
            return (archive, ArchiveChoice(networks: archive.networks.map { NetworkCandidate($0) }))
        }
        let networks = usual.networks.map { NetworkCandidate($0) }
        guard !networks.isEmpty else { return (usual, ArchiveChoice()) }
        if usual.networks.contains(where: \.isOpened) { return (usual, ArchiveChoice(networks: networks, notes: [taken(networks)])) }
        if options.prefix != nil { return (usual, ArchiveChoice(networks: networks)) }
        switch NetworkRoles.choice(among: networks.map(\.name)) {
        case .these(let chosen) where chosen.count == 1:
            let archive = try opened(networks[chosen[0]].name)
            let listed = archive.networks.map { NetworkCandidate($0) }
            return (archive, ArchiveChoice(networks: listed, notes: listed.isEmpty ? [] : [taken(listed)]))
        case .unclear: throw CheckpointError.severalNetworks(file: path, networks: networks)
        case .all, .these:
            guard !areAlike(networks, in: usual) else { throw CheckpointError.severalNetworks(file: path, networks: networks) }
            return (usual, ArchiveChoice(networks: networks))
        }
    }

    /// "took 'model' of model, model_ema; --key model_ema takes the other".
    private static func taken(_ networks: [NetworkCandidate]) -> String {
        let opened = networks.first(where: \.isOpened)?.name ?? "", others = networks.filter { !$0.isOpened }
        return
            "selected '\(printable(opened))' of \(networks.map { printable($0.name) }.joined(separator: ", ")); \(others.map(\.option).joined(separator: " or ")) takes "
            + (others.count == 1 ? "the other" : "another")
    }

    /// Whether two of the networks have the same names and shapes: parts of one network differ.
    private static func areAlike(_ networks: [NetworkCandidate], in archive: Archive) -> Bool {
        var known: Set<[String]> = []
        for network in networks {
            let own = archive.entries.filter { $0.name.hasPrefix(network.name + ".") }.map {
                "\($0.name.dropFirst(network.name.count)) \($0.shape)"
            }
            if own.count > 1, !known.insert(own.sorted()).inserted { return true }
        }
        return false
    }
}
