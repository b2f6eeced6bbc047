/// What a measured network is in a run, from report and store to screen: not a closed set, since a newer version may have recorded others.
public struct EvaluationRole: RawRepresentable, Sendable, Hashable, Codable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    private init(_ word: String) { rawValue = word }

    /// A parent of a fusion; beside a training, one that it is compared with.
    public static let parent = Self("parent")
    /// The parent that is best on validation data.
    public static let best = Self("best")
    public static let ensemble = Self("ensemble")
    /// The parents' majority; the mean probability decides among equals.
    public static let vote = Self("vote")
    /// The parents' probabilities, each weighted by its share of the class's training samples.
    public static let shares = Self("shares")
    /// The plain average of the parameters.
    public static let average = Self("average")
    public static let fused = Self("fused")
    /// One value of a sweep that is not the best.
    public static let value = Self("value")
    /// A network that was trained, or that is only evaluated.
    public static let network = Self("network")
    /// What a training began with, or was resumed at.
    public static let before = Self("before")
    public static let teacher = Self("teacher")
    /// A parent trained as long as the network.
    public static let control = Self("control")

    /// What a run made.
    static let outcomes: [Self] = [.fused, .network]
    public var isOutcome: Bool { Self.outcomes.contains(self) }
}
