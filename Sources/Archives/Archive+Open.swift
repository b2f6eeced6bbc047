extension Archive {
    /// Opens a file of arrays, whose content says what it is; or a folder's network: `model.safetensors`, `pytorch_model.bin`, or their shards by the index.
    ///
    /// The index of a folder's shards (`….index.json`) opens the same network. One shard alone, an adapter alone and the formats of other programs are refused as what they are.
    ///
    /// - Parameters:
    ///   - key: of several networks in a PyTorch file, the one under this key (``StoredNetwork``); nil takes the usual one.
    ///   - keepsRefused: tensors of a kind that is not read (sparse, quantized) are listed in ``refused``; else the first of them is the error.
    /// - Throws: ``ArchiveError`` naming the file, the place in it and the reason.
    package static func open(
        _ path: String, key: String? = nil, keepsRefused: Bool = false, limits: ArchiveLimits = .standard
    ) throws(ArchiveError) -> Archive {
        let archive = try openAny(path, key: key, limits: limits)
        if let first = archive.refused.first, !keepsRefused { throw first.error }
        return archive
    }

    private static func openAny(_ path: String, key: String?, limits: ArchiveLimits) throws(ArchiveError) -> Archive {
        if let folder = try FolderContents(path) { return try open(folder, path: FolderContents.withoutSlash(path), limits: limits) }
        if path.hasSuffix(indexSuffix), let (folder, _) = try FolderContents.around(path), MappedFile.isRegular(path) {
            return try ShardIndex(path, limits: limits).open(folder, path: path, limits: limits)
        }
        if MappedFile.isRegular(path), let refusal = try ForeignFile.byName(path) { throw refusal }
        let archive = try openFile(path, key: key, limits: limits)
        guard weightNames.contains(where: { path == $0 || path.hasSuffix("/" + $0) }), let (folder, _) = try FolderContents.around(path)
        else { return archive }
        return try archive.with(documentsOf: folder, limits: limits)
    }

    /// Opens one file for what it is, also where its name says that it is a part of something.
    static func openFile(_ path: String, key: String? = nil, limits: ArchiveLimits) throws(ArchiveError) -> Archive {
        try open(ByteView(try MappedFile(path)), path: path, key: key, limits: limits)
    }

    /// Opens bytes as if they were the file's.
    static func open(_ view: ByteView, path: String, key: String? = nil, limits: ArchiveLimits) throws(ArchiveError) -> Archive {
        let signature = FileSignature(view, path: path)
        let budget = FileBudget(size: view.count, file: path, limits: limits)
        if let key, !signature.mayHoldKeys { throw .missingNetwork(file: path, key: key, present: []) }
        switch signature {
        case .zip:
            return try openZip(view, path: path, key: key, budget: budget)
        case .numpy:
            return Archive(path: path, kind: .npy, bytes: view, contents: try NumPyFile.contents(view, path: path, budget: budget))
        case .safetensors:
            return Archive(
                path: path, kind: .safetensors, bytes: view, contents: try SafetensorsFile.contents(view, path: path, budget: budget))
        case .pickle:
            return Archive(
                path: path, kind: .torchLegacy, bytes: view,
                contents: try TorchLegacyFile.contents(view, path: path, key: key, budget: budget))
        case .foreign(let found, let advice):
            throw .unrecognised(file: path, found: found, advice: advice)
        }
    }

    private static func verified(_ archive: Archive, _ budget: FileBudget) throws(ArchiveError) -> Archive {
        if budget.limits.verifiesChecksums { try archive.verifyChecksums() }
        return archive
    }

    private static func openZip(_ view: ByteView, path: String, key: String?, budget: FileBudget) throws(ArchiveError) -> Archive {
        let zip = try ZipFile(view, file: path, budget: budget)
        if zip.members.contains(where: { $0.name.hasSuffix("/data.pkl") || $0.name == "data.pkl" }) {
            return try verified(
                Archive(
                    path: path, kind: .torchZip, bytes: view, contents: try TorchZipFile.contents(zip, key: key), zips: [zip]), budget)
        }
        if let key { throw .missingNetwork(file: path, key: key, present: []) }
        if ExportedFile.isMeant(zip) {
            let (contents, program) = try ExportedFile.contents(zip)
            return try verified(
                Archive(path: path, kind: .exported, bytes: view, contents: contents, zips: [zip], program: program), budget)
        }
        if zip.members.contains(where: { $0.name.hasSuffix(".npy") }) {
            return try verified(Archive(path: path, kind: .npz, bytes: view, contents: try NumPyFile.contents(zip), zips: [zip]), budget)
        }
        let finding = ForeignFile.zip(zip.members.map(\.name), path: path)
        throw .unrecognised(file: path, found: finding.found, advice: finding.advice)
    }
}
