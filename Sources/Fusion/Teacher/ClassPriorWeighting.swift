import Networks

/// The weight of each parent in the teacher, class by class.
///
/// A parent's answer already holds how often it met a class: one that met it seldom seldom names it. Its share counts once more for what the parent knows of
/// the class, and with two parents counting it whole is too much. With many, those that do not know a class would outvote the one that does.
/// `docs/methods-reconstruction.md` has the measurements.
struct ClassPriorWeighting: Sendable {
    enum Priors: String, HyperparameterChoice {
        case known, estimated, equal

        var title: String {
            switch self {
            case .known: "from the checkpoints, else estimated"
            case .estimated: "estimated from each parent's mean logits on the samples"
            case .equal: "equal"
            }
        }
    }

    static let priors = Hyperparameter(
        "class-priors", "class priors", default: Priors.known, aliases: ["class-shares"], paper: "Luenam et al. 2025; Amalgam",
        help: "How each parent's training class distribution is determined; the teacher weights the parents by it per class.")

    static let exponent = Hyperparameter(
        "prior-exponent", "prior exponent", 0...4, scale: .linear, default: automatic,
        auto: (automatic, { parents in parents.map(automaticExponent) }),
        unit: "power", when: [priors.isOne(of: .known, .estimated)], aliases: ["share-strength"], paper: "Amalgam",
        help:
            "Exponent of the class priors in the teacher's weights: smaller weights the parents more equally, 0 wholly; auto is 0.25 × the number of parents, at most 1."
    )

    /// Stands for the automatic exponent: below the range.
    private static let automatic = -1.0

    private static func automaticExponent(parents: Int) -> Double { min(1, Double(parents) / 4) }

    private let priors: Priors
    /// The power of the priors; below 0 for the automatic one.
    private var exponent = automatic

    init(_ priors: Priors) { self.priors = priors }

    init(_ settings: Settings) {
        priors = settings[Self.priors]
        exponent = settings[Self.exponent]
    }

    /// The power of the priors of so many parents.
    private func power(parents: Int) -> Double { exponent >= 0 ? exponent : Self.automaticExponent(parents: parents) }

    /// The teacher with the parents weighted this way.
    ///
    /// - Parameters:
    ///   - known: each parent's share of every class, as its checkpoint tells.
    ///   - asked: a teacher of the same parents and rule that remembers their answers.
    func teacher(
        of parents: ParentSet, known: [[Double]]?, rule: Teacher.Rule = .probabilities, on inputs: ExpandedInputs, asked: Teacher? = nil,
        control: FusionControl
    ) throws -> Teacher {
        let alike = try asked ?? Teacher(parents: parents, shares: nil, rule: rule)
        // Classes have no priors where the outputs are no classes.
        if priors == .equal || alike.rule == .outputs { return alike }
        let shares = if priors == .known, let known { known } else { try alike.estimatedShares(on: inputs, control: control) }
        return try alike.weighing(shares, strength: power(parents: parents.count))
    }

    /// Where the shares come from, in words.
    func note(isKnown: Bool, parents: Int) -> String {
        let power = power(parents: parents)
        if power == 0, priors != .equal { return "teacher: parents weighted equally: prior-exponent=0" }
        let share = power == 1 ? "training share" : "(training share)^\(rounded(power))"
        return switch priors {
        case .known where isKnown: "teacher: parents weighted per class by \(share), from the checkpoints"
        case .known, .estimated: "teacher: parents weighted per class by \(share), estimated from their mean logits on the samples"
        case .equal: "teacher: equal class priors"
        }
    }
}
