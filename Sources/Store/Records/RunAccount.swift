import Foundation
import Networks
import Provenance

/// Everything that a store knows of a run.
package struct RunAccount: Sendable, Codable {
    package let run: Run
    package let sources: [RunSource]
    package let evaluations: [RunEvaluation]
    package let couplings: [RunCoupling]
    package let timings: [RunTiming]
    /// By name.
    package let series: [MetricSeries]
    /// In the order in which they happened.
    package let events: [RunEvent]
    package let artifacts: [RunArtifact]

    package init(
        run: Run, sources: [RunSource], evaluations: [RunEvaluation], couplings: [RunCoupling] = [], timings: [RunTiming],
        series: [MetricSeries] = [], events: [RunEvent], artifacts: [RunArtifact] = []
    ) {
        self.run = run
        self.sources = sources
        self.evaluations = evaluations
        self.couplings = couplings
        self.timings = timings
        self.series = series
        self.events = events
        self.artifacts = artifacts
    }

    /// What the run made, measured.
    package var outcome: RunEvaluation? { evaluations.first(where: \.isOutcome) }
    package var parents: [RunSource] { sources.filter { $0.role == .parent } }
    /// Notes and warnings.
    package var notes: [String] { events.filter { $0.kind == "note" || $0.kind == "warning" }.map(\.text) }

    package func source(_ role: RunSource.Role) -> RunSource? { sources.first { $0.role == role } }
    package func series(named name: String) -> MetricSeries? { series.first { $0.name == name } }
}

/// A run in a list: with what came out and what went in.
package struct RunSummary: Sendable, Codable {
    package let run: Run
    /// Of what the run made.
    package let accuracy: Double?
    package let loss: Double?
    /// Numbers in the network that it made.
    package let parameters: Int?
    /// Paths of the parents, in order.
    package let parents: [String]
    /// What the outputs are for; nil for classification.
    package var task: String?
    /// The value of the task's figure, where that is no accuracy.
    package var value: Double?

    /// Its metric.
    package var figure: Figure { (task.flatMap { PredictionTask(rawValue: $0) } ?? .classification).figure }
    package var measured: Double? { value ?? accuracy }
}
