import Hyperparameters
import Networks

/// Fuses parents by a recipe.
///
/// ```swift
/// let fuser = try Fuser(parents: [a, b], recipe: recipe, inputs: samples)
/// let fused = try fuser.fuse()
/// ```
public struct Fuser: Sendable {
    private let recipe: Recipe
    private let work: Work
    /// Notes on how the parents were prepared: a bias that one of them lacks, ties that only one has.
    public let parentNotes: [String]
    /// The method set to work on the same parents by another recipe, on some of the samples.
    private let prepare: @Sendable (Recipe, (any InputSource)?) throws -> Work
    let inputs: (any InputSource)?
    /// What is fitted on and what is compared on; nil where the fused network is returned as it is.
    private let division: SampleDivision?

    /// - Parameter inputs: what methods that compare activations use; others ignore it.
    /// - Parameter classShares: each parent's share of every class, for methods that weight logits by it.
    public init(
        parents networks: [Network], recipe: Recipe, inputs: (any InputSource)? = nil, classShares: [[Double]]? = nil
    ) throws(FusionError) {
        try self.init(parents: networks, recipe: recipe, inputs: inputs, classShares: classShares, answers: [])
    }

    /// - Parameter answers: what each parent answers on data that it knows, where its checkpoint says so: samples far from these are warned of.
    package init(
        parents networks: [Network], recipe: Recipe, inputs: (any InputSource)?, classShares: [[Double]]?, answers: [AnswerStatistics?]
    ) throws(FusionError) {
        self.recipe = recipe
        let alike = try lifted { try AlikeNetworks.parents(networks) }
        let networks = alike.networks,
            notes =
                alike.notes + Self.tieNotes(networks) + Self.headNotes(networks),
            // All weights are read for these: not for a plan.
            siblings = KeptNotes { try Self.siblingNotes(networks, method: recipe.method.id) },
            inputs = inputs.map { TypedInputs(source: $0, dtype: networks.first?.dtype ?? .float32) }
        parentNotes = notes
        self.inputs = inputs
        prepare = { recipe, inputs in
            guard recipe.edits.isEmpty || !recipe.method.editableKeys.isEmpty else {
                throw RecipeError.notEditable(key: recipe.edits.groups.first ?? "", method: recipe.method.id, editable: [])
            }
            var context = FusionContext(
                networks: networks, settings: recipe.settings, seed: recipe.seed, inputs: inputs, classShares: classShares,
                edits: recipe.edits)
            context.answers = answers
            let procedure = try recipe.method.prepare(context)
            return Work(
                procedure: procedure, refinement: try RefinementStep(parents: procedure.parents, context),
                notes: recipe.settings.notes + notes, siblings: siblings)
        }
        let isCompared = recipe.settings[Controls.rule] == .best
        var division: SampleDivision?
        if isCompared, let inputs {
            division = SampleDivision(
                inputs, samples: recipe.settings.samples, work: try lifted { try Self.work(recipe, networks, inputs) })
        }
        self.division = division
        let fitted: (any InputSource)? = if let division, !division.isRefitted { division.fitted } else { inputs }
        work = try lifted { [prepare] in try prepare(recipe, fitted) }
    }

    /// Multiply-adds of all parents on the inputs that a recipe makes of its samples.
    private static func work(_ recipe: Recipe, _ networks: [Network], _ inputs: any InputSource) throws -> Double {
        let count = try InputLimit(
            inputs: recipe.settings[ExpandedInputs.mixup], samples: min(recipe.settings.samples, inputs.count),
            parents: ParentSet(networks, reference: 0)
        ).count
        return Double(count) * networks.reduce(0) { $0 + Double($1.trace.multiplyAdds) }
    }

    /// The parents as they are fused.
    public var parents: ParentSet { work.procedure.parents }

    /// The couplings of every group, or of one named group and those that are planned with it.
    public func plan(only group: String? = nil, control: FusionControl = FusionControl()) throws(FusionError) -> FusionPlan {
        try lifted { try work.procedure.plan(only: group, control: control) }
    }

    /// Aligns, combines, and applies the recipe's repair and refinement.
    ///
    /// With `controls=best`, what is returned is the network that is closest to the teacher on held-out samples: the fused one, a parent, a parent with its
    /// output layer fitted, or the plain average. ``FusionOutcome/controls`` has them all.
    public func fuse(control: FusionControl = FusionControl()) throws(FusionError) -> FusionOutcome {
        try lifted {
            guard let division else {
                let outcome = try work.fuse(control)
                guard recipe.settings[Controls.rule] == .best else { return outcome }
                return outcome.noting("not compared with controls: that needs two samples, one to fit on and one to compare on")
            }
            let trial = try division.isRefitted ? prepare(recipe, division.fitted) : work
            let (augmented, outcome) = try augmented(trial, on: division, control: control)
            let (compared, choice) = try augmented.compared(outcome, on: division, recipe, control)
            guard division.isRefitted else { return compared }
            let again = try choice.augmentation.map { try prepare(augmenting(by: $0), inputs) } ?? work
            return try again.again(choice, after: compared, on: division, recipe, control)
        }
    }

