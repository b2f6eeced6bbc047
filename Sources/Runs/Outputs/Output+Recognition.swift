import Archives
import Checkpoints
import Foundation

extension Output.Kind {
    /// Whether the file is one that this program wrote and that nobody has edited since; false where it cannot be read.
    ///
    /// | kind | told by |
    /// |---|---|
    /// | network, training checkpoint | the metadata `amalgam.…` of safetensors and PyTorch files; a folder of nothing but such a network |
    /// | couplings | the metadata `amalgam.couplings`; in npz arrays named GROUP.PARENT.plan; in CSV the first line |
    /// | recipe, architecture; report as text, Markdown, HTML | the last line, which has the checksum of those above (``WrittenMark``) |
    /// | report as JSON, events, exports, `expected.json` | the fields that only this program writes |
    /// | TensorBoard's event file | its name and its first record |
    func wrote(_ path: String) -> Bool {
        switch self {
        case .network where Checkpoint.isFolder(path): Self.isOwnFolder(path)
        case .network: Self.metadata(of: path).keys.contains { $0 == "amalgam.manifest" || $0 == "amalgam.architecture" }
        case .trainingCheckpoint: Self.metadata(of: path)["amalgam.training"] != nil
        case .couplings: Self.isCouplings(path)
        case .recipe, .architecture: Self.text(path).map(WrittenMark.fits) ?? false
        case .report: path.lowercased().hasSuffix(".json") ? Self.isReport(path) : Self.text(path).map(WrittenMark.fits) ?? false
        case .events:
            Self.firstObject(path).map {
                ($0["started"] as? [String: Any])?.values.contains { ($0 as? [String: Any])?["stepsPerEpoch"] != nil } ?? false
            } ?? false
        case .export:
            Self.firstLine(path) == CSVExport.header
                || Self.firstObject(path).map { $0["run"] is String && $0["type"] is String && $0["value"] != nil } ?? false
        case .eventFile:
            (path as NSString).lastPathComponent.contains(".amalgam.") && Self.head(path, 128).range(of: Data("brain.Event:2".utf8)) != nil
        case .expectation: (try? JSONDecoder().decode(SampleExpectation.self, from: Data(contentsOf: URL(fileURLWithPath: path)))) != nil
        }
    }

    /// An empty folder, or one whose weights this program wrote, with nothing in it but what it writes.
    private static func isOwnFolder(_ path: String) -> Bool {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return false }
        if names.isEmpty { return true }
        return names.allSatisfy(ModelFolder.isOwn)
            && metadata(of: path).keys.contains { $0 == "amalgam.manifest" || $0 == "amalgam.architecture" }
    }

    private static func metadata(of path: String) -> [String: String] { (try? Archive.open(path))?.metadata ?? [:] }

    private static func isCouplings(_ path: String) -> Bool {
        if path.lowercased().hasSuffix(".csv") { return firstLine(path) == CouplingFile.tableHeader }
        guard let archive = try? Archive.open(path) else { return false }
        if archive.metadata[CouplingFile.key] != nil { return true }
        let parts = [".plan", ".source", ".target", ".cost"]
        return archive.kind == .npz && !archive.entries.isEmpty
            && archive.entries.allSatisfy { entry in parts.contains { entry.name.hasSuffix($0) } }
    }

    /// A report, a record or a comparison of records: each says which version ran.
    private static func isReport(_ path: String) -> Bool {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)), let value = try? JSONSerialization.jsonObject(with: data) else {
            return false
        }
        func says(_ value: Any, _ depth: Int) -> Bool {
            guard let object = value as? [String: Any], depth > 0 else { return (value as? [Any])?.first.map { says($0, depth) } ?? false }
            return object["amalgam"] is String && object["recipe"] is String
                || ["run", "runs"].contains { key in object[key].map { says($0, depth - 1) } ?? false }
        }
        return says(value, 3)
    }

    private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

    private static func head(_ path: String, _ count: Int) -> Data {
        guard let file = FileHandle(forReadingAtPath: path) else { return Data() }
        defer { try? file.close() }
        return (try? file.read(upToCount: count)) ?? Data()
    }

    private static func firstLine(_ path: String) -> String {
        String(decoding: head(path, 1 << 20).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    }

    private static func firstObject(_ path: String) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(firstLine(path).utf8))) as? [String: Any]
    }
}
