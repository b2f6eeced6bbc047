import Foundation
import Provenance

/// One execution of a recipe, as the store keeps it.
package struct Run: Sendable, Codable, Identifiable {
    package typealias Kind = RunKind

    package enum Status: String, Sendable, Codable, CaseIterable {
        case running, finished, failed, cancelled
        /// The process that carried it out is gone and did not say how it ended.
        case lost
    }

    package let id: RunID
    package let kind: Kind
    package internal(set) var status: Status
    /// Why it failed.
    package internal(set) var reason: String?
    /// Set by the user.
    package let title: String?
    /// The run that this one continues.
    package let parent: RunID?
    package let method: String
    /// As TOML, with absolute paths; it makes the same network again.
    package let recipe: String
    /// As it was typed, or as it would be.
    package let command: String
    /// The working folder.
    package let folder: String
    /// In decimal digits: SQLite's integers do not hold every seed.
    package let seed: String
    package let started: Date
    package let ended: Date?
    /// When its process last wrote to the store.
    package let updated: Date
    package let host: String
    package let process: Int
    /// Tells this process from another that the system gives the same number later.
    package let processMark: String
    package let amalgam: String
    package let libtorch: String
    package let swift: String
    package let system: String
    package let processor: String
    /// Threads inside one operation of libtorch.
    package let threads: Int
    /// Resident memory at its highest, in bytes.
    package let peakMemory: Int?
    /// The SHA-256 of the parameters that came out (``ParameterChecksum``).
    package let network: String?

    /// How long it took, or has taken so far, in seconds.
    package func seconds(now: Date = Date()) -> Double {
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
