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
    /// The method set to work on the same parents by another recipe.
    private let prepare: @Sendable (Recipe) throws -> Work

    /// A method set up for the parents, and the steps that follow it.
    private struct Work: Sendable {
        let procedure: any FusionProcedure
        let refinement: RefinementStep
        let notes: [String]

        func fuse(_ control: FusionControl) throws -> FusionOutcome { try refined(procedure.fuse(control: control), control) }

        func fuse(along plan: FusionPlan, by pipeline: FusionPipeline, _ control: FusionControl) throws -> FusionOutcome {
            try refined(pipeline.fuse(along: plan, control: control), control)
        }

        private func refined(_ outcome: FusionOutcome, _ control: FusionControl) throws -> FusionOutcome {
            var refined = try refinement.applied(to: outcome, control: control)
            refined.diagnostics[DistillationContext.self] = nil
            // The automatic choice keeps that of the recipe that it chose.
            refined.reference = refined.reference ?? procedure.parents.reference
            // The automatic choice has those of the recipe that it chose.
            refined.notes.insert(contentsOf: notes.filter { !refined.notes.contains($0) }, at: 0)
            if let fallback = outcome.network.task.fallback { refined.notes.insert(fallback, at: 0) }
            return refined
        }
    }

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
                alike.notes + Self.tieNotes(networks) + Self.headNotes(networks)
                + (try lifted { try Self.siblingNotes(networks, method: recipe.method.id) }),
            inputs = inputs.map { TypedInputs(source: $0, dtype: networks.first?.dtype ?? .float32) }
        parentNotes = notes
        prepare = { recipe in
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
                notes: recipe.settings.notes + notes)
        }
        work = try lifted { [prepare] in try prepare(recipe) }
    }

    /// The parents as they are fused.
    public var parents: ParentSet { work.procedure.parents }

    /// The couplings of every group, or of one named group and those that are planned with it.
    public func plan(only group: String? = nil, control: FusionControl = FusionControl()) throws(FusionError) -> FusionPlan {
        try lifted { try work.procedure.plan(only: group, control: control) }
    }

    /// Aligns, combines, and applies the recipe's repair and refinement.
    public func fuse(control: FusionControl = FusionControl()) throws(FusionError) -> FusionOutcome {
        try lifted { try work.fuse(control) }
    }

    /// The plan of stored couplings.
    ///
    /// - Throws: `unsuitable` where the couplings do not fit the parents, and for the automatic choice, which has no plan of its own.
    public func plan(from stored: StoredPlan) throws(FusionError) -> FusionPlan { try lifted { try pipeline().plan(from: stored) } }

    /// The fused network of a plan that was computed before or read from a file.
    public func fuse(along plan: FusionPlan, control: FusionControl = FusionControl()) throws(FusionError) -> FusionOutcome {
        try lifted { try work.fuse(along: plan, by: pipeline(), control) }
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
                let work = try prepare(changed)
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

extension Fuser {
    /// What an attention of exported graphs assumes of parents whose heads have other widths, in a sentence.
    static func headNotes(_ networks: [Network]) -> [String] {
        let hasAttention = networks.first?.architecture.nodes.contains {
            ($0.layer as? Operation)?.name.base == "scaled_dot_product_attention"
        }
        guard hasAttention == true, Set(networks.map { $0.groups.hidden.map(\.neurons) }).count > 1 else { return [] }
        return [
            "the parents' widths differ: an attention divides its scores by the square root of a head's width, and the fused network does so by its own"
        ]
    }

    /// What is to be said of parents with a common start, in a sentence.
    static func siblingNotes(_ networks: [Network], method: String) throws -> [String] {
        guard networks.count > 1 else { return [] }
        // Parents that do not fit together are the method's to refuse.
        guard let parents = try? ParentSet(networks, reference: networks.count - 1), let siblings = try Siblings(parents) else { return [] }
        return [siblings.note(method: method)]
    }

    /// Which parameters stay tied, in a sentence.
    static func tieNotes(_ networks: [Network]) -> [String] {
        // Once each, however many layers use it.
        var seen: Set<String> = []
        let aliases =
            networks.first?.architecture.aliases.filter { networks[0].parameters[$0.original] != nil && seen.insert($0.name).inserted }
            ?? []
        guard !aliases.isEmpty else { return [] }
        let shown = aliases.prefix(4).map { "\($0.name) and \($0.original)" }.joined(separator: ", ")
        return ["tied parameters stay tied: \(shown)\(aliases.count > 4 ? " and \(aliases.count - 4) more" : "")"]
    }
}
