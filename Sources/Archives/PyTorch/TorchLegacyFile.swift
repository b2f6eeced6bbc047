/// A PyTorch file before 1.6: five pickles back to back (magic number, protocol, system, object, storage keys), then the storages one after another.
enum TorchLegacyFile {
    /// 0x1950a86a20f9469cfc6c, little-endian.
    static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    static let protocolVersion = 1001

    static func contents(_ view: ByteView, path: String, key: String?, budget: FileBudget) throws(ArchiveError) -> ArchiveContents {
        var reader = ByteReader(view, file: path)
        func nextPickle() throws(ArchiveError) -> PickleGraph {
            let graph = try PickleReader.read(reader, budget: budget)
            try reader.seek(to: graph.end)
            return graph
        }

        guard try nextPickle().root == .hugeInteger(magic) else {
            throw .unrecognised(
                file: path, found: "a Python pickle that PyTorch did not write",
                advice: "save the weights with torch.save or as safetensors")
        }
        let version = reader.offset
        guard try nextPickle().root == .integer(protocolVersion) else {
            throw reader.damaged("the PyTorch protocol is not \(protocolVersion)", at: version)
        }
        let system = try nextPickle()
        let isBigEndian = system.value(system.root, "little_endian") == .bool(false)
        let graph = try nextPickle()
        let keysStart = reader.offset
        let keysGraph = try nextPickle()
        guard let keys = keysGraph.sequence(keysGraph.root) else {
            throw reader.damaged("the list of storage keys is not a list", at: keysStart)
        }

        let storages = try readStorages(keys, of: graph, isBigEndian: isBigEndian, at: keysStart, &reader)
        var collector = TorchCollector(graph: graph, file: path, place: nil, budget: budget)
        return try collector.collect(key: key) { (reference, offset) throws(ArchiveError) in
            guard let storage = storages[reference.key] else {
                throw .damaged(file: path, place: nil, offset: offset, reason: "a tensor's storage '\(reference.key)' is not in the file")
            }
            guard let view = reference.view else { return storage }
            let size = try TorchStorageClass(reference, file: path, place: nil, offset: offset).elementSize
            let (start, startOverflow) = view.offset.multipliedReportingOverflow(by: size)
            let (length, lengthOverflow) = view.count.multipliedReportingOverflow(by: size)
            guard !startOverflow, !lengthOverflow, let part = storage.slice(start, length) else {
                throw .damaged(
                    file: path, place: nil, offset: offset,
                    reason: "a view of \(view.count) elements from \(view.offset) does not lie in storage '\(reference.key)'")
            }
            return part
        }
    }

    /// Every storage: its element count, which must be what the object said, and its elements.
    private static func readStorages(
        _ keys: [PickleValue], of graph: PickleGraph, isBigEndian: Bool, at keysStart: Int, _ reader: inout ByteReader
    ) throws(ArchiveError) -> [String: ByteView] {
        var references: [String: (reference: TorchStorageReference, offset: Int)] = [:]
        for node in graph.nodes {
            if case .storage(let reference) = node.kind, references[reference.key] == nil {
                references[reference.key] = (reference, node.offset)
            }
        }
        var storages: [String: ByteView] = [:]
        for key in keys {
            guard case .text(let key) = key, let (reference, offset) = references[key] else {
                throw reader.damaged("the list of storage keys names one that no tensor uses", at: keysStart)
            }
            let storageClass = try TorchStorageClass(reference, file: reader.file, place: nil, offset: offset),
                size = storageClass.elementSize
            let start = reader.offset
            let stored = try reader.integer(Int64.self, "the size of storage '\(key)'")
            let count = isBigEndian ? Int(stored.byteSwapped) : Int(stored)
            guard count == reference.count else {
                throw reader.damaged("storage '\(key)' has \(count) elements, but its tensors expect \(reference.count)", at: start)
            }
            let (length, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { throw reader.damaged("storage '\(key)' has the impossible size of \(count) elements", at: start) }
            let first = try reader.advance(length, "storage '\(key)'")
            guard let bytes = reader.view.slice(first, length) else { throw reader.damaged("storage '\(key)' is truncated", at: first) }
            guard storages.updateValue(isBigEndian ? bytes.swapped(elementSize: storageClass.partSize) : bytes, forKey: key) == nil else {
                throw reader.damaged("storage '\(key)' is listed twice", at: keysStart)
            }
        }
        return storages
    }
}
