import Hyperparameters
import Networks

/// The input of a method: parents, settings, samples.
public struct FusionContext: Sendable {
    /// The parents, in order.
    public let networks: [Network]
    /// The values of the hyperparameters.
    public let settings: Settings
    /// What anything random is drawn from.
    public let seed: UInt64
    /// The unlabelled data of the recipe; nil where it names none.
    public let inputs: (any InputSource)?
    /// For each parent its share of the training samples of every class, [parents][classes], where it is known.
    public let classShares: [[Double]]?
    /// The user's constraints on the plan, and settings of single groups.
    public let edits: PlanEdits

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
