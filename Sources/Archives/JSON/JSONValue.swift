/// A JSON value as it stands in a file: members keep their order and numbers their digits, so that writing it again changes nothing.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// In the file's spelling.
    case number(String)
    case text(String)
    case list([JSONValue])
    case object([Member])

    public struct Member: Sendable, Equatable {
        package var key: String
        package var value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// Reads a JSON file.
    ///
    /// - Throws: ``ArchiveError`` naming the file and the byte where it is no JSON; files beyond the limits of size and depth are refused.
    package static func read(_ path: String, limits: ArchiveLimits = .standard) throws(ArchiveError) -> JSONValue {
        try read(ByteView(try MappedFile(path)), path: path, limits: limits)
    }

    /// Reads a JSON text; `path` is for errors.
    package static func read(_ text: String, path: String, limits: ArchiveLimits = .standard) throws(ArchiveError) -> JSONValue {
        try read(text, path: path, budget: FileBudget(size: text.utf8.count, file: path, limits: limits))
    }

    static func read(_ text: String, path: String, budget: FileBudget) throws(ArchiveError) -> JSONValue {
        let memory = OwnedMemory(byteCount: text.utf8.count)
        memory.bytes.copyBytes(from: text.utf8)
        return try read(ByteView(memory), path: path, budget: budget)
    }

    static func read(_ view: ByteView, path: String, limits: ArchiveLimits) throws(ArchiveError) -> JSONValue {
        try read(view, path: path, budget: FileBudget(size: view.count, file: path, limits: limits))
    }

    /// Reads a JSON text that is a part of the budget's file.
    static func read(_ view: ByteView, path: String, budget: FileBudget) throws(ArchiveError) -> JSONValue {
        let limits = budget.limits
        guard view.count <= limits.jsonBytes else {
            throw .exceedsLimit(file: path, place: "the JSON text", what: "\(view.count) bytes long", limit: limits.jsonBytes)
        }
        var reader = JSONReader(ByteReader(view, file: path), end: view.count, part: "JSON", budget: budget)
        let value = try reader.value(depth: limits.nesting)
        guard reader.isAtEnd() else { throw reader.damaged("there is data after the value") }
        return value
    }

    // MARK: parts

    /// The member of this name; nil where there is none, or it is `null`.
    package subscript(key: String) -> JSONValue? {
        get {
            guard case .object(let members) = self, let value = members.first(where: { $0.key == key })?.value, value != .null else {
                return nil
            }
            return value
        }
        set {
            guard case .object(var members) = self else { return }
            let place = members.firstIndex { $0.key == key }
            switch (place, newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append(Member(key: key, value: value))
            case (nil, nil): break
            }
            self = .object(members)
        }
    }

    package var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    package var items: [JSONValue]? { if case .list(let items) = self { items } else { nil } }
    package var text: String? { if case .text(let text) = self { text } else { nil } }
    package var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
    package var double: Double? { if case .number(let digits) = self { Double(digits) } else { nil } }
    /// A whole number, also where it is written `10.0`.
    package var int: Int? {
        guard case .number(let digits) = self else { return nil }
        return Int(digits) ?? Double(digits).flatMap { Int(exactly: $0) }
    }

    // MARK: writing

    package static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { Member(key: $0.key, value: $0.value) })
    }
    package static func number(_ value: Int) -> JSONValue { .number("\(value)") }
    package static func number(_ value: Double) -> JSONValue {
        .number(value.isFinite ? "\(value)" : value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity")
    }

    /// The value as JSON; with a line for each member and two spaces for each level, or on one line.
    package func json(pretty: Bool = true) -> String {
        var writer = ByteWriter()
        write(to: &writer, pretty: pretty, level: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func write(to writer: inout ByteWriter, pretty: Bool, level: Int) {
        func line(_ level: Int) { if pretty { writer.append(("\n" + String(repeating: "  ", count: level)).utf8) } }
        switch self {
        case .null: writer.append("null".utf8)
        case .bool(let value): writer.append((value ? "true" : "false").utf8)
        case .number(let digits): writer.append(digits.utf8)
        case .text(let text): writer.json(text)
        case .list(let items):
            // Lists of numbers stay on one line, as people write means and sizes.
            let isFlat = items.allSatisfy { if case .number = $0 { true } else { false } }
            writer.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { writer.append((isFlat && pretty ? ", " : ",").utf8) }
                if !isFlat { line(level + 1) }
                item.write(to: &writer, pretty: pretty, level: level + 1)
            }
            if !isFlat { line(level) }
            writer.append(UInt8(ascii: "]"))
        case .object(let members):
            writer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { writer.append(UInt8(ascii: ",")) }
                line(level + 1)
                writer.json(member.key)
                writer.append((pretty ? ": " : ":").utf8)
                member.value.write(to: &writer, pretty: pretty, level: level + 1)
            }
            if !members.isEmpty { line(level) }
            writer.append(UInt8(ascii: "}"))
        }
    }
}
