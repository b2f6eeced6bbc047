import Archives
import Checkpoints
import Foundation

extension Output.Kind {
    /// By the metadata `amalgam.…` of safetensors and PyTorch files; a folder of nothing but such a network.
    package static let network = Output.Kind(suffixes: Checkpoint.suffixes, mayBeFolder: true) { path in
        Checkpoint.isFolder(path)
            ? isOwnFolder(path) : metadata(of: path).keys.contains { $0 == "amalgam.manifest" || $0 == "amalgam.architecture" }
    }
    package static let trainingCheckpoint = Output.Kind { metadata(of: $0)["amalgam.training"] != nil }
    /// By the last line, which has the checksum of those above (``WrittenMark``).
    package static let recipe = Output.Kind(suffixes: [".toml"], recognises: isMarked)
    package static let architecture = Output.Kind(suffixes: [".toml"], recognises: isMarked)
    /// The events of a training, by the first.
    package static let events = Output.Kind(suffixes: [".jsonl"]) { path in
        (firstObject(path)?["started"] as? [String: Any])?.values.contains { ($0 as? [String: Any])?["stepsPerEpoch"] != nil } ?? false
    }

    /// An empty folder, or one whose weights this program wrote, with nothing in it but what it writes.
    private static func isOwnFolder(_ path: String) -> Bool {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return false }
        if names.isEmpty { return true }
        return names.allSatisfy(ModelFolder.isOwn)
            && metadata(of: path).keys.contains { $0 == "amalgam.manifest" || $0 == "amalgam.architecture" }
    }

    private static func metadata(of path: String) -> [String: String] { (try? Archive.open(path))?.metadata ?? [:] }

    /// Whether the last line is the mark of this program and fits the lines above.
    @Sendable package static func isMarked(_ path: String) -> Bool {
        ((try? String(contentsOfFile: path, encoding: .utf8)).map(WrittenMark.fits)) ?? false
    }

    package static func head(_ path: String, _ count: Int) -> Data {
        guard let file = FileHandle(forReadingAtPath: path) else { return Data() }
        defer { try? file.close() }
        return (try? file.read(upToCount: count)) ?? Data()
    }

    package static func firstLine(_ path: String) -> String {
        String(decoding: head(path, 1 << 20).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    }

    package static func firstObject(_ path: String) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(firstLine(path).utf8))) as? [String: Any]
    }
}
