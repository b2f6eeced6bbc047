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

    /// Takes what the architecture ties besides as one parameter; the numbers must be the same.
    mutating func merge(tiedBy architecture: Architecture) throws {
        let known = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (name, original) in architecture.aliases where aliases[name] == nil {
            guard let one = known[name]?.stored, let other = known[original]?.stored else { continue }
            guard try TiedEntries.holdTheSame(one, other, orConstant: true) else {
                throw CheckpointError.tiedDiffer(file: file, name: name, original: original)
            }
            aliases[name] = original
        }
    }
}
