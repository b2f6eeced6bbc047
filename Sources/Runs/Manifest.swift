import Checkpoints
import Foundation
import Fusion

/// How a saved network came to be: kept in the metadata of the file, enough to make it again.
public struct Manifest: Sendable, Codable {
    public struct Source: Sendable, Codable {
        public let letter: String
        public let path: String
        public let sha256: String
    }

    public let amalgam: String
    public let libtorch: String
    public let recipe: String
    public let command: String
    public let parents: [Source]
    /// A checksum of the data the method could look at.
    public let data: String?
    /// Accuracy on the evaluation data, where it was measured.
    public let accuracy: Double?

    init(_ report: FusionReport, parents: [Parent], inputs: DatasetInputs?) throws(RunError) {
        amalgam = report.amalgam
        libtorch = report.libtorch
        recipe = report.recipe
        command = report.command
        self.parents = try runs { try parents.map { Source(letter: $0.letter, path: $0.path, sha256: try $0.checkpoint.checksum()) } }
        data = inputs?.dataset.fingerprint()
        accuracy = report.row(.fused)?.evaluation?.accuracy
    }

    /// As metadata of a checkpoint.
    var metadata: [String: String] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return ["amalgam.manifest": String(decoding: try encoder.encode(self), as: UTF8.self)]
        }
    }
}
