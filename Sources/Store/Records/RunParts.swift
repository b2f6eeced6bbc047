import Foundation
import Networks

/// A network, or several that answer together, measured at the end of a run.
package struct RunEvaluation: Sendable, Codable, Equatable {
    package let role: EvaluationRole
    package let letter: String?
    package let name: String
    package let parameters: Int
    package let samples: Int?
    /// Nil where it was not measured, or is measured by another figure.
    package let accuracy: Double?
    package let loss: Double?
    package let calibrationError: Double?
    /// Why it was not measured, or how it was chosen.
    package let note: String?
    /// What the outputs are for; nil for classification.
    package let task: String?
    /// The value of the task's figure, where that is no accuracy.
    package let value: Double?

    /// Its metric.
    package var figure: Figure { (task.flatMap { PredictionTask(rawValue: $0) } ?? .classification).figure }
    /// The value of ``figure``.
    package var measured: Double? { value ?? accuracy }

    /// As tables have it.
    package var title: String { role == .best ? "\(name): \(letter ?? "")" : letter.map { "\($0) \(name)" } ?? name }

    package var isOutcome: Bool { role.isOutcome }

    package init(
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

package struct RunTiming: Sendable, Codable, Equatable {
    package let name: String
    package let seconds: Double

    package init(name: String, seconds: Double) {
        self.name = name
        self.seconds = seconds
    }
}

package struct RunEvent: Sendable, Codable, Equatable {
    package let time: Date
    /// One word: "note", "warning", "checkpoint", "stopped", …
    package let kind: String
    package let text: String

    package init(time: Date = Date(), kind: String, text: String) {
        self.time = time
        self.kind = kind
        self.text = text
    }
}

/// A file that a run made.
package struct RunArtifact: Sendable, Codable, Equatable {
    package let name: String
    /// "network", "couplings", "report", …
    package let kind: String
    /// Absolute, or relative to the store's folder for what is kept in it.
    package let path: String
    package let bytes: Int
    package let sha256: String

    package init(name: String, kind: String, path: String, bytes: Int, sha256: String) {
        self.name = name
        self.kind = kind
        self.path = path
        self.bytes = bytes
        self.sha256 = sha256
    }
}

/// A number as it changed over steps, such as the loss.
package struct MetricSeries: Sendable, Codable, Equatable {
    package struct Point: Sendable, Codable, Equatable {
        package let step: Int
        /// NaN and infinity are kept.
        package let value: Double
        /// Seconds since 1970.
        package let time: Double

        package init(step: Int, value: Double, time: Double) {
            self.step = step
            self.value = value
            self.time = time
        }
    }

    /// What stands before a slash groups series in one drawing: `loss/training`, `loss/validation`.
    package let name: String
    /// By step.
    package let points: [Point]

    package init(name: String, points: [Point]) {
        self.name = name
        self.points = points
    }
}
