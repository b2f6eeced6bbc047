import Foundation
import Networks

/// A network, or several that answer together, measured at the end of a run.
public struct RunEvaluation: Sendable, Codable, Equatable {
    public let role: EvaluationRole
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
    package var title: String { role == .best ? "\(name): \(letter ?? "")" : letter.map { "\($0) \(name)" } ?? name }

    public var isOutcome: Bool { role.isOutcome }

    public init(
        role: EvaluationRole, letter: String?, name: String, parameters: Int, samples: Int?, accuracy: Double?, loss: Double?,
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
