extension TorchCollector {
    /// A file has few facts worth telling; a list of thousands is none.
    static let mostFacts = 512

    /// What stands beside the state dict: scalars become facts, also those one level down (`args.lr`).
    mutating func addFacts(_ pairs: PickledPairs, except chosen: String) throws(ArchiveError) {
        for (key, value) in pairs {
            guard case .text(let key) = key, key != chosen else { continue }
            // An argparse.Namespace keeps its options as attributes.
            if let inner = graph.pairs(value) ?? graph.attributes(value).flatMap({ graph.pairs($0) }) {
                var plain = 0
                for case (.text(let innerKey), let innerValue) in inner.prefix(Self.mostFacts) {
                    try visit()
                    guard contents.facts.count < Self.mostFacts, let text = graph.plainText(innerValue) else { continue }
                    let name = try joined(key, innerKey)
                    contents.facts[name] = text
                    plain += 1
                }
                if plain < inner.count { try ignore(key) }
            } else {
                try addFact(key, value)
            }
        }
    }

    mutating func addFact(_ name: String, _ value: PickleValue) throws(ArchiveError) {
        if value == .none { return }
        if let text = graph.plainText(value) {
            if contents.facts.count < Self.mostFacts { contents.facts[name] = text }
        } else if try !addIntegerList(name, value) {
            try ignore(name)
        }
    }

    /// Notes what is not read.
    mutating func ignore(_ name: String) throws(ArchiveError) {
        try budget.text(name, place ?? "the pickle")
        contents.ignored.append(name)
    }

    @discardableResult
    mutating func addIntegerList(_ name: String, _ value: PickleValue) throws(ArchiveError) -> Bool {
        guard contents.integerLists.count < Self.mostFacts, let items = graph.sequence(value), !items.isEmpty else { return false }
        // One list may be referred to often.
        try budget.take(items.count, each: MemoryLayout<Int>.size, place ?? "the pickle")
        guard let integers = graph.integers(value) else { return false }
        contents.integerLists[name] = integers
        return true
    }

    func kindInWords(_ value: PickleValue) -> String {
        if let name = graph.className(value) { return "value of class \(name)" }
        switch value {
        case .none: return "None"
        case .bool, .integer, .hugeInteger, .real: return "number"
        case .text: return "text"
        case .bytes: return "run of bytes"
        case .node(let index):
            switch graph.nodes.indices.contains(index) ? graph.nodes[index].kind : .list {
            case .list: return "list"
            case .tuple: return "tuple"
            case .set: return "set"
            case .dictionary: return "dictionary"
            case .storage: return "bare storage"
            case .global, .object, .tensor, .refusedTensor: return "object"
            }
        }
    }
}

extension PickleGraph {
    /// A number, a text, or a short tuple of them, in Python's spelling; nil for anything else.
    func plainText(_ value: PickleValue) -> String? {
        switch value {
        case .none: return "None"
        case .bool(let flag): return flag ? "True" : "False"
        case .integer(let integer): return String(integer)
        case .real(let real): return "\(real)"
        case .text(let text): return text.utf8.count <= 1000 ? text : nil
        case .bytes, .hugeInteger: return nil
        case .node:
            guard let node = node(value) else { return nil }
            switch node.kind {
            case .tuple where node.items.count <= 8:
                var parts: [String] = []
                for item in node.items {
                    if case .node = item { return nil }
                    guard let part = plainText(item), part.utf8.count <= 100 else { return nil }
                    parts.append(part)
                }
                return "(" + parts.joined(separator: ", ") + (parts.count == 1 ? ",)" : ")")
            case .object: return numpyScalar(value).map { "\($0)" }
            default: return nil
            }
        }
    }

    /// `numpy.core.multiarray.scalar(dtype, bytes)`: how an accuracy computed with NumPy is kept.
    private func numpyScalar(_ value: PickleValue) -> Double? {
        guard let name = className(value), name.hasPrefix("numpy"), name.hasSuffix(".multiarray.scalar"),
            case .object(_, let arguments)? = node(value)?.kind,
            let parts = sequence(arguments), parts.count == 2, case .object(_, let typeArguments)? = node(parts[0])?.kind,
            case .text(let type)? = sequence(typeArguments)?.first, let bytes = latin1Bytes(parts[1])
        else { return nil }
        var bits: UInt64 = 0
        for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
        switch (type, bytes.count) {
        case ("f8", 8): return Double(bitPattern: bits)
        case ("f4", 4): return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case ("i8", 8): return Double(Int64(bitPattern: bits))
        case ("i4", 4): return Double(Int32(truncatingIfNeeded: bits))
        default: return nil
        }
    }

    /// Protocol 2 spells bytes as `_codecs.encode(text, 'latin1')`.
    private func latin1Bytes(_ value: PickleValue) -> [UInt8]? {
        guard className(value) == "_codecs.encode", case .object(_, let arguments)? = node(value)?.kind,
            case .text(let text)? = sequence(arguments)?.first,
            text.unicodeScalars.count <= 16
        else { return nil }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
