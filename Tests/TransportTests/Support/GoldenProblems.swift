import Foundation

@testable import Transport

/// The problems of Tests/Golden/otfusion/pure_ot, solved by another program.
struct GoldenProblem: Decodable, CustomStringConvertible {
    let name: String
    let solver: String
    let cost: Double
    let optimum_unique: Bool?
    let reg: Double?
    let reg_m: Double?
    let mass: Double?

    var description: String { name }

    private struct Case: Decodable {
        let problems: [GoldenProblem]
    }

    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Golden/otfusion/pure_ot")

    static func all(solver: String) throws -> [GoldenProblem] {
        let data = try Data(contentsOf: folder.appendingPathComponent("case.json"))
        return try JSONDecoder().decode(Case.self, from: data).problems.filter { $0.solver == solver }
    }

    func problem() throws -> TransportProblem {
        let tensors = try SafetensorsReader.golden()
        return try TransportProblem(
            cost: tensors.matrix("\(name).cost_matrix"), source: tensors.vector("\(name).a"), target: tensors.vector("\(name).b"))
    }

    func plan() throws -> Matrix { try SafetensorsReader.golden().matrix("\(name).plan") }
}

/// Reads f64 tensors of a safetensors file, just enough for the golden problems.
struct SafetensorsReader {
    private struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]
    }

    struct Malformed: Error {
        let what: String
    }

    private let entries: [String: Entry]
    private let body: Data

    static func golden() throws -> SafetensorsReader {
        try SafetensorsReader(Data(contentsOf: GoldenProblem.folder.appendingPathComponent("problems.safetensors")))
    }

    init(_ data: Data) throws {
        guard data.count >= 8 else { throw Malformed(what: "file shorter than its header length") }
        let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        guard length <= data.count - 8 else { throw Malformed(what: "header longer than the file") }
        let header = try JSONSerialization.jsonObject(with: data.dropFirst(8).prefix(length))
        guard var table = header as? [String: Any] else { throw Malformed(what: "header is not an object") }
        table["__metadata__"] = nil
        entries = try JSONDecoder().decode([String: Entry].self, from: JSONSerialization.data(withJSONObject: table))
        body = Data(data.dropFirst(8 + length))
    }

    func vector(_ name: String) throws -> [Double] {
        guard let entry = entries[name], entry.dtype == "F64", entry.data_offsets.count == 2,
            entry.data_offsets[0] <= entry.data_offsets[1], entry.data_offsets[1] <= body.count
        else { throw Malformed(what: "no f64 tensor \(name)") }
        return body[entry.data_offsets[0]..<entry.data_offsets[1]].withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map { Double(bitPattern: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)) }
        }
    }

    func matrix(_ name: String) throws -> Matrix {
        guard let shape = entries[name]?.shape, shape.count == 2 else { throw Malformed(what: "no matrix \(name)") }
        return try Matrix(rows: shape[0], columns: shape[1], values: vector(name))
    }
}
