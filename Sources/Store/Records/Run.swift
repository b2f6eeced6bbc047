import Foundation
import Provenance

/// One execution of a recipe, as the store keeps it.
public struct Run: Sendable, Codable, Identifiable {
    public typealias Kind = RunKind

    public enum Status: String, Sendable, Codable, CaseIterable {
        case running, finished, failed, cancelled
        /// The process that carried it out is gone and did not say how it ended.
        case lost
    }

    public let id: RunID
    public let kind: Kind
    public internal(set) var status: Status
    /// Why it failed.
    public internal(set) var reason: String?
    /// Set by the user.
    public let title: String?
    /// The run that this one continues.
    public let parent: RunID?
    public let method: String
    /// As TOML, with absolute paths; it makes the same network again.
    public let recipe: String
    /// As it was typed, or as it would be.
    public let command: String
    /// The working folder.
    public let folder: String
    /// In decimal digits: SQLite's integers do not hold every seed.
    public let seed: String
    public let started: Date
    public let ended: Date?
    /// When its process last wrote to the store.
    public let updated: Date
    public let host: String
    public let process: Int
    /// Tells this process from another that the system gives the same number later.
    package let processMark: String
    public let amalgam: String
    public let libtorch: String
    public let swift: String
    public let system: String
    public let processor: String
    /// Threads inside one operation of libtorch.
    public let threads: Int
    /// Resident memory at its highest, in bytes.
    public let peakMemory: Int?
    /// The SHA-256 of the parameters that came out (``ParameterChecksum``).
    public let network: String?

    /// How long it took, or has taken so far, in seconds.
    public func seconds(now: Date = Date()) -> Double {
        max(0, (ended ?? (status == .running ? now : updated)).timeIntervalSince(started))
    }

    var processIsGone: Bool { ProcessMark(host: host, number: process, mark: processMark).isGone }
}

extension Run {
    /// One that has just ended in this process.
    package init(
        _ id: RunID?, kind: Kind, method: String, recipe: String, command: String, seed: UInt64, seconds: Double, peakMemory: Int,
        network: String
    ) throws {
        let machine = try Machine.current(), process = ProcessMark.current, now = Date()
        self.init(
            id: id ?? .unrecorded, kind: kind, status: .finished, reason: nil, title: nil, parent: nil, method: method, recipe: recipe,
            command: command, folder: FileManager.default.currentDirectoryPath, seed: "\(seed)", started: now.addingTimeInterval(-seconds),
            ended: now, updated: now, host: process.host, process: process.number, processMark: process.mark, amalgam: machine.amalgam,
            libtorch: machine.libtorch, swift: machine.swift, system: machine.system, processor: machine.processor,
            threads: machine.threads, peakMemory: peakMemory, network: network)
    }
}
