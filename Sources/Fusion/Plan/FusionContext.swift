import Hyperparameters
import Networks

/// The input of a method: parents, settings, samples.
public struct FusionContext: Sendable {
    /// The parents, in order.
    public let networks: [Network]
    /// The values of the hyperparameters.
    public let settings: Settings
    /// The random seed.
    public let seed: UInt64
    /// The unlabelled data of the recipe; nil if it has none.
    public let inputs: (any InputSource)?
    /// The class priors of each parent, [parents][classes], if known.
    public let classShares: [[Double]]?
    /// User constraints on the plan, and per-group settings.
    public let edits: PlanEdits
    /// What each parent answers on data that it knows, in order, where its checkpoint says so; empty where nothing is known.
    package var answers: [AnswerStatistics?] = []

    public init(
        networks: [Network], settings: Settings, seed: UInt64 = 0, inputs: (any InputSource)? = nil, classShares: [[Double]]? = nil,
        edits: PlanEdits = PlanEdits()
    ) {
        self.networks = networks
        self.settings = settings
        self.seed = seed
        self.inputs = inputs
        self.classShares = classShares
        self.edits = edits
    }

    /// The parents as a set, with the reference that the settings name.
    public func parentSet() throws -> ParentSet {
        try ParentSet(networks, reference: Blending.referenceIndex(settings, parents: networks.count))
    }

    /// The samples.
    ///
    /// - Throws: `FusionError.noSamples` where the recipe names no data.
    public func samples(for method: String) throws -> any InputSource {
        guard let inputs else { throw FusionError.noSamples(method: method) }
        return inputs
    }
}
