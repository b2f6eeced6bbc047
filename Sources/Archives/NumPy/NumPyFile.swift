/// NumPy arrays: one in a `.npy` file, named ones in an `.npz` file, which is a zip file of the former.
enum NumPyFile {
    static func contents(_ view: ByteView, path: String, limits: ArchiveLimits) throws(ArchiveError) -> ArchiveContents {
        let array = try array(ByteReader(view, file: path), name: "array", limits: limits)
        return ArchiveContents(entries: [array], provenance: "a single NumPy array")
    }

    static func contents(_ zip: ZipFile, limits: ArchiveLimits) throws(ArchiveError) -> ArchiveContents {
        var contents = ArchiveContents(provenance: "NumPy arrays")
        var budget = limits.inflatedBytes
        for member in zip.members {
            guard member.name.hasSuffix(".npy") else {
                contents.ignored.append(member.name)
                continue
            }
            let view = try zip.contents(member, budget: &budget)
            contents.entries.append(try array(ByteReader(view, file: zip.file, place: member.name), name: String(member.name.dropLast(4)), limits: limits))
        }
        return contents
    }

    private static func array(_ start: ByteReader, name: String, limits: ArchiveLimits) throws(ArchiveError) -> StoredArray {
        var reader = start
        let header = try NumPyHeader(&reader, array: name)
        let size = header.elementType.size
        guard let count = elementCount(header.shape), case let (length, overflow) = count.multipliedReportingOverflow(by: size), !overflow else {
            throw reader.damaged("the impossible shape \(header.shape)", at: 0)
        }
        guard length == reader.remaining, let bytes = reader.view.slice(header.dataStart, length) else {
            throw reader.damaged("shape \(header.shape) takes \(length) bytes but \(reader.remaining) follow; the file is truncated or the header lies", at: header.dataStart)
        }
        var strides: [Int]?
        if header.isFortranOrder {
            var stride = 1
            strides = header.shape.map { size in
                defer { stride *= max(size, 1) }
                return stride
            }
        }
        return try StoredArray(
            name: name, elementType: header.elementType, shape: header.shape, strides: strides,
            storage: header.isBigEndian ? bytes.swapped(elementSize: size) : bytes, storageName: name, file: reader.file, place: reader.place, limits: limits)
    }
}
