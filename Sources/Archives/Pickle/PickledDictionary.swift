/// A pickled Python dictionary of plain values and arrays of bytes, such as the python version of CIFAR. It is read by the closed interpreter
/// (``PickleReader``): nothing in it is executed.
///
/// ```swift
/// let batch = try PickledDictionary("data_batch_1")
/// let (shape, pixels) = try batch.byteArray("data")      // [10000, 3072]
/// ```
package struct PickledDictionary: Sendable {
    package let path: String
    private let graph: PickleGraph
    private let view: ByteView
    private let entries: [(key: String, value: PickleValue)]

    package init(_ path: String, limits: ArchiveLimits = .standard) throws(ArchiveError) {
        let view = ByteView(try MappedFile(path))
        guard case .pickle = FileSignature(view, path: path) else {
            throw .unrecognised(file: path, found: "it does not start like a pickle", advice: "the python version of the data is expected")
        }
        let graph = try PickleReader.read(ByteReader(view, file: path), budget: FileBudget(size: view.count, file: path, limits: limits))
        guard let pairs = graph.pairs(graph.root) else {
            throw .unsupported(
                file: path, place: "the pickle", reason: "it is not a dictionary", advice: "the python version of the data is expected")
        }
        self.path = path
        self.graph = graph
        self.view = view
        var entries: [(key: String, value: PickleValue)] = []
        for (key, value) in pairs {
            guard let key = Self.bytes(of: key, graph, view) else { continue }
            entries.append((String(decoding: key, as: UTF8.self), value))
        }
        self.entries = entries
    }

    package var keys: [String] { entries.map(\.key) }

    package func contains(_ key: String) -> Bool { entries.contains { $0.key == key } }

    /// A list of integers.
    package func integers(_ key: String) throws(ArchiveError) -> [Int] {
        guard let integers = graph.integers(try value(key)) else { throw unsupported(key, "it is not a list of integers") }
        return integers
    }

    /// A list of texts.
    package func texts(_ key: String) throws(ArchiveError) -> [String] {
        guard let items = graph.sequence(try value(key)) else { throw unsupported(key, "it is not a list of strings") }
        var texts: [String] = []
        for item in items {
            guard let bytes = Self.bytes(of: item, graph, view) else { throw unsupported(key, "it is not a list of strings") }
            texts.append(String(decoding: bytes, as: UTF8.self))
        }
        return texts
    }

    /// A NumPy array of unsigned bytes, row-major.
    package func byteArray(_ key: String) throws(ArchiveError) -> (shape: [Int], bytes: [UInt8]) {
        guard let parts = arrayParts(try value(key)) else { throw unsupported(key, "it is not a NumPy array") }
        guard let shape = graph.integers(parts.shape), shape.allSatisfy({ $0 >= 0 }) else {
            throw unsupported(key, "its shape is not a list of sizes")
        }
        guard graph.className(parts.type) == "numpy.dtype", case .object(_, let arguments)? = graph.node(parts.type)?.kind,
            case .text(let type)? = graph.sequence(arguments)?.first, type == "u1" || type == "|u1"
        else { throw unsupported(key, "its elements are not unsigned bytes") }
        guard parts.isRowMajor else { throw unsupported(key, "it is stored column by column") }
        guard let bytes = Self.bytes(of: parts.data, graph, view) else { throw unsupported(key, "its elements are not in the file") }
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { throw unsupported(key, "its shape \(shape) is impossible") }
            count = product
        }
        guard count == bytes.count else { throw unsupported(key, "its shape \(shape) takes \(count) bytes, but it has \(bytes.count)") }
        return (shape, bytes)
    }

    // MARK: -

    private func value(_ key: String) throws(ArchiveError) -> PickleValue {
        guard let value = entries.last(where: { $0.key == key })?.value else { throw .missingArray(file: path, name: key, present: keys) }
        return value
    }

    private func unsupported(_ key: String, _ reason: String) -> ArchiveError {
        .unsupported(file: path, place: "'\(key)'", reason: reason, advice: "is this the published file?")
    }

    /// How NumPy pickles an array: `_reconstruct(…)` and the state (version, shape, type, column-major, bytes), or since protocol 5
    /// `_frombuffer(bytes, type, shape, order)`.
    private func arrayParts(_ value: PickleValue) -> (shape: PickleValue, type: PickleValue, isRowMajor: Bool, data: PickleValue)? {
        guard let node = graph.node(value) else { return nil }
        if let state = node.state, let parts = graph.sequence(state), parts.count == 5 {
            return (parts[1], parts[2], parts[3] == .bool(false) || parts[3] == .integer(0), parts[4])
        }
        if let name = graph.className(value), name.hasSuffix("._frombuffer"), case .object(_, let arguments) = node.kind,
            let parts = graph.sequence(arguments), parts.count == 4
        {
            return (parts[2], parts[1], parts[3] == .text("C"), parts[0])
        }
        return nil
    }

    /// Bytes, or what Python wrote in their place: a Python 2 string, or `_codecs.encode(text, 'latin1')`.
    private static func bytes(of value: PickleValue, _ graph: PickleGraph, _ view: ByteView) -> [UInt8]? {
        switch value {
        case .bytes(let start, let count):
            return view.slice(start, count).map { part in part.withUnsafeBytes { Array($0) } }
        case .text(let text):
            // A Python 2 string was read as Latin-1: each scalar is a byte. Other texts hold only names.
            let scalars = text.unicodeScalars
            return scalars.allSatisfy { $0.value < 256 } ? scalars.map { UInt8(truncatingIfNeeded: $0.value) } : Array(text.utf8)
        case .node:
            guard graph.className(value) == "_codecs.encode", case .object(_, let arguments)? = graph.node(value)?.kind,
                let parts = graph.sequence(arguments), parts.count == 2, parts[1] == .text("latin1"), case .text = parts[0]
            else { return nil }
            return bytes(of: parts[0], graph, view)
        default:
            return nil
        }
    }
}
