extension SafetensorsFile {
    /// Writes the arrays: the header lists them in the order given, the data stands with the widest elements first, so that every array is aligned without holes.
    static func write(_ outgoing: OutgoingArrays, metadata: [String: String], to file: AtomicFile) throws(ArchiveError) {
        let arrays = outgoing.arrays
        let order = arrays.indices.sorted { ($1.elementSize(in: arrays), $0) < ($0.elementSize(in: arrays), $1) }
        var ranges = [Range<Int>](repeating: 0..<0, count: arrays.count)
        var end = 0
        for index in order {
            let (next, overflow) = end.addingReportingOverflow(outgoing.sizes[index])
            guard !overflow else { throw .cannotWrite(file: file.path, reason: "the arrays are larger than any file") }
            ranges[index] = end..<next
            end = next
        }

        var header = ByteWriter()
        header.append("{".utf8)
        if !metadata.isEmpty {
            header.append("\"__metadata__\":".utf8)
            header.json(metadata)
        }
        for (index, array) in arrays.enumerated() {
            guard array.name != "__metadata__" else {
                throw .cannotWrite(file: file.path, reason: "no array of a safetensors file can be named __metadata__")
            }
            guard let type = array.elementType.safetensorsName else {
                throw .cannotWrite(
                    file: file.path,
                    reason:
                        "array '\(array.name)' is of type \(array.elementType.torchName), which safetensors does not have; a .pt file holds it"
                )
            }
            if index > 0 || !metadata.isEmpty { header.append(",".utf8) }
            header.json(array.name)
            let shape = array.shape.map(String.init).joined(separator: ",")
            let (start, end) = (ranges[index].lowerBound, ranges[index].upperBound)
            header.append(":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}".utf8)
        }
        header.append("}".utf8)
        header.append(repeatElement(UInt8(ascii: " "), count: (8 - header.bytes.count % 8) % 8))

        var length = ByteWriter()
        length.integer(UInt64(header.bytes.count))
        try file.write(length.bytes)
        try file.write(header.bytes)
        for index in order {
            try outgoing.pass(index) { (bytes) throws(ArchiveError) in try file.write(bytes) }
        }
    }
}

extension Int {
    fileprivate func elementSize(in arrays: [OutgoingArray]) -> Int { arrays[self].elementType.size }
}
