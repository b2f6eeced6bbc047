import Foundation

/// What a `case.json` holds; looking for something that is not there gives nil.
indirect enum JSON: Sendable, Decodable {
    case null, bool(Bool), number(Double), string(String), array([JSON]), object([String: JSON])

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
        } else if let value = try? box.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try box.decode([String: JSON].self))
        }
    }

    static func read(_ url: URL) throws -> JSON { try JSONDecoder().decode(JSON.self, from: Data(contentsOf: url)) }

    subscript(key: String) -> JSON? { if case .object(let fields) = self { fields[key] } else { nil } }
    var string: String? { if case .string(let value) = self { value } else { nil } }
    var number: Double? { if case .number(let value) = self { value } else { nil } }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var array: [JSON]? { if case .array(let values) = self { values } else { nil } }
    var numbers: [Double]? { array.map { $0.compactMap(\.number) } }
    var isNull: Bool { if case .null = self { true } else { false } }
    var keys: [String] { if case .object(let fields) = self { fields.keys.sorted() } else { [] } }
}
