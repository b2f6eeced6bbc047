extension Archive {
    /// The weights that a folder may hold, in the order in which the Hugging Face libraries look for them.
    static let weightNames = [
        "model.safetensors", "pytorch_model.bin", "open_clip_model.safetensors", "open_clip_pytorch_model.bin",
        "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin",
    ]
    static let indexSuffix = ".index.json"
    /// What stands beside the weights and describes them.
    private static let documentNames = ["config.json", "preprocessor_config.json"]
    /// Files of a training run that hold tensors, but no network.
    private static let companions: Set<String> = [
        "training_args.bin", "optimizer.pt", "optimizer.bin", "scheduler.pt", "scheduler.bin", "scaler.pt", "rng_state.pth",
    ]

    /// Opens the network of a folder: one file of weights, or shards and their index, with the documents beside them.
    static func open(_ folder: FolderContents, path: String, limits: ArchiveLimits) throws(ArchiveError) -> Archive {
        try weights(of: folder, path: path, limits: limits).with(documentsOf: folder, limits: limits)
    }

    func with(documentsOf folder: FolderContents, limits: ArchiveLimits) throws(ArchiveError) -> Archive {
        var archive = self
        for name in Self.documentNames where folder.names.contains(name) {
            let source = ArchiveSource(path: folder.file(name), bytes: ByteView(try MappedFile(folder.file(name))))
            archive = archive.reading(source, as: (name, try JSONValue.read(source.bytes, path: source.path, limits: limits)))
        }
        return archive
    }

    private static func weights(of folder: FolderContents, path: String, limits: ArchiveLimits) throws(ArchiveError) -> Archive {
        let candidates = weightNames.flatMap { [$0, $0 + indexSuffix] }.filter(folder.names.contains)
        if let first = candidates.first {
            let archive =
                try first.hasSuffix(indexSuffix)
                ? ShardIndex(folder.file(first), limits: limits).open(folder, path: path, limits: limits)
                : single(first, folder, path: path, limits: limits)
            return archive.ignoring(candidates.dropFirst().map { "\($0) beside \(first)" })
        }
        if let refusal = ForeignFolder.refusal(folder) { throw refusal }
        let indexes = folder.sorted.filter { $0.hasSuffix(".safetensors" + indexSuffix) || $0.hasSuffix(".bin" + indexSuffix) }
        if indexes.count == 1 { return try ShardIndex(folder.file(indexes[0]), limits: limits).open(folder, path: path, limits: limits) }
        if let shards = try completeShards(folder) {
            return try merged(shards, folder, path: path, limits: limits) { contents, _ throws(ArchiveError) in
                contents.provenance = "\(shards.count) shards of the folder, without an index"
            }
        }
        let files = folder.sorted.filter { name in
            [".safetensors", ".pt", ".pth", ".bin", ".ckpt", ".npz"].contains { name.lowercased().hasSuffix($0) }
                && !companions.contains(name) && !name.hasPrefix("rng_state")
        }
        guard let only = files.first else { throw ForeignFolder.withoutWeights(folder) }
        guard files.count == 1 else {
            throw .unsupported(
                file: folder.path, place: "the folder",
                reason:
                    "it holds \(files.count) files of weights: \(files.prefix(6).joined(separator: ", "))\(files.count > 6 ? ", …" : "")",
                advice: "specify one of them")
        }
        return try single(only, folder, path: path, limits: limits)
    }

    /// The folder's only file of weights.
    private static func single(
        _ name: String, _ folder: FolderContents, path: String, limits: ArchiveLimits
    ) throws(ArchiveError) -> Archive {
        let archive = try openFile(folder.file(name), limits: limits)
        var contents = archive.contents
        contents.provenance = (archive.provenance == archive.kind.rawValue ? "" : archive.provenance + ", ") + "\(name) of the folder"
        return Archive(folder: folder.path, path: path, weights: [archive], contents: contents)
    }

    /// All shards of a folder that has no index, where there are some and none is missing.
    private static func completeShards(_ folder: FolderContents) throws(ArchiveError) -> [String]? {
        let shards = folder.sorted.filter { name in ["safetensors", "bin", "pt", "pth"].contains(ShardName(name)?.suffix ?? "") }
        guard let first = shards.first, let all = ShardName.all(like: first) else { return nil }
        let missing = all.filter { !folder.names.contains($0) }
        guard missing.isEmpty else { throw ShardIndex.missing(missing, named: "the names of the other shards", folder.path) }
        guard shards.count == all.count else {
            throw .unsupported(
                file: folder.path, place: "the folder",
                reason: "it contains shards of several networks and no index: \(shards.prefix(4).joined(separator: ", ")), …",
                advice: "leave one network in the folder")
        }
        return all
    }

    /// The arrays of several files as one archive; a name may stand in one of them only.
    ///
    /// - Parameter finish: checks and orders what was found; it is given the entries of each file.
    static func merged(
        _ names: [String], _ folder: FolderContents, path: String, limits: ArchiveLimits,
        finish: (inout ArchiveContents, [[StoredArray]]) throws(ArchiveError) -> Void
    ) throws(ArchiveError) -> Archive {
        var contents = ArchiveContents(provenance: ""), weights: [Archive] = []
        var places: [String: String] = [:]
        for name in names {
            let shard = try openFile(folder.file(name), limits: limits)
            for entry in shard.entries {
                if let other = places.updateValue(name, forKey: entry.name) {
                    throw .unsupported(
                        file: folder.path, place: "tensor '\(entry.name)'", reason: "it is in \(other) and in \(name)",
                        advice: "the shards are not of one network; download all of them again")
                }
            }
            weights.append(shard)
            contents.metadata.merge(shard.metadata) { own, _ in own }
            contents.facts.merge(shard.facts) { own, _ in own }
            contents.integerLists.merge(shard.integerLists) { own, _ in own }
            contents.ignored += shard.ignored
        }
        contents.entries = weights.flatMap(\.entries)
        guard contents.entries.count <= limits.arrays else {
            throw .exceedsLimit(file: folder.path, place: "the folder", what: "its shards hold more arrays", limit: limits.arrays)
        }
        try finish(&contents, weights.map(\.entries))
        return Archive(folder: folder.path, path: path, weights: weights, contents: contents)
    }
}
