import Networks

/// What a method makes of a recipe and its parents: something that can plan, and fuse.
public protocol FusionProcedure: Sendable {
    var parents: ParentSet { get }
    /// The couplings of every group; or of one named group, with those that it depends on or that come along.
    func plan(only group: String?, control: FusionControl) throws -> FusionPlan
    func fuse(control: FusionControl) throws -> FusionOutcome
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
    public internal(set) var reconstruction: ReconstructionDiagnostics?
    /// What the automatic choice tried, in order.
    public internal(set) var trials: [AutomaticTrial] = []
    /// The parent whose names, neuron order and widths the network has; nil until the method is known to the ``Fuser``.
    public internal(set) var reference: Int?
    /// The joint answer that the network was fitted to, and the inputs, for a refinement that follows.
    var distillationContext: (teacher: Teacher, inputs: ExpandedInputs)?

    public init(
        network: Network, plan: FusionPlan, weights: [Double]? = nil, notes: [String] = [], reconstruction: ReconstructionDiagnostics? = nil
    ) {
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
    /// What a person demands of the plan.
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
}

/// Carries out a recipe's method on its parents.
///
/// ```swift
/// let fuser = try Fuser(parents: [a, b], recipe: recipe, inputs: samples)
/// let fused = try fuser.fuse()
/// ```
public struct Fuser: Sendable {
    private let recipe: Recipe
    private let work: Work
    /// What was done to the parents before anything else, in sentences: a bias that one of them lacks, ties that only one has.
    public let parentNotes: [String]
    /// The method set to work on the same parents by another recipe.
    private let prepare: @Sendable (Recipe) throws -> Work

    /// A method set to work, and what follows it.
    private struct Work: Sendable {
        let procedure: any FusionProcedure
        let repair: RepairStep
        let recombination: RecombinationStep
        let refinement: RefinementStep
        let notes: [String]

        func fuse(_ control: FusionControl) throws -> FusionOutcome {
            try followed(procedure.fuse(control: control), control)
        }

        func fuse(along plan: FusionPlan, by executing: any PlanExecuting, _ control: FusionControl) throws -> FusionOutcome {
            try followed(executing.fuse(along: plan, control: control), control)
        }

        private func followed(_ outcome: FusionOutcome, _ control: FusionControl) throws -> FusionOutcome {
            let repaired = try repair.applied(to: outcome, control: control)
            var refined = try refinement.applied(to: recombination.applied(to: repaired, control: control), control: control)
            refined.distillationContext = nil
            // The automatic choice keeps that of the recipe that it chose.
            refined.reference = refined.reference ?? procedure.parents.reference
            refined.notes.insert(contentsOf: notes, at: 0)
            if let fallback = outcome.network.task.fallback { refined.notes.insert(fallback, at: 0) }
            return refined
        }
    }

    /// - Parameter inputs: what methods that compare activations use; others ignore it.
    /// - Parameter classShares: each parent's share of every class, for methods that weight logits by it.
    public init(
        parents networks: [Network], recipe: Recipe, inputs: (any InputSource)? = nil, classShares: [[Double]]? = nil
    ) throws(FusionError) {
        self.recipe = recipe
        let alike = try lifted { try AlikeNetworks.parents(networks) }
        let networks = alike.networks, notes = alike.notes + Self.tieNotes(networks),
            inputs = inputs.map { TypedInputs(source: $0, dtype: networks.first?.dtype ?? .float32) }
        parentNotes = notes
        prepare = { recipe in
            guard recipe.edits.isEmpty || !recipe.method.editableKeys.isEmpty else {
                throw RecipeError.notEditable(key: recipe.edits.groups.first ?? "", method: recipe.method.id, editable: [])
            }
            let context = FusionContext(
                networks: networks, settings: recipe.settings, seed: recipe.seed, inputs: inputs, classShares: classShares,
                edits: recipe.edits)
            let procedure = try recipe.method.prepare(context)
            return Work(
                procedure: procedure, repair: RepairStep(parents: procedure.parents, settings: recipe.settings, inputs: inputs),
                recombination: try RecombinationStep(parents: procedure.parents, context),
                refinement: try RefinementStep(parents: procedure.parents, context),
                notes: notes)
        }
        work = try lifted { [prepare] in try prepare(recipe) }
    }

    public var parents: ParentSet { work.procedure.parents }

    /// The couplings of every group; or of one named group, with those that it depends on or that come along.
    public func plan(only group: String? = nil, control: FusionControl = FusionControl()) throws(FusionError) -> FusionPlan {
        try lifted { try work.procedure.plan(only: group, control: control) }
    }

    public func fuse(control: FusionControl = FusionControl()) throws(FusionError) -> FusionOutcome {
        try lifted { try work.fuse(control) }
    }

    /// The plan that stored couplings come to.
    ///
    /// - Throws: `unsuitable` for methods that cannot carry out a given plan, and where the couplings do not fit the parents.
    public func plan(from stored: StoredPlan) throws(FusionError) -> FusionPlan { try lifted { try executing().plan(from: stored) } }

    /// The fused network that a plan comes to: one that was made before, or read from a file.
    public func fuse(along plan: FusionPlan, control: FusionControl = FusionControl()) throws(FusionError) -> FusionOutcome {
        try lifted { try work.fuse(along: plan, by: executing(), control) }
    }

    private func executing() throws -> any PlanExecuting {
        guard let executing = work.procedure as? any PlanExecuting else {
            throw FusionError.unsuitable(
                reason:
                    "the method \(recipe.method.id) makes its plan and its weights in one go, and cannot carry out a stored plan; otfusion can"
            )
        }
        return executing
    }

    /// One fusion for each value of a hyperparameter; where that only blends aligned parents, couplings are computed once.
    public func sweep(
        _ key: String, over values: [HyperparameterValue], control: FusionControl = FusionControl(),
        each: (HyperparameterValue, FusionOutcome) throws -> Void
    ) throws(FusionError) {
        try lifted {
            var plan: FusionPlan?
            for value in values {
                var changed = recipe
                try changed.settings.set(key, value)
                let work = try prepare(changed)
                guard let executing = work.procedure as? any PlanExecuting, executing.onlyCombines([key]) else {
                    try each(value, try work.fuse(control))
                    continue
                }
                let known = try plan ?? executing.plan(only: nil, control: control)
                plan = known
                try each(value, try work.fuse(along: known, by: executing, control))
            }
        }
    }
}
