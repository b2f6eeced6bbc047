/// `model.safetensors.index.json`: which shard of a folder each tensor stands in.
///
/// ```json
/// {"metadata": {"total_size": 52392}, "weight_map": {"fc1.weight": "model-00001-of-00002.safetensors", …}}
/// ```
struct ShardIndex {
    let path: String
    /// In the index's order.
    let places: [(tensor: String, file: String)]
    let totalSize: Int?
    private let bytes: ByteView

    private var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    init(_ path: String, limits: ArchiveLimits) throws(ArchiveError) {
        bytes = ByteView(try MappedFile(path))
        let json = try JSONValue.read(bytes, path: path, limits: limits)
        guard let map = json["weight_map"]?.members, !map.isEmpty else {
            throw .unsupported(
                file: path, place: "weight_map", reason: "it is missing or empty, so no tensor has a shard",
                advice: "download the index again")
        }
        guard map.count <= limits.arrays else {
            throw .exceedsLimit(file: path, place: "weight_map", what: "it names more arrays", limit: limits.arrays)
        }
        var places: [(String, String)] = []
        for member in map {
            guard let file = member.value.text else { throw Self.refused(path, "weight_map, \(member.key)", "it should be a file's name") }
            let parts = file.split(separator: "/", omittingEmptySubsequences: false)
            guard !file.isEmpty, !file.contains("\0"), parts.allSatisfy({ !$0.isEmpty && $0 != ".." }) else {
                throw Self.refused(path, "weight_map, \(member.key)", "'\(file)' points outside the folder; shards must be inside it")
            }
            places.append((member.key, file))
        }
        self.path = path
        self.places = places
        totalSize = json["metadata"]?["total_size"]?.int
    }

    private static func refused(_ path: String, _ place: String, _ reason: String) -> ArchiveError {
        .unsupported(file: path, place: place, reason: reason, advice: "correct the index or download it again")
    }

    static func missing(_ names: [String], named by: String, _ path: String) -> ArchiveError {
        let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
        return .unsupported(
            file: path, place: "the shards",
            reason: "\(shown) \(names.count == 1 ? "is" : "are") missing, which \(by) name\(by.hasPrefix("the") ? "" : "s")",
            advice: "download the missing file\(names.count == 1 ? "" : "s") into the folder")
    }

    /// Opens all shards as one network whose tensors come in the index's order; a missing shard or a stale index is named.
    func open(_ folder: FolderContents, path opened: String, limits: ArchiveLimits) throws(ArchiveError) -> Archive {
        var files: [String] = [], seen: Set<String> = []
        for place in places where seen.insert(place.file).inserted { files.append(place.file) }
        guard files.count <= limits.shards else {
            throw .exceedsLimit(file: path, place: "weight_map", what: "it names \(files.count) files", limit: limits.shards)
        }
        var absent: [String] = []
        for file in files where !Self.exists(folder.file(file)) { absent.append(file) }
        guard absent.isEmpty else { throw Self.missing(absent, named: name, folder.path) }
        let archive = try Archive.merged(files, folder, path: opened, limits: limits) { contents, entries throws(ArchiveError) in
            try check(files, entries)
            let byName = Dictionary(contents.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            contents.entries = places.compactMap { byName[$0.tensor] }
            contents.provenance = "\(files.count) shard\(files.count == 1 ? "" : "s") of the folder by \(name)"
            if let note = sizeNote(contents.entries) { contents.notes.append(note) }
        }
        return archive.reading(ArchiveSource(path: path, bytes: bytes))
    }

    /// Every tensor stands where the index says, and no shard holds another.
    private func check(_ files: [String], _ entries: [[StoredArray]]) throws(ArchiveError) {
        let expected = Dictionary(places.map { ($0.tensor, $0.file) }, uniquingKeysWith: { first, _ in first })
        var found: [String: String] = [:]
        for (file, arrays) in zip(files, entries) { for array in arrays { found[array.name] = file } }
        for (tensor, file) in places where found[tensor] != file {
            let reason =
                found[tensor].map { "it is in \($0), but \(name) says \(file)" }
                ?? "\(name) says that it is in \(file), which lacks it"
            throw stale(tensor, reason)
        }
        for (file, arrays) in zip(files, entries) {
            if let extra = arrays.first(where: { expected[$0.name] == nil }) {
                throw stale(extra.name, "it is in \(file), but \(name) does not name it")
            }
        }
    }

    private func stale(_ tensor: String, _ reason: String) -> ArchiveError {
        .unsupported(
            file: path, place: "tensor '\(tensor)'", reason: reason, advice: "the index or the shard is stale; download both again")
    }

    /// Some programs write a total that is no sum of the shards; every tensor was found, so that it changes nothing.
    private func sizeNote(_ entries: [StoredArray]) -> String? {
        guard let totalSize else { return nil }
        // Tied tensors count once or each, as the program had it.
        var all = 0, distinct = 0, storages: Set<String> = []
        for entry in entries {
            let bytes = entry.count * entry.elementType.size
            all += bytes
            if storages.insert("\(entry.file)\0\(entry.storageName)").inserted { distinct += bytes }
        }
        guard totalSize != all, totalSize != distinct else { return nil }
        return "\(name) gives a total size of \(totalSize) bytes, but its tensors take \(all); each of them was found where the index says"
    }

    private static func exists(_ path: String) -> Bool { MappedFile.isRegular(path) }
}
