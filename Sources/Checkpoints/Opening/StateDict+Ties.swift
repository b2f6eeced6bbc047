import Archives
import Networks

// Names that are one parameter: by the file's storages and metadata, and by the architecture.

extension StateDict {
    /// Notes what the file ties; names that only its metadata list come to the entries.
    mutating func tie(_ archive: Archive) throws -> TiedEntries {
        let own = entries.compactMap { entry in entry.stored?.renamed(entry.name) }, cut = prefix
        let tied = try TiedEntries(
            own, prefix: cut, metadata: archive.metadata, sharesStorages: [.torchZip, .torchLegacy, .exported].contains(archive.kind))
        entries += tied.entries.dropFirst(own.count).map(StateDictEntry.init)
        aliases = tied.aliases
        return tied
    }

    /// The names that are one parameter with another, by storages and metadata: the further name, and the one that stands first.
    func ties(_ archive: Archive) throws -> [String: String] {
        try TiedEntries(
            entries.compactMap { entry in entry.stored?.renamed(entry.name) }, prefix: prefix, metadata: archive.metadata,
            sharesStorages: true
        ).aliases
    }

    /// Takes what the architecture ties besides as one parameter; the numbers must be the same.
    mutating func merge(tiedBy architecture: Architecture, and tied: [String: String]) throws {
        let known = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let further = tied.sorted { $0.key < $1.key }.map { (name: $0.key, original: $0.value) }
        for (name, original) in architecture.aliases + further where aliases[name] == nil {
            guard let one = known[name]?.stored, let other = known[original]?.stored else { continue }
            guard try TiedEntries.holdTheSame(one, other, orConstant: true) else {
                throw CheckpointError.tiedDiffer(file: file, name: name, original: original)
            }
            aliases[name] = original
        }
    }
}
