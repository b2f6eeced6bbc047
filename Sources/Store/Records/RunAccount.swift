import Foundation
import Networks
import Provenance

/// Everything that a store knows of a run.
public struct RunAccount: Sendable, Codable {
    public let run: Run
    public let sources: [RunSource]
    public let evaluations: [RunEvaluation]
    public let couplings: [RunCoupling]
    public let timings: [RunTiming]
    /// By name.
    public let series: [MetricSeries]
    /// In the order in which they happened.
    public let events: [RunEvent]
    public let artifacts: [RunArtifact]

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
    public var outcome: RunEvaluation? { evaluations.first(where: \.isOutcome) }
    public var parents: [RunSource] { sources.filter { $0.role == .parent } }
    /// Notes and warnings.
    public var notes: [String] { events.filter { $0.kind == "note" || $0.kind == "warning" }.map(\.text) }

    public func source(_ role: RunSource.Role) -> RunSource? { sources.first { $0.role == role } }
    public func series(named name: String) -> MetricSeries? { series.first { $0.name == name } }
}

/// A run in a list: with what came out and what went in.
public struct RunSummary: Sendable, Codable {
    public let run: Run
    /// Of what the run made.
    public let accuracy: Double?
    public let loss: Double?
    /// Numbers in the network that it made.
    public let parameters: Int?
    /// Paths of the parents, in order.
    public let parents: [String]
    /// What the outputs are for; nil for classification.
    public var task: String?
    /// The value of the task's figure, where that is no accuracy.
    public var value: Double?

    /// What it is measured by.
    public var figure: Figure { (task.flatMap { PredictionTask(rawValue: $0) } ?? .classification).figure }
    public var measured: Double? { value ?? accuracy }
}