    /// What the fusion takes, counted; nil where the method's work is not.
    func workCount() throws -> WorkCount? {
        guard let division else { return try work.count(held: 0) }
        guard let compared = try work.count(held: division.held.count) else { return nil }
        return division.isRefitted ? compared + (try work.count(held: 0) ?? WorkCount()) : compared
    }

    private func augmenting(by augmentation: ExpandedInputs.Augmentation) throws -> Recipe {
        var changed = recipe
        try changed.settings.set(ExpandedInputs.augmentation, augmentation)
        return changed
    }

    /// What a method makes. Where it makes its inputs itself, all layers are to be distilled, and the augmentation of images is left open, it is carried
    /// out with each kind, and the one of the least divergence on held-out samples is taken.
    private func augmented(_ work: Work, on division: SampleDivision, control: FusionControl) throws -> (work: Work, outcome: FusionOutcome)
    {
        var best = (work: work, outcome: try work.raw(control))
        guard work.refinement.distils, let context = best.outcome.diagnostics[DistillationContext.self], context.inputs.isOfImages,
            context.inputs.augmentation == .automatic
        else { return best }
        let measure = try HeldOutMeasure(
            context.teacher, on: division.held, seed: recipe.seed, most: context.inputs.comparable)
        var least = try measure.score(best.outcome.network, control: control).divergence, kind = ExpandedInputs.Augmentation.none
        for augmentation in [ExpandedInputs.Augmentation.affine, .mirrored] {
            let tried = try prepare(augmenting(by: augmentation), division.fitted), outcome = try tried.raw(control)
            let divergence = try measure.score(outcome.network, control: control).divergence
            if divergence < least { (best, least, kind) = ((tried, outcome), divergence, augmentation) }
        }
        if kind == .none { best.work = try prepare(augmenting(by: .none), division.fitted) }
        best.outcome.notes.append(
            "augmentation=\(kind.word): of affine, mirrored and none the fusion with the least divergence on held-out samples")
        return best
    }

    /// The same outcome with the controls beside it, which the recipe asks for as rows of a report; it has no held-out samples where the fit used all.
    package func compared(_ outcome: FusionOutcome, control: FusionControl = FusionControl()) throws(FusionError) -> FusionOutcome {
        guard recipe.settings[Controls.rule] == .compare, outcome.controls == nil, let inputs else { return outcome }
        return try lifted {
            let division = SampleDivision(inputs, samples: recipe.settings.samples, work: 0).flatMap { $0.isShortened ? nil : $0 }
            return try work.beside(outcome, on: division, seed: recipe.seed, control)
        }
    }

    /// The plan of stored couplings.
    ///
    /// - Throws: `unsuitable` where the couplings do not fit the parents, and for the automatic choice, which has no plan of its own.
    public func plan(from stored: StoredPlan) throws(FusionError) -> FusionPlan { try lifted { try pipeline().plan(from: stored) } }

    /// The fused network of a plan that was computed before or read from a file.
    public func fuse(along plan: FusionPlan, control: FusionControl = FusionControl()) throws(FusionError) -> FusionOutcome {
        try lifted {
            guard let division else { return try work.fuse(along: plan, by: pipeline(), control) }
            return try work.compared(pipeline().fuse(along: plan, control: control), on: division, recipe, isFixed: true, control).outcome
        }
    }

    private func pipeline() throws -> FusionPipeline {
        guard let pipeline = work.procedure as? FusionPipeline else {
            throw FusionError.unsuitable(
                reason:
                    "the method \(recipe.method.id) selects among other methods and cannot use a stored plan: select one of them with --method"
            )
        }
        return pipeline
    }

    /// One fusion for each value of a hyperparameter; where only what follows the alignment reads it, couplings are computed once.
    public func sweep(
        _ key: String, over values: [HyperparameterValue], control: FusionControl = FusionControl(),
        each: (HyperparameterValue, FusionOutcome) throws -> Void
    ) throws(FusionError) {
        try lifted {
            var plan: FusionPlan?
            for value in values {
                var changed = recipe
                try changed.settings.set(key, value)
                // What a value does shows in the fused network.
                let work = try prepare(changed, inputs)
                guard let pipeline = work.procedure as? FusionPipeline, pipeline.keepsPlan(changing: [key]) else {
                    try each(value, try work.fuse(control))
                    continue
                }
                let known = try plan ?? pipeline.plan(only: nil, control: control)
                plan = known
                try each(value, try work.fuse(along: known, by: pipeline, control))
            }
        }
    }
}
