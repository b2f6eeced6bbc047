import Networks

/// How much each parent's word counts for each class.
///
/// A parent's answer already holds how often it met a class: one that met it seldom seldom names it. Its share counts once more for what the parent knows of
/// the class, and with two parents counting it whole is too much. With many, those that do not know a class would outvote the one that does.
/// `docs/methods-reconstruction.md` has the measurements.
struct ShareRule: Sendable {
    let source: Refinement.Shares
    /// The power of the shares; 0: as many parents ask for.
    var strength = 0.0

    init(_ source: Refinement.Shares) { self.source = source }

    init(_ settings: Settings) throws(RecipeError) {
        source = try settings.choice(Refinement.classShares.key)
        strength = settings.number(Refinement.shareStrength.key)
    }

    /// The power of the shares of so many parents.
    func power(parents: Int) -> Double { strength > 0 ? strength : min(1, Double(parents) / 4) }

    /// A teacher in which each parent's word counts as this has it.
    ///
    /// - Parameter known: each parent's share of every class, as its checkpoint tells.
    func teacher(
        of parents: ParentSet, known: [[Double]]?, rule: Teacher.Rule = .probabilities, on inputs: ExpandedInputs, control: FusionControl
    ) throws(FusionError) -> Teacher {
        let alike = try Teacher(parents: parents, shares: nil, rule: rule)
        // Classes have no priors where the outputs are no classes.
        if source == .equal || alike.rule == .outputs { return alike }
        let shares = if source == .known, let known { known } else { try alike.estimatedShares(on: inputs, control: control) }
        return try alike.weighing(shares, strength: power(parents: parents.count))
    }

    /// Where the shares come from, in words.
    func note(isKnown: Bool, parents: Int) -> String {
        let power = power(parents: parents),
            share = power == 1 ? "its share of every class" : "its share of every class to the power \(rounded(power))"
        return switch source {
        case .known where isKnown: "each parent's word counts by \(share), as the checkpoints tell"
        case .known, .estimated: "each parent's word counts by \(share), estimated from its mean logits on the samples"
        case .equal: "the parents' class shares are taken as equal"
        }
    }
}
