import Checkpoints
import Formatting
import Foundation

/// How a saved network came to be: kept in the metadata of the file, enough to make it again.
///
/// It holds no time and no run's name, so that the same recipe writes the same file. A store finds the run by ``network``.
package struct Manifest: Sendable, Codable, Equatable {
    package struct Source: Sendable, Codable, Equatable {
        package let letter: String
        package let path: String
        package let sha256: String
        /// How the parent itself came to be, where its file says so.
        package let manifest: Manifest?

        /// - Parameter sha256: of the parent's file, where it is known; nil reads the file.
        package init(_ parent: Parent, sha256 known: String? = nil) throws {
            letter = parent.letter
            path = parent.path
            sha256 = if let known { known } else { try parent.checkpoint.checksum() }
            manifest = Manifest(of: parent.checkpoint)
        }

        private init(letter: String, path: String, sha256: String, manifest: Manifest?) {
            self.letter = letter
            self.path = path
            self.sha256 = sha256
            self.manifest = manifest
        }

        /// - Parameters:
        ///   - letter: what it was for.
        ///   - path: as it is shown.
        ///   - checkpoint: as it was opened, for its own manifest; nil where the file is no network.
        package init(letter: String, path: String, sha256: String, checkpoint: Checkpoint? = nil) {
            self.init(letter: letter, path: path, sha256: sha256, manifest: checkpoint.flatMap { Manifest(of: $0) })
        }

        fileprivate func shortened(to generations: Int) -> Source {
            Source(letter: letter, path: path, sha256: sha256, manifest: manifest?.shortened(to: generations - 1))
        }
    }

    /// Absent in files of the first versions.
    package let kind: RunKind?
    package let amalgam: String
    package let libtorch: String
    package let swift: String?
    package let system: String?
    package let processor: String?
    package let threads: Int?
    /// As TOML. Paths are as they were given.
    package let recipe: String
    package let command: String
    package let parents: [Source]
    /// The SHA-256 of the data used by the method or for training.
    package let data: String?
    /// The SHA-256 of the data that it was measured on.
    package let evaluation: String?
    /// The checksum of the parameters (``ParameterChecksum``).
    package let network: String?
    /// Accuracy on the evaluation data, where it was measured.
    package let accuracy: Double?

    package static let key = "amalgam.manifest"
    /// A fusion of fusions of fusions doubles with every generation; beyond this the oldest are left out.
    private static let largest = 200_000

    package init(
        kind: RunKind, recipe: String, command: String, parents: [Source], data: String?, evaluation: String?, network: String,
        accuracy: Double?
    ) throws {
        let machine = try Machine.current()
        self.kind = kind
        amalgam = machine.amalgam
        libtorch = machine.libtorch
        swift = machine.swift
        system = machine.system
        processor = machine.processor
        threads = machine.threads
        self.recipe = recipe
        self.command = command
        self.parents = parents
        self.data = data
        self.evaluation = evaluation
        self.network = network
        self.accuracy = accuracy
    }

    /// The manifest in a checkpoint; nil where it has none that can be read.
    package init?(of checkpoint: Checkpoint) {
        guard let text = checkpoint.metadata[Self.key], let read = try? JSONDecoder().decode(Manifest.self, from: Data(text.utf8)) else {
            return nil
        }
        self = read
    }

    private init(_ other: Manifest, parents: [Source]) {
        kind = other.kind
        amalgam = other.amalgam
        libtorch = other.libtorch
        swift = other.swift
        system = other.system
        processor = other.processor
        threads = other.threads
        recipe = other.recipe
        command = other.command
        self.parents = parents
        data = other.data
        evaluation = other.evaluation
        network = other.network
        accuracy = other.accuracy
    }

    fileprivate func shortened(to generations: Int) -> Manifest? {
        generations < 0 ? nil : Manifest(self, parents: parents.map { $0.shortened(to: generations) })
    }

    /// The SHA-256 of all data that the network was trained on, including those of its ancestors, as far as known.
    package var trainingData: Set<String> {
        let own: Set<String> = kind == .fuse ? [] : Set([data].compactMap(\.self))
        return parents.filter { !$0.letter.hasPrefix(RunSource.Role.teacher.rawValue) }.reduce(into: own) {
            $0.formUnion($1.manifest?.trainingData ?? [])
        }
    }

    /// As metadata of a checkpoint.
    package var metadata: [String: String] {
        get throws {
            var generations = 8
            while true {
                let text = try RunJSON.text(shortened(to: generations), pretty: false)
                if text.utf8.count <= Self.largest || generations == 0 { return [Self.key: text] }
                generations -= 1
            }
        }
    }

    /// As text: the command, versions, source files, and their own provenance.
    package var lines: [String] { lines(indent: "") }

    private func lines(indent: String) -> [String] {
        var lines = [
            "\(indent)\(kind?.rawValue ?? "made") by Amalgam \(amalgam), libtorch \(libtorch)"
                + (threads.map { ", \($0) thread\($0 == 1 ? "" : "s")" } ?? "")
        ]
        if let accuracy { lines.append("\(indent)accuracy \(Format.percent(accuracy)) when saved") }
        lines.append("\(indent)by  \(command)")
        if let network { lines.append("\(indent)parameters \(network.prefix(12))…" + (data.map { ", data \($0.prefix(12))…" } ?? "")) }
        for parent in parents {
            lines.append("\(indent)from \(parent.letter) \(parent.path), sha256 \(parent.sha256.prefix(12))…")
            if let manifest = parent.manifest { lines += manifest.lines(indent: indent + "    ") }
        }
        return lines
    }
}
