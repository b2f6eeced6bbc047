/// What a measured network is in a run, from report and store to screen: not a closed set, since a newer version may have recorded others.
package struct EvaluationRole: RawRepresentable, Sendable, Hashable, Codable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }
    private init(_ word: String) { rawValue = word }

    /// A parent of a fusion; beside a training, one that it is compared with.
    package static let parent = Self("parent")
    /// The parent that is best on validation data.
    package static let best = Self("best")
    package static let ensemble = Self("ensemble")
    /// The parents' majority; the mean probability decides among equals.
    package static let vote = Self("vote")
    /// The parents' probabilities, each weighted by its share of the class's training samples.
    package static let shares = Self("shares")
    /// The plain average of the parameters.
    package static let average = Self("average")
    /// A parent with its output layer fitted to the teacher.
    package static let head = Self("head")
    /// What was fused where another network was returned.
    package static let candidate = Self("candidate")
    package static let fused = Self("fused")
    /// One value of a sweep that is not the best.
    package static let value = Self("value")
    /// A network that was trained, or that is only evaluated.
    package static let network = Self("network")
    /// What a training began with, or was resumed at.
    package static let before = Self("before")
    package static let teacher = Self("teacher")
    /// A parent trained or distilled as long as the network.
    package static let control = Self("control")

    /// What a run made.
    static let outcomes: [Self] = [.fused, .network]
    package var isOutcome: Bool { Self.outcomes.contains(self) }
}
