/// NumPy arrays: one in a `.npy` file, named ones in an `.npz` file, which is a zip file of the former.
enum NumPyFile {
    static func contents(_ view: ByteView, path: String, limits: ArchiveLimits) throws(ArchiveError) -> ArchiveContents {
        var contents = ArchiveContents(provenance: "a single NumPy array")
        try add(ByteReader(view, file: path), name: "array", to: &contents, limits: limits)
        return contents
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
            try add(
                ByteReader(view, file: zip.file, place: member.name), name: String(member.name.dropLast(4)), to: &contents, limits: limits)
        }
        return contents
    }

    private static func add(
        _ start: ByteReader, name: String, to contents: inout ArchiveContents, limits: ArchiveLimits
    ) throws(ArchiveError) {
        var reader = start
        let header = try NumPyHeader(&reader, array: name)
        let size =
            switch header.elements {
            case .numbers(let type): type.size
            case .texts(let characters, let size): characters * size
            }
        guard let count = elementCount(header.shape), case let (length, overflow) = count.multipliedReportingOverflow(by: size), !overflow
        else {
            throw reader.damaged("the impossible shape \(header.shape)", at: 0)
        }
        guard length == reader.remaining, let bytes = reader.view.slice(header.dataStart, length) else {
            throw reader.damaged(
                "shape \(header.shape) takes \(length) bytes but \(reader.remaining) follow; the file is truncated or the header is wrong",
                at: header.dataStart)
        }
        guard case .numbers(let type) = header.elements else {
            // Nothing but data sets has a use for texts.
            contents.ignored.append(name)
            let known = contents.texts.values.reduce(0) { $0 + $1.count }
            guard count <= limits.texts - known else {
                throw .exceedsLimit(file: reader.file, place: "array '\(name)'", what: "it holds more texts", limit: limits.texts)
            }
            guard !header.isFortranOrder || header.shape.count <= 1 else { return }
            contents.texts[name] = texts(bytes, count: count, header)
            return
        }
        var strides: [Int]?
        if header.isFortranOrder {
            guard let found = columnMajorStrides(header.shape) else { throw reader.damaged("the impossible shape \(header.shape)", at: 0) }
            strides = found
        }
        contents.entries.append(
            try StoredArray(
                name: name, elementType: type, shape: header.shape, strides: strides,
                storage: header.isBigEndian ? bytes.swapped(elementSize: size) : bytes, storageName: name, file: reader.file,
                place: reader.place, limits: limits))
    }

    /// Texts without the zeros that fill them up; what is no character becomes the replacement character.
    private static func texts(_ view: ByteView, count: Int, _ header: NumPyHeader) -> [String] {
        guard case .texts(let characters, let size) = header.elements else { return [] }
        return view.withUnsafeBytes { bytes in
            (0..<count).map { index in
                let own = UnsafeRawBufferPointer(rebasing: bytes[index * characters * size..<(index + 1) * characters * size])
                if size == 1 { return String(decoding: own.prefix { $0 != 0 }, as: UTF8.self) }
                var text = String.UnicodeScalarView()
                for place in 0..<characters {
                    let code = own.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self)
                    let value = header.isBigEndian ? UInt32(bigEndian: code) : UInt32(littleEndian: code)
                    if value == 0 { break }
                    text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
                }
                return String(text)
            }
        }
    }
}
