/// The safetensors format: the header's length (8 bytes), a JSON header, then the arrays' bytes without gap or overlap.
enum SafetensorsFile {
    private static let types = Dictionary(
        uniqueKeysWithValues: ElementType.allCases.compactMap { type in type.safetensorsName.map { ($0, type) } })

    /// One line of the header.
    private struct Entry {
        let name: String
        let position: Int
        var type: String?
        var shape: [Int]?
        var range: [Int]?
    }

    static func contents(_ view: ByteView, path: String, budget: FileBudget) throws(ArchiveError) -> ArchiveContents {
        var reader = ByteReader(view, file: path)
        let limits = budget.limits
        let length = try reader.length(UInt64.self, "the header's length")
        guard length <= limits.headerBytes else {
            throw .exceedsLimit(file: path, place: "header", what: "\(length) bytes long", limit: limits.headerBytes)
        }
        guard length <= reader.remaining else {
            throw reader.damaged(
                "the header length is \(length) bytes but only \(reader.remaining) follow; the file is truncated or no safetensors file",
                at: 0)
        }
        let dataStart = reader.offset + length  // checked: length is at most what remains
        var contents = ArchiveContents(provenance: "safetensors")
        var entries: [Entry] = []
        var header = JSONReader(reader, end: dataStart, budget: budget)
        try header.object { (header, name, position) throws(ArchiveError) in
            if name == "__metadata__" {
                try header.object { (header, key, _) throws(ArchiveError) in
                    contents.metadata[key] = try header.text()
                }
            } else {
                guard entries.count < limits.arrays else {
                    throw .exceedsLimit(file: path, place: "header", what: "it names more arrays", limit: limits.arrays)
                }
                entries.append(try entry(&header, name, position))
            }
        }
        guard header.isAtEnd() else { throw header.damaged("there is data after its closing brace") }
        contents.entries = try arrays(entries, header: header, data: dataStart, view: view, path: path, budget: budget)
        return contents
    }

    private static func entry(_ header: inout JSONReader, _ name: String, _ position: Int) throws(ArchiveError) -> Entry {
        var entry = Entry(name: name, position: position)
        try header.object { (header, key, position) throws(ArchiveError) in
            switch key {
            case "dtype": entry.type = try header.text()
            case "shape": entry.shape = try header.integers()
            case "data_offsets": entry.range = try header.integers()
            default: throw header.damaged("array '\(name)' has an unknown property '\(key)'", at: position)
            }
        }
        return entry
    }

    private static func arrays(
        _ entries: [Entry], header: JSONReader, data: Int, view: ByteView, path: String, budget: FileBudget
    ) throws(ArchiveError) -> [StoredArray] {
        var arrays: [StoredArray] = []
        var ranges: [(start: Int, end: Int, entry: Entry)] = []
        for entry in entries {
            guard let typeName = entry.type, let shape = entry.shape, let range = entry.range, range.count == 2 else {
                throw header.damaged("array '\(entry.name)' lacks dtype, shape or two data_offsets", at: entry.position)
            }
            guard let type = types[typeName] else {
                throw .unsupported(
                    file: path, place: "array '\(entry.name)'", reason: "elements of type \(typeName)",
                    advice: "8-bit floating-point and packed types are not read; save it as F32 or BF16")
            }
            let (start, end) = (range[0], range[1])
            guard start <= end, end <= view.count - data, let bytes = view.slice(data + start, end - start) else {
                throw header.damaged(
                    "array '\(entry.name)' at \(start)..<\(end) does not lie in the \(view.count - data) bytes of data; the file is truncated or the header is wrong",
                    at: entry.position)
            }
            guard let count = elementCount(shape), case let (size, overflow) = count.multipliedReportingOverflow(by: type.size), !overflow,
                size == end - start
            else {
                throw header.damaged(
                    "array '\(entry.name)' of shape \(shape) and type \(typeName) does not match the \(end - start) bytes of its data_offsets",
                    at: entry.position)
            }
            arrays.append(
                try StoredArray(
                    name: entry.name, elementType: type, shape: shape, storage: bytes, storageName: entry.name, file: path,
                    position: entry.position, budget: budget))
            ranges.append((start, end, entry))
        }
        var end = 0
        for range in ranges.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            guard range.start >= end else { throw header.damaged("array '\(range.entry.name)' overlaps another", at: range.entry.position) }
            guard range.start == end else {
                throw header.damaged(
                    "there is a gap of \(range.start - end) bytes before array '\(range.entry.name)'", at: range.entry.position)
            }
            end = range.end
        }
        guard end == view.count - data else { throw header.damaged("\(view.count - data - end) bytes belong to no array", at: data + end) }
        return arrays
    }
}
