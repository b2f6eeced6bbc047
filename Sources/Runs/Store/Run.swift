import Foundation
import Networks

/// One execution of a recipe, as the store keeps it.
public struct Run: Sendable, Codable, Identifiable {
    public enum Kind: String, Sendable, Codable, CaseIterable { case fuse, train, finetune, sweep }

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
    /// What a person calls it.
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
    let processMark: String
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
}

/// What went into a run: a parent's file, or data.
public struct RunSource: Sendable, Codable, Equatable {
    public enum Role: String, Sendable, Codable {
        /// A parent of a fusion; what a training began with.
        case parent
        /// What distillation pulled towards.
        case teacher
        /// What the best epoch, or the best parent, was chosen on.
        case validation
        /// What the method looked at, or what was trained on.
        case data
        /// What the result was measured on.
        case evaluation
        /// A file of couplings that was carried out.
        case plan
    }

    public let role: Role
    /// "A", "B", … for parents and teachers; nil for what a training began with.
    public let letter: String?
    /// A path, or a data spec.
    public let name: String
    /// Of the file; of the data, the checksum of what a network got to see.
    public let sha256: String

    /// Whether it is a network's file rather than data.
    public var isFile: Bool { role == .parent || role == .teacher || role == .plan }

    public init(role: Role, letter: String? = nil, name: String, sha256: String) {
        self.role = role
        self.letter = letter
        self.name = name
        self.sha256 = sha256
    }
}

/// A network, or several that answer together, measured at the end of a run.
public struct RunEvaluation: Sendable, Codable, Equatable {
    /// As in a report; "network" for what a training gave.
    public let role: String
    public let letter: String?
    public let name: String
    public let parameters: Int
    public let samples: Int?
    /// Nil where it was not measured, or is measured by another figure.
    public let accuracy: Double?
    public let loss: Double?
    public let calibrationError: Double?
    /// Why it was not measured, or how it was chosen.
    public let note: String?
    /// What the outputs are for; nil for classification.
    public let task: String?
    /// The value of the task's figure, where that is no accuracy.
    public let value: Double?

    /// What it is measured by.
    public var figure: Figure { (task.flatMap { PredictionTask(rawValue: $0) } ?? .classification).figure }
    /// The value of ``figure``.
    public var measured: Double? { value ?? accuracy }

    /// As tables have it.
    var title: String { role == FusionReport.Row.Role.best.rawValue ? "\(name): \(letter ?? "")" : letter.map { "\($0) \(name)" } ?? name }

    /// The roles of what a run made.
    static let outcomes = ["fused", "network"]

    public var isOutcome: Bool { Self.outcomes.contains(role) }

    public init(
        role: String, letter: String?, name: String, parameters: Int, samples: Int?, accuracy: Double?, loss: Double?,
        calibrationError: Double?, note: String?,
        task: String? = nil, value: Double? = nil
    ) {
        self.role = role
        self.letter = letter
        self.name = name
        self.parameters = parameters
        self.samples = samples
        self.accuracy = accuracy
        self.loss = loss
        self.calibrationError = calibrationError
        self.note = note
        self.task = task
        self.value = value
    }
}

public struct RunTiming: Sendable, Codable, Equatable {
    public let name: String
    public let seconds: Double

    public init(name: String, seconds: Double) {
        self.name = name
        self.seconds = seconds
    }
}

public struct RunEvent: Sendable, Codable, Equatable {
    public let time: Date
    /// One word: "note", "warning", "checkpoint", "stopped", …
    public let kind: String
    public let text: String

    public init(time: Date = Date(), kind: String, text: String) {
        self.time = time
        self.kind = kind
        self.text = text
    }
}

/// A file that a run made.
public struct RunArtifact: Sendable, Codable, Equatable {
    public let name: String
    /// "network", "couplings", "report", …
    public let kind: String
    /// Absolute, or relative to the store's folder for what is kept in it.
    public let path: String
    public let bytes: Int
    public let sha256: String

    public init(name: String, kind: String, path: String, bytes: Int, sha256: String) {
        self.name = name
        self.kind = kind
        self.path = path
        self.bytes = bytes
        self.sha256 = sha256
    }
}

/// A number as it changed over steps, such as the loss.
public struct MetricSeries: Sendable, Codable, Equatable {
    public struct Point: Sendable, Codable, Equatable {
        public let step: Int
        /// NaN and infinity are kept.
        public let value: Double
        /// Seconds since 1970.
        public let time: Double

        public init(step: Int, value: Double, time: Double) {
            self.step = step
            self.value = value
            self.time = time
        }
    }

    /// What stands before a slash groups series in one drawing: `loss/training`, `loss/validation`.
    public let name: String
    /// By step.
    public let points: [Point]

    public init(name: String, points: [Point]) {
        self.name = name
        self.points = points
    }
}
