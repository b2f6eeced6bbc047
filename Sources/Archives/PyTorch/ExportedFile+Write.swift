extension ExportedFile {
    /// Writes other weights beside the same graph, as `torch.export.save` does: everything but the weights is copied as it is.
    ///
    /// - Throws: ``ArchiveError/cannotWrite(file:reason:)`` where the graph has a weight that is not given, or of another shape or type.
    static func write(
        _ outgoing: OutgoingArrays, like program: ExportedProgram, metadata: [String: String], to file: AtomicFile
    ) throws(ArchiveError) {
        var places: [String: Int] = [:]
        for (place, array) in outgoing.arrays.enumerated() { places[array.name] = place }
        var written: [Int] = [], storages: [Int: Int] = [:], entries: [JSONValue.Member] = []
        for weight in program.weights {
            guard let place = places[weight.name] else {
                throw .cannotWrite(file: file.path, reason: "the exported graph reads “\(weight.name)”, which the network does not have")
            }
            let array = outgoing.arrays[place]
            guard array.shape == weight.shape, array.elementType == weight.type else {
                throw .cannotWrite(
                    file: file.path,
                    reason:
                        "“\(weight.name)” is \(array.shape) \(array.elementType.torchName), but the exported graph takes \(weight.shape) \(weight.type.torchName); save as .safetensors or .pt"
                )
            }
            let own = array.tiedTo.flatMap { places[$0] } ?? place
            if storages[own] == nil {
                storages[own] = written.count
                written.append(own)
            }
            entries.append(
                .init(key: weight.name, value: try entry(array, storage: storages[own] ?? 0, isParameter: weight.isParameter, file: file)))
        }
        var zip = ZipWriter(file)
        for member in program.members {
            let view = member.bytes
            try view.checkUnchanged()
            try zip.add(member.name, size: view.count) { (sink) throws(ArchiveError) in
                try view.withUnsafeBytes { (bytes) throws(ArchiveError) in try sink(bytes) }
            }
        }
        for (storage, place) in written.enumerated() {
            try zip.add("\(program.folder)/data/weights/weight_\(storage)", size: outgoing.sizes[place]) { (sink) throws(ArchiveError) in
                try outgoing.pass(place, to: sink)
            }
        }
        let list = JSONValue.object([.init(key: "config", value: .object(entries))])
        try zip.add("\(program.folder)/data/weights/\(program.model)_weights_config.json", Array(list.json(pretty: false).utf8))
        if !metadata.isEmpty {
            var record = ByteWriter()
            record.json(metadata)
            try zip.add("\(program.folder)/\(TorchZipFile.metadataRecord)", record.bytes)
        }
        try zip.finish()
    }

    /// What the list of weights says of one: where it stands, and how its numbers lie there.
    private static func entry(_ array: OutgoingArray, storage: Int, isParameter: Bool, file: AtomicFile) throws(ArchiveError) -> JSONValue {
        guard let type = array.elementType.exportedNumber else {
            throw .cannotWrite(
                file: file.path, reason: "“\(array.name)” is of type \(array.elementType.torchName), which no exported graph has")
        }
        func numbers(_ values: [Int]) -> JSONValue { .list(values.map { .object(["as_int": .number($0)]) }) }
        var strides = [Int](repeating: 1, count: array.shape.count)
        for axis in array.shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * max(1, array.shape[axis + 1]) }
        return .object([
            "path_name": .text("weight_\(storage)"), "is_param": .bool(isParameter), "use_pickle": .bool(false),
            "tensor_meta": .object([
                "dtype": .number(type), "sizes": numbers(array.shape), "requires_grad": .bool(isParameter),
                "device": .object(["type": .text("cpu"), "index": .null]), "strides": numbers(strides),
                "storage_offset": .object(["as_int": .number(0)]), "layout": .number(7),
            ]),
        ])
    }
}

extension Archive {
    /// Writes arrays as the weights of an exported graph, whose other members are copied.
    package static func write(
        _ arrays: [OutgoingArray], like program: ExportedProgram, metadata: [String: String] = [:], to path: String
    ) throws(ArchiveError) {
        let outgoing = try OutgoingArrays(arrays, file: path)
        let file = try AtomicFile(path)
        try ExportedFile.write(outgoing, like: program, metadata: metadata, to: file)
        try file.commit()
    }
}
