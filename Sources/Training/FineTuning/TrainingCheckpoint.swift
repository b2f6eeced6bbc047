import Archives
import Checkpoints
import Foundation
import Hyperparameters
import Networks
import Tensors

/// Where checkpoints of a training go.
package struct CheckpointPlace: Sendable {
    package let path: String
    /// What the caller needs to take the training up again, such as where the data are; kept as it is.
    package let identity: [String: String]

    package init(path: String, identity: [String: String] = [:]) {
        self.path = path
        self.identity = identity
    }
}

/// A file from which a training goes on and ends in the same bits: parameters, the optimiser's memory, the best epoch's parameters,
/// position and settings. It appears whole or not at all.
///
/// Random draws need no state: the order of samples and each step's draws follow from the seed and the position.
package struct TrainingCheckpoint: Sendable {
    package let path: String
    /// The network as it was given, with the parameters of the checkpoint's moment.
    package let network: Network
    package let settings: FineTuningSettings
    package let identity: [String: String]
    /// Epochs done, and steps done in the present one.
    package var epoch: Int { position.epoch }
    package var step: Int { position.step }

    let position: TrainingPosition
    private let archive: Archive
    private let counts: [Int]

    private static let key = "amalgam.training", architectureKey = "amalgam.architecture"
    private static let version = 1
    private enum Prefix {
        static let model = "model::", best = "best::", average = "average::", start = "start::", first = "first::", second = "second::"
    }

    /// The part that is kept as text.
    private struct Header: Codable {
        let version: Int
        let settings: [String: HyperparameterValue]
        let seed: UInt64
        let position: TrainingPosition
        /// Steps of each group's optimiser.
        let counts: [Int]
        let identity: [String: String]
    }

    // MARK: Writing

    struct Contents {
        let network: Network
        let live: [String: Tensor]
        let best: [String: Tensor]?
        /// Moving averages, and what the training began with, where the settings need them.
        let averages: [String: Tensor]?
        let start: [String: Tensor]?
        let groups: [(names: [String], optimizer: Optimizer)]
        let settings: FineTuningSettings
        let position: TrainingPosition
        let identity: [String: String]
    }

    static func write(_ contents: Contents, to path: String) throws {
        var arrays: [OutgoingArray] = []
        func add(_ prefix: String, _ name: String, _ value: Tensor) throws {
            arrays.append(try OutgoingArray(name: prefix + name, value, path: path))
        }
        for name in contents.network.parameterNames {
            guard let value = contents.live[name] ?? contents.network.parameters[name] else { continue }
            try add(Prefix.model, name, value)
        }
        for (name, value) in (contents.best ?? [:]).sorted(by: { $0.key < $1.key }) { try add(Prefix.best, name, value) }
        for (name, value) in (contents.averages ?? [:]).sorted(by: { $0.key < $1.key }) { try add(Prefix.average, name, value) }
        for (name, value) in (contents.start ?? [:]).sorted(by: { $0.key < $1.key }) { try add(Prefix.start, name, value) }
        for (names, optimizer) in contents.groups {
            for (name, memory) in zip(names, optimizer.first) { try add(Prefix.first, name, memory) }
            for (name, memory) in zip(names, optimizer.second) { try add(Prefix.second, name, memory) }
        }
        let header = Header(
            version: version, settings: contents.settings.values.given, seed: contents.settings.seed, position: contents.position,
            counts: contents.groups.map(\.optimizer.count), identity: contents.identity)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let metadata = [
            key: String(decoding: try encoder.encode(header), as: UTF8.self),
            architectureKey: try ArchitectureFile.text(of: contents.network.architecture),
        ]
        try Archive.write(arrays, metadata: metadata, to: path, as: .safetensors)
    }

    // MARK: Reading

    /// Opens a checkpoint of a training.
    package init(_ path: String) throws(TrainingError) {
        do {
            let archive = try Archive.open(path)
            guard let text = archive.metadata[Self.key], let architecture = archive.metadata[Self.architectureKey] else {
                throw TrainingError.checkpoint(
                    path: path, reason: "it is not a training checkpoint; use the file that a fine-tuning run wrote beside its output")
            }
            let header: Header
            do { header = try JSONDecoder().decode(Header.self, from: Data(text.utf8)) } catch {
                throw TrainingError.checkpoint(
                    path: path, reason: "its training state cannot be read; it is damaged or was written by another version")
            }
            guard header.version == Self.version else {
                throw TrainingError.checkpoint(
                    path: path, reason: "it has version \(header.version), but version \(Self.version) is supported")
            }
            let position = header.position
            guard position.epoch >= 0, position.step >= 0, position.steps >= 0 else {
                throw TrainingError.checkpoint(path: path, reason: "its training position is invalid")
            }
            var parameters: [String: Tensor] = [:]
            for entry in archive.entries where entry.name.hasPrefix(Prefix.model) {
                parameters[String(entry.name.dropFirst(Prefix.model.count))] = try entry.tensor()
            }
            network = try Network(ArchitectureFile.architecture(from: architecture, file: path), parameters: parameters)
            var values = Settings(FineTuning.table)
            for (key, value) in header.settings.sorted(by: { $0.key < $1.key }) { try values.set(key, value) }
            settings = try FineTuningSettings(values, seed: header.seed)
            self.path = path
            self.position = position
            self.archive = archive
            identity = header.identity
            counts = header.counts
        } catch let error as TrainingError {
            throw error
        } catch {
            throw .checkpoint(path: path, reason: "\(error)")
        }
    }

    /// The tensors of a moment.
    struct Values {
        let live: [String: Tensor]
        let best: [String: Tensor]?
        let averages: [String: Tensor]?
        let start: [String: Tensor]?
        let memories: [Memory]
    }

    struct Memory {
        let first: [Tensor]
        let second: [Tensor]
        let count: Int
    }

    /// The tensors of the moment, for the names and groups that the settings make.
    func values(names: [String], groups: [[String]], hasAverages: Bool, hasStart: Bool) throws -> Values {
        func found(_ prefix: String, _ names: [String]) throws -> [Tensor] {
            try names.compactMap { name in
                guard let entry = archive[prefix + name] else { return nil }
                let value = try entry.tensor()
                guard value.shape == network.parameters[name]?.shape else {
                    throw TrainingError.checkpoint(path: path, reason: "\(prefix)\(name) has a different shape than its parameter")
                }
                return value
            }
        }
        func all(_ prefix: String) throws -> [String: Tensor]? {
            let values = try found(prefix, names)
            guard values.count == names.count else { return nil }
            return Dictionary(uniqueKeysWithValues: zip(names, values))
        }
        guard let live = try all(Prefix.model), counts.count == groups.count else {
            throw TrainingError.checkpoint(path: path, reason: "it lacks parameters that its settings train")
        }
        var memories: [Memory] = []
        for (group, count) in zip(groups, counts) {
            let memory = Memory(first: try found(Prefix.first, group), second: try found(Prefix.second, group), count: count)
            guard [0, group.count].contains(memory.first.count), [0, group.count].contains(memory.second.count) else {
                throw TrainingError.checkpoint(path: path, reason: "the optimiser state is incomplete")
            }
            memories.append(memory)
        }
        let averages = try hasAverages ? all(Prefix.average) : nil, start = try hasStart ? all(Prefix.start) : nil
        guard hasAverages == (averages != nil), hasStart == (start != nil) else {
            throw TrainingError.checkpoint(
                path: path, reason: "it lacks the moving averages or the first weights of the parameters that its settings ask for")
        }
        return Values(
            live: live, best: try position.best == nil ? nil : all(Prefix.best), averages: averages, start: start, memories: memories)
    }
}
