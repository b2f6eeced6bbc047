import Networks

/// What a method makes of a recipe and its parents: something that can plan, and fuse.
public protocol FusionProcedure: Sendable {
    var parents: ParentSet { get }
    /// The couplings of every group; or of one named group, with those before it that it depends on.
    func plan(only group: String?, control: FusionControl) throws(FusionError) -> FusionPlan
    func fuse(control: FusionControl) throws(FusionError) -> FusionOutcome
}

/// What a fusion gives.
public struct FusionOutcome: Sendable {
    public internal(set) var network: Network
    public let plan: FusionPlan
    /// How much each parent counts, where the method weighs them.
    public let weights: [Double]?
    /// What a person should know of this fusion, in sentences.
    public internal(set) var notes: [String]
    /// What a reconstruction or a refinement did, where there was one.
    public internal(set) var reconstruction: ReconstructionAccount?
    /// What the automatic choice tried, in order.
    public internal(set) var trials: [AutomaticTrial] = []

    public init(network: Network, plan: FusionPlan, weights: [Double]? = nil, notes: [String] = [], reconstruction: ReconstructionAccount? = nil) {
        self.network = network
        self.plan = plan
        self.weights = weights
        self.notes = notes
        self.reconstruction = reconstruction
    }
}

/// What a method has to work with.
public struct FusionContext: Sendable {
    public let networks: [Network]
    public let settings: Settings
    public let seed: UInt64
    /// What the method may look at; nil where the recipe names no data.
    public let inputs: (any InputSource)?
    /// For each parent its share of the samples of every class that the parents were trained on, [parents][classes], where it is known.
    public let classShares: [[Double]]?

    public init(networks: [Network], settings: Settings, seed: UInt64 = 0, inputs: (any InputSource)? = nil, classShares: [[Double]]? = nil) {
        self.networks = networks
        self.settings = settings
        self.seed = seed
        self.inputs = inputs
        self.classShares = classShares
    }
}

/// Carries out a recipe's method on its parents.
///
/// ```swift
/// let fuser = try Fuser(parents: [a, b], recipe: recipe, inputs: samples)
/// let fused = try fuser.fuse()
/// ```
public struct Fuser: Sendable {
    private let procedure: any FusionProcedure
    private let repair: RepairStep
    private let refinement: RefinementStep

    /// - Parameter inputs: what methods that compare activations look at; others ignore it.
    /// - Parameter classShares: each parent's share of every class, for methods that weigh logits by it.
    public init(parents networks: [Network], recipe: Recipe, inputs: (any InputSource)? = nil, classShares: [[Double]]? = nil) throws(FusionError) {
        let context = FusionContext(networks: networks, settings: recipe.settings, seed: recipe.seed, inputs: inputs, classShares: classShares)
        procedure = try recipe.method.prepare(context)
        repair = try RepairStep(parents: procedure.parents, settings: recipe.settings, inputs: inputs)
        refinement = try RefinementStep(parents: procedure.parents, context)
    }

    public var parents: ParentSet { procedure.parents }

    /// The couplings of every group; or of one named group, with those before it that it depends on.
    public func plan(only group: String? = nil, control: FusionControl = FusionControl()) throws(FusionError) -> FusionPlan {
        try procedure.plan(only: group, control: control)
    }

    public func fuse(control: FusionControl = FusionControl()) throws(FusionError) -> FusionOutcome {
        try refinement.applied(to: repair.applied(to: procedure.fuse(control: control), control: control), control: control)
    }
}
