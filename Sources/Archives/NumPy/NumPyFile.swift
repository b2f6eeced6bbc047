/// NumPy arrays: one in a `.npy` file, named ones in an `.npz` file, which is a zip file of the former.
enum NumPyFile {
    static func contents(_ view: ByteView, path: String, budget: FileBudget) throws(ArchiveError) -> ArchiveContents {
        var contents = ArchiveContents(provenance: "a single NumPy array")
        try add(ByteReader(view, file: path), name: "array", to: &contents, budget: budget)
        return contents
    }

    static func contents(_ zip: ZipFile) throws(ArchiveError) -> ArchiveContents {
        var contents = ArchiveContents(provenance: "NumPy arrays")
        for member in zip.members {
            guard member.name.hasSuffix(".npy") else {
                contents.ignored.append(member.name)
                continue
            }
            let view = try zip.contents(member)
            try add(
                ByteReader(view, file: zip.file, place: member.name), name: String(member.name.dropLast(4)), to: &contents,
                budget: zip.budget)
        }
        return contents
    }

    private static func add(_ start: ByteReader, name: String, to contents: inout ArchiveContents, budget: FileBudget) throws(ArchiveError)
    {
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
            let limit = budget.limits.texts
            guard count <= limit - known else {
                throw .exceedsLimit(file: reader.file, place: "array '\(name)'", what: "it holds more texts", limit: limit)
            }
            try budget.take(count, each: FileBudget.Cost.value, reader.place ?? "its texts")
            try budget.take(length, each: 2, reader.place ?? "its texts")
            guard !header.isFortranOrder || header.shape.count <= 1 else { return }
            contents.texts[name] = texts(bytes, count: count, header)
            return
        }
        contents.entries.append(
            try StoredArray(
                name: name, elementType: type, shape: header.shape, order: header.isFortranOrder ? .columnMajor : .rowMajor,
                storage: header.isBigEndian ? bytes.swapped(elementSize: size) : bytes, storageName: name, file: reader.file,
                place: reader.place, budget: budget))
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
