import Hyperparameters
import Networks

/// A method prepared for its parents: it plans and fuses.
public protocol FusionProcedure: Sendable {
    var parents: ParentSet { get }
    /// The couplings of every group that the method aligns; or of one named group, with those that it depends on.
    func plan(only group: String?, control: FusionControl) throws -> FusionPlan
    func fuse(control: FusionControl) throws -> FusionOutcome
}

/// Align, then combine: an alignment gives the plan, a combination gives the fused network along it.
package struct FusionPipeline: FusionProcedure {
    package let alignment: any Alignment
    package let combination: any Combination
    /// Keys of the hyperparameters that nothing before the combination reads: a sweep over them keeps the plan.
    let combinationKeys: Set<String>
    /// What follows the combination.
    let steps: [any FusionStep]
    /// What was noticed before the fusion, in sentences.
    let notes: [String]

    package var parents: ParentSet { alignment.parents }

    package init(alignment: any Alignment, combination: any Combination) {
        self.init(alignment, combination, combinationKeys: [], steps: [], notes: [])
    }

    init(
        _ alignment: any Alignment, _ combination: any Combination, combinationKeys: Set<String>, steps: [any FusionStep], notes: [String]
    ) {
        self.alignment = alignment
        self.combination = combination
        self.combinationKeys = combinationKeys
        self.steps = steps
        self.notes = notes
    }

    package func plan(only name: String?, control: FusionControl) throws -> FusionPlan {
        try alignment.plan(only: name.map { try parents.groups.named($0) }, control: control)
    }

    package func fuse(control: FusionControl) throws -> FusionOutcome {
        try combination.prepare(control: control)
        return try fuse(along: alignment.plan(only: nil, control: control), control: control)
    }

    /// The fused network of a plan that was computed before or read from a file.
    package func fuse(along plan: FusionPlan, control: FusionControl) throws -> FusionOutcome {
        var outcome = try combination.fused(along: plan, of: parents, control: control)
        outcome.notes = notes + outcome.notes + plan.warnings
        return try steps.reduce(outcome) { try $1.applied(to: $0, control: control) }
    }

    /// The plan that stored couplings give, with maps of weights. Groups that the file does not name and the method may leave as they are
    /// stay out of it.
    ///
    /// - Throws: `FusionError.unsuitable` where the couplings do not fit the parents.
    package func plan(from stored: StoredPlan) throws -> FusionPlan {
        for name in stored.groups { _ = try parents.groups.named(name) }
        let named = Set(stored.groups)
        return FusionPlan(
            groups: try alignment.order.filter { alignment.isRequired($0) || named.contains($0.name) }.map { group in
                let couplings = try stored.couplings(of: group, parents: parents, massesAreWeights: alignment.massesAreWeights)
                return GroupPlan(group: group, couplings: try alignment.couplings(of: group, from: couplings), seconds: 0)
            })
    }

    /// Whether the couplings are the same for any values of these hyperparameters.
    func keepsPlan(changing keys: Set<String>) -> Bool { keys.isSubset(of: combinationKeys) }
}

extension FusionPlan {
    /// What the certificates and the couplings say that a user should know.
    var warnings: [String] {
        let ambiguous = groups.flatMap { planned in
            planned.couplings.filter { $0.transport?.certificate.uniqueness == .multiple }.map {
                "\(planned.group.name) of parent \(FusionError.letter($0.parent))"
            }
        }
        let notes = groups.flatMap { $0.couplings.flatMap(\.notes) }
        guard !ambiguous.isEmpty else { return notes }
        return notes + ["the plan is not the only optimum for \(ambiguous.joined(separator: ", ")): ties were broken in index order"]
    }
}

extension FusionContext {
    /// Clustering, then layer-wise regression as published; any other combination needs no regression, and clusters by the parents' own values.
    func pipeline(interpolating clustering: GroupClustering) throws -> FusionPipeline {
        guard settings[CombinationChoice.rule].resolved(for: clustering.parents.referenceNetwork) == .own else {
            let rule = settings[CombinationChoice.rule]
            let cause =
                rule == .automatic ? "combine=automatic uses regression for networks with attention, which" : "combine=\(rule.word)"
            return try pipeline(
                ClusteringAlignment(clustering), own: ShareAverage(),
                notes: [
                    "\(cause) aligns neurons by the parents' own activations; combine=own, as published, by their projection on the fused layer's inputs"
                ])
        }
        let published = LayerwiseRegression(clustering)
        return try pipeline(published, own: published)
    }

    /// A pipeline with the combination that the recipe chooses, and the repair that it asks for.
    ///
    /// - Parameters:
    ///   - own: the method's own combination.
    ///   - keys: of the hyperparameters that only the own combination reads.
    func pipeline(_ alignment: any Alignment, own: any Combination, keys: Set<String> = [], notes: [String] = []) throws -> FusionPipeline {
        var notes = notes
        let parents = alignment.parents, repair = RepairStep(parents: parents, settings: settings, inputs: inputs)
        let later = Set((CombinationChoice.all + Repair.hyperparameters).declarations.map(\.key) + Refinement.keys + Controls.keys)
        var combination = own, steps: [any FusionStep] = [repair]
        switch settings[CombinationChoice.rule].resolved(for: parents.referenceNetwork) {
        case .own, .automatic: break
        case .average:
            combination = ShareAverage()
            notes.append("combined by the mean of the weights")
        case .slerp, .taskArithmetic, .ties, .dare:
            (combination, notes) = try merge(parents, notes)
        case .regression:
            combination = try LayerwiseRefit(own, context: self, parents: parents) { try repair.applied(to: $0, control: $1) }
            steps = []
        }
        return FusionPipeline(
            alignment, combination, combinationKeys: alignment.dependsOnWeights ? later : later.union(keys), steps: steps, notes: notes)
    }

    /// The combinations of checkpoint merging, with what they take as the base.
    private func merge(_ parents: ParentSet, _ notes: [String]) throws -> (any Combination, [String]) {
        let listed = settings[CombinationChoice.weights]
        let weights = try Blending.normalised(
            listed.isEmpty ? [Double](repeating: 1, count: parents.count) : listed, parents: parents.count,
            key: CombinationChoice.weights.key)
        let choice = settings[CombinationChoice.rule], density = settings[CombinationChoice.density]
        let rule: TaskVectors.Rule
        switch choice {
        case .ties: rule = .ties(density: density)
        case .dare: rule = .dare(density: density, seed: seed)
        case .slerp:
            let interpolation = try SphericalInterpolation(parents: parents, weights: weights)
            return (interpolation, notes + ["combined by spherical interpolation, \(interpolation.fraction) of the way from A to B"])
        default: rule = .sum
        }
        let named = settings[CombinationChoice.base]
        guard let base = named.index(of: parents.count) else {
            throw RecipeError.value(
                key: CombinationChoice.base.key, value: named.word,
                allowed: "last, first, A … \(FusionError.letter(max(0, parents.count - 1)))")
        }
        let letter = FusionError.letter(base)
        return (
            try TaskVectors(rule, base: base, scale: settings[CombinationChoice.scale], weights: weights, parents: parents),
            notes + ["task vectors are differences from parent \(letter), which combine-base names as the base"]
        )
    }
}
