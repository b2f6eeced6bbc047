import Hyperparameters
import Networks

/// Refits every layer, in order, on the fused network's own inputs, to the values that its neurons stand for in the parents: the weighted mean of
/// those that became one (a residual sum is fitted as a whole), and the output layer to the parents' logits, weighted by class priors.
struct LayerwiseRefit: Combination {
    /// Gives the network whose layers are refitted.
    let base: any Combination
    /// What is done to that network before.
    let prepared: @Sendable (FusionOutcome, FusionControl) throws -> FusionOutcome
    private let inputs: ExpandedInputs
    private let weighting: ClassPriorWeighting
    private let ridge: Double
    /// Each parent's priors of every class, where they are known.
    private let knownShares: [[Double]]?

    private static let rows = 50_000

    init(
        _ base: any Combination, context: FusionContext, parents: ParentSet,
        prepared: @escaping @Sendable (FusionOutcome, FusionControl) throws -> FusionOutcome
    ) throws {
        self.base = base
        self.prepared = prepared
        let settings = context.settings
        weighting = ClassPriorWeighting(settings)
        ridge = settings[CombinationChoice.ridge]
        knownShares = context.classShares
        inputs = try ExpandedInputs(
            context.samples(for: "combination by regression"), samples: settings[CombinationChoice.samples],
            inputs: settings[CombinationChoice.inputs], augmentation: .none, seed: context.seed, method: "combination by regression",
            parents: parents)
    }

    func prepare(control: FusionControl) throws { try base.prepare(control: control) }

    func fused(along plan: FusionPlan, of parents: ParentSet, control: FusionControl) throws -> FusionOutcome {
        let start = try prepared(base.fused(along: plan, of: parents, control: control), control)
        let teacher = try weighting.teacher(of: parents, known: knownShares, on: inputs, control: control)
        let layers = LayerFit(
            parents: parents, teacher: teacher, inputs: inputs,
            mixtures: try NeuronMixtures(plan, parents: parents, weights: start.weights), rows: Self.rows, ridge: ridge)
        var diagnostics = start.reconstruction ?? ReconstructionDiagnostics()
        let walk = FusedWalk(start.network, inputs: inputs)
        var targets: TargetRows?
        try layers.refitted(walk, steps: FitStep.all(of: start.network), targets: &targets, diagnostics: &diagnostics, control: control)
        var outcome = start.with(
            network: walk.network,
            note: "combined by regression on \(inputs.count) inputs, expanded from \(inputs.samples) samples of \(inputs.source.name)")
        diagnostics.classShares = teacher.priors
        outcome.notes += [inputs.limit?.note].compactMap(\.self) + diagnostics.layers.map(\.note) + LayerFit.tieNotes(walk.network)
        outcome.reconstruction = diagnostics
        return outcome
    }
}
