/// A file of `torch.export.save` (torch 2.9 and newer): a zip file with the graph as JSON and the bytes of every storage.
enum ExportedFile {
    /// The schema that is read.
    static let major = 8

    /// Bytes of the members that hold no weights.
    static let mostKept = 1 << 28

    /// Whether these are the members of such a file.
    static func isMeant(_ zip: ZipFile) -> Bool { zip.members.contains { $0.name.contains("/models/") && $0.name.hasSuffix(".json") } }

    static func contents(
        _ zip: ZipFile
    ) throws(ArchiveError) -> (contents: ArchiveContents, program: ExportedProgram) {
        let models = zip.members.filter { $0.name.contains("/models/") && $0.name.hasSuffix(".json") }
        guard let model = models.first, models.count == 1 else {
            throw .unsupported(
                file: zip.file, place: "zip directory",
                reason: "\(models.count) graphs: \(models.prefix(4).map(\.name).joined(separator: ", "))",
                advice: "save each with torch.export.save in a file of its own")
        }
        guard let cut = model.name.firstRange(of: "/models/") else {
            throw .damaged(file: zip.file, place: nil, offset: model.start, reason: "the graph's name \(model.name) has no folder")
        }
        let folder = model.name[..<cut.lowerBound], name = model.name[cut.upperBound...].dropLast(".json".count)
        try checkByteOrder(zip, folder: folder)
        let text = try zip.contents(model)
        let json = try JSONValue.read(text, path: "\(zip.file) (\(model.name))", budget: zip.budget)

        let collector = StorageCollector(zip: zip)
        let weights = try collector.arrays(folder: "\(folder)/data/weights/", list: "\(name)_weights_config.json")
        let constants = try collector.arrays(folder: "\(folder)/data/constants/", list: "\(name)_constants_config.json")
        var reader = ExportedReader(file: zip.file, place: model.name, budget: zip.budget)
        var program = try reader.program(json, constants: constants)
        let parameters = program.parameterNames
        program.weights = weights.map {
            ExportedProgram.Weight(name: $0.name, shape: $0.shape, type: $0.elementType, isParameter: parameters.contains($0.name))
        }
        (program.folder, program.model) = (String(folder), String(name))
        var kept = 0
        for member in zip.members
        where member.name.hasPrefix("\(folder)/") && !member.name.hasPrefix("\(folder)/data/weights/")
            && !member.name.hasSuffix(TorchZipFile.metadataRecord) && !member.name.split(separator: "/").contains("..")
        {
            let bytes = try zip.contents(member)
            kept += bytes.count
            guard kept <= mostKept else {
                throw .exceedsLimit(
                    file: zip.file, place: "zip directory", what: "members beside the weights of \(kept) bytes", limit: mostKept)
            }
            program.members.append((member.name, bytes))
        }
        var contents = ArchiveContents(provenance: "graph and weights of torch \(program.torchVersion)")
        contents.entries = weights
        contents.metadata = try TorchZipFile.metadata(zip, folder: "\(folder)/")
        if zip.members.contains(where: { $0.name.contains("/data/sample_inputs/") }) {
            contents.ignored.append("the sample inputs, which are pickled")
        }
        return (contents, program)
    }

    private static func checkByteOrder(_ zip: ZipFile, folder: Substring) throws(ArchiveError) {
        guard let member = zip.member("\(folder)/byteorder") else { return }
        let order = try zip.contents(member).withUnsafeBytes { latin1($0.prefix(16)) }
        guard order == "little" else {
            throw .unsupported(
                file: zip.file, place: member.name, reason: "weights in the byte order “\(order)”",
                advice: "save it on a machine of little-endian order")
        }
    }

    /// Finds the arrays that a list names in the members beside it; arrays of one member share its storage.
    private struct StorageCollector {
        let zip: ZipFile

        func arrays(folder: String, list: String) throws(ArchiveError) -> [StoredArray] {
            guard let member = zip.member(folder + list) else { return [] }
            let json = try JSONValue.read(try zip.contents(member), path: "\(zip.file) (\(member.name))", budget: zip.budget)
            guard let entries = json["config"]?.members else {
                throw .damaged(file: zip.file, place: member.name, offset: 0, reason: "it has no “config”")
            }
            guard entries.count <= zip.budget.limits.arrays else {
                throw .exceedsLimit(file: zip.file, place: member.name, what: "\(entries.count) arrays", limit: zip.budget.limits.arrays)
            }
            var arrays: [StoredArray] = []
            for entry in entries {
                func fault(_ reason: String) -> ArchiveError {
                    .damaged(file: zip.file, place: member.name, offset: 0, reason: "“\(entry.key)” \(reason)")
                }
                if entry.value["use_pickle"]?.bool == true {
                    throw .unsupported(
                        file: zip.file, place: "\(member.name), “\(entry.key)”", reason: "a pickled tensor, which may run code",
                        advice: "export the network with plain tensors: tensor subclasses (quantized weights) are not read")
                }
                guard let path = entry.value["path_name"]?.text else { throw fault("names no storage") }
                // Objects of C++ classes stand in the same list; the graph reader refuses a graph that uses one.
                guard let meta = entry.value["tensor_meta"] else { continue }
                guard let storage = zip.member(folder + path) else { throw fault("is missing: the file has no member \(folder + path)") }
                guard let number = meta["dtype"]?.int, let type = ElementType(exported: number) else {
                    throw .unsupported(
                        file: zip.file, place: "\(member.name), “\(entry.key)”",
                        reason: "elements of type number \(meta["dtype"]?.int ?? 0)",
                        advice: "export the network in float32, float16 or bfloat16")
                }
                guard meta["layout"]?.int ?? 7 == 7 else {
                    throw .unsupported(
                        file: zip.file, place: "\(member.name), “\(entry.key)”", reason: "a sparse tensor",
                        advice: "export it as a dense one")
                }
                guard let sizes = meta["sizes"]?.items?.map({ $0["as_int"]?.int }),
                    let strides = meta["strides"]?.items?.map({ $0["as_int"]?.int }),
                    !sizes.contains(nil), !strides.contains(nil), let offset = (meta["storage_offset"] ?? .object([:]))["as_int"]?.int
                else { throw fault("has no sizes, strides and offset in whole numbers") }
                let bytes = try zip.contents(storage)
                arrays.append(
                    try StoredArray(
                        name: entry.key, elementType: type, shape: sizes.compactMap(\.self), strides: strides.compactMap(\.self),
                        offset: offset,
                        storage: bytes, storageName: storage.name, file: zip.file, place: member.name, budget: zip.budget))
            }
            return arrays
        }
    }
}

extension String {
    /// The first place of some words.
    fileprivate func firstRange(of words: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(words) }.map { $0..<index($0, offsetBy: words.count) }
    }
}
