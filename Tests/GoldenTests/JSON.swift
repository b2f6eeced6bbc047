import Foundation

/// What a `case.json` holds, with the place where it stands; looking for something that is not there gives nil.
struct JSON: Sendable {
    indirect enum Value: Sendable, Decodable {
        case null, bool(Bool), number(Double), string(String), array([Value]), object([String: Value])

        init(from decoder: any Decoder) throws {
            let box = try decoder.singleValueContainer()
            if box.decodeNil() {
                self = .null
            } else if let value = try? box.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? box.decode(Double.self) {
                self = .number(value)
            } else if let value = try? box.decode(String.self) {
                self = .string(value)
            } else if let value = try? box.decode([Value].self) {
                self = .array(value)
            } else {
                self = .object(try box.decode([String: Value].self))
            }
        }
    }

    let value: Value
    /// "expected.runs[0].layers[2].transport_cost".
    var path = ""

    static let null = JSON(value: .null)

    static func read(_ url: URL) throws -> JSON { JSON(value: try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))) }

    subscript(key: String) -> JSON? {
        guard case .object(let fields) = value, let found = fields[key] else { return nil }
        return JSON(value: found, path: path.isEmpty ? key : "\(path).\(key)")
    }

    subscript(place: Int) -> JSON? { array.flatMap { $0.indices.contains(place) ? $0[place] : nil } }

    var string: String? { if case .string(let value) = value { value } else { nil } }
    var number: Double? { if case .number(let value) = value { value } else { nil } }
    /// A whole number that an `Int` can hold.
    var whole: Int? { number.flatMap { Int(exactly: $0) } }
    var bool: Bool? { if case .bool(let value) = value { value } else { nil } }
    var isNull: Bool { if case .null = value { true } else { false } }
    var keys: [String] { if case .object(let fields) = value { fields.keys.sorted() } else { [] } }

    var array: [JSON]? {
        guard case .array(let values) = value else { return nil }
        return values.enumerated().map { JSON(value: $1, path: "\(path)[\($0)]") }
    }

    /// All elements as numbers; nil where one of them is something else.
    var numbers: [Double]? { all(\.number) }
    var wholes: [Int]? { all(\.whole) }
    var strings: [String]? { all(\.string) }

    private func all<Element>(_ read: (JSON) -> Element?) -> [Element]? {
        guard let array else { return nil }
        let found = array.compactMap(read)
        return found.count == array.count ? found : nil
    }

    /// The places of all values, of lists without objects or lists in them the list's.
    var leaves: [String] {
        switch value {
        case .object: return keys.flatMap { self[$0]?.leaves ?? [] }
        case .array(let values):
            let isPlain = values.allSatisfy { if case .object = $0 { false } else if case .array = $0 { false } else { true } }
            return isPlain ? [path] : (array ?? []).flatMap(\.leaves)
        default: return [path]
        }
    }
}
