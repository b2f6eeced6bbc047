extension TorchZipFile {
    static let folder = "archive/"
    /// Where metadata is kept: PyTorch passes over records it does not know.
    static let metadataRecord = "extra/metadata.json"

    /// Writes a state dict as PyTorch does since 1.6, pickle protocol 2, one storage for each array that is not tied to another.
    static func write(_ outgoing: OutgoingArrays, metadata: [String: String], to file: AtomicFile) throws(ArchiveError) {
        var storages: [String: Int] = [:]
        var written: [Int] = []
        var pickle = PickleWriter()
        pickle.begin()
        for (index, array) in outgoing.arrays.enumerated() {
            var storage = written.count
            if let tie = array.tiedTo, let shared = storages[tie] { storage = shared } else { written.append(index) }
            storages[array.name] = storage
            pickle.tensor(array, storage: String(storage))
        }
        pickle.end()

        var zip = ZipWriter(file)
        try zip.add(folder + "data.pkl", pickle.bytes)
        try zip.add(folder + "byteorder", Array("little".utf8))
        if !metadata.isEmpty {
            var record = ByteWriter()
            record.json(metadata)
            try zip.add(folder + metadataRecord, record.bytes)
        }
        for (storage, index) in written.enumerated() {
            try zip.add(folder + "data/\(storage)", size: outgoing.sizes[index]) { (sink) throws(ArchiveError) in
                try outgoing.pass(index, to: sink)
            }
        }
        try zip.add(folder + "version", Array("3\n".utf8))
        try zip.finish()
    }
}

/// Writes the pickle of a state dict with the globals that `torch.load(weights_only=True)` allows.
private struct PickleWriter {
    private var writer = ByteWriter()

    var bytes: [UInt8] { writer.bytes }

    mutating func begin() {
        op(.protocolVersion)
        writer.append(2)
        emptyOrderedDictionary()
        op(.mark)
    }

    mutating func end() {
        op(.setItems)
        op(.stop)
    }

    /// A name and the call that rebuilds its tensor.
    mutating func tensor(_ array: OutgoingArray, storage: String) {
        let typed = array.elementType.torchStorageName
        let count = array.shape.reduce(1, *)  // checked before: it does not overflow
        text(array.name)
        global("torch._utils", typed == nil ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2")
        op(.mark)
        op(.mark)
        text("storage")
        if let typed { global("torch", typed) } else { global("torch.storage", "UntypedStorage") }
        text(storage)
        text("cpu")
        integer(typed == nil ? count * array.elementType.size : count)
        op(.tuple)
        op(.binaryPersistent)
        integer(0)
        integers(array.shape)
        var strides = [Int](repeating: 1, count: array.shape.count)
        for axis in array.shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * max(array.shape[axis + 1], 1) }
        integers(strides)
        op(.newFalse)
        emptyOrderedDictionary()
        if typed == nil { global("torch", array.elementType.torchName) }
        op(.tuple)
        op(.reduce)
    }

    private mutating func op(_ opcode: PickleOpcode) {
        writer.append(opcode.rawValue)
    }

    private mutating func emptyOrderedDictionary() {
        global("collections", "OrderedDict")
        op(.emptyTuple)
        op(.reduce)
    }

    private mutating func global(_ module: String, _ name: String) {
        op(.global)
        writer.append("\(module)\n\(name)\n".utf8)
    }

    private mutating func text(_ text: String) {
        op(.binaryUnicode)
        writer.integer(UInt32(truncatingIfNeeded: text.utf8.count))
        writer.append(text.utf8)
    }

    private mutating func integers(_ values: [Int]) {
        op(.mark)
        for value in values { integer(value) }
        op(.tuple)
    }

    private mutating func integer(_ value: Int) {
        if let small = Int32(exactly: value) {
            op(.binaryInteger)
            writer.integer(small)
        } else {
            op(.long1)
            writer.append(8)
            writer.integer(Int64(value))
        }
    }
}
