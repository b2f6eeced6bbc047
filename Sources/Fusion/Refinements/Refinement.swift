import Networks
import Tensors

/// What may follow any method: label-free steps that pull the fused network towards its parents' joint answer.
///
/// Its hyperparameters are declared here once and belong to every method.
public enum Refinement {
    enum Rule: String, Sendable {
        case none, head, headDivergence = "head-divergence", gaussNewton = "gauss-newton", distillation, automatic
    }
    enum Shares: String, Sendable { case known, estimated, equal }

    public static let rule = Hyperparameter(
        "refine", "refine",
        .choice([
            .init("none", "not at all"), .init("head", "solve the last layer anew"),
            .init("head-divergence", "the same, then Newton steps on the divergence"),
            .init("gauss-newton", "all layers, by Gauss–Newton steps"),
            .init("distillation", "all layers, by gradient descent"),
            .init("automatic", "Gauss–Newton for linear layers, gradient descent for others"),
        ]),
        default: .choice("none"), paper: "Amalgam",
        help: "What is done after the fusion to pull the network towards its parents' joint answer, without labels.")

    private static let isOn = Hyperparameter.Condition(
        key: rule.key,
        values: [.choice("head"), .choice("head-divergence"), .choice("gauss-newton"), .choice("distillation"), .choice("automatic")])

    public static let samples = Hyperparameter(
        "refine-samples", "samples to refine on", .integer(1...1_000_000), default: .integer(400), unit: "inputs", when: [isOn],
        paper: "Amalgam",
        help: "How many unlabelled inputs the refinement looks at.")

    public static let inputs = inputs(when: [isOn])
    public static let jitter = jitter(when: [isOn])
    public static let classShares = classShares(when: [isOn])
    public static let shareStrength = shareStrength(when: [isOn])

    public static let steps = Hyperparameter(
        "refine-steps", "Gauss–Newton steps", .integer(0...100), default: .integer(3),
        when: [.init(key: rule.key, values: [.choice("gauss-newton"), .choice("automatic")])], paper: "Martens 2010; Amalgam",
        help: "Each solves for all parameters at once by 30 conjugate-gradient iterations.")

    private static let descends = Hyperparameter.Condition(key: rule.key, values: [.choice("distillation"), .choice("automatic")])

    public static let updates = Hyperparameter(
        "refine-updates", "updates", .integer(0...1_000_000), default: .integer(300), unit: "batches of 100", when: [descends],
        paper: "Hinton et al. 2015; Amalgam",
        help: "Steps of gradient descent on the parents' answers.")

    public static let rate = Hyperparameter(
        "refine-rate", "learning rate", .real(0...1, scale: .linear), default: .real(0), when: [descends], paper: "Amalgam",
        help:
            "The largest step size of the descent, which rises to it over the first tenth and falls to nothing along a cosine; 0 takes 0.001, and a fifth of it where that leads away from the joint answer."
    )

    static func inputs(when conditions: [Hyperparameter.Condition]) -> Hyperparameter {
        Hyperparameter(
            "inputs", "inputs made of them", .integer(1...10_000_000), default: .integer(4000), unit: "inputs", when: conditions,
            paper: "Amalgam",
            help: "The samples and mixtures of two of them each, which the parents answer for; never fewer than layers need to be fitted.")
    }

    static func jitter(when conditions: [Hyperparameter.Condition]) -> Hyperparameter {
        Hyperparameter(
            "jitter", "move images about",
            .choice([
                .init("none", "no"), .init("affine", "half of the further inputs are samples turned, scaled, sheared, shifted a little"),
                .init("mirrored", "half of the further inputs are samples shifted by whole pixels, and mirrored at random"),
            ]),
            default: .choice("none"), when: conditions, paper: "Amalgam",
            help: "Right for images that mean the same when they are moved a little.")
    }

    static func classShares(when conditions: [Hyperparameter.Condition]) -> Hyperparameter {
        Hyperparameter(
            "class-shares", "class shares",
            .choice([
                .init("known", "as the checkpoints tell, else estimated"), .init("estimated", "by what each parent expects of the samples"),
                .init("equal", "all parents alike"),
            ]),
            default: .choice("known"), when: conditions, paper: "Luenam et al. 2025; Amalgam",
            help: "How much each parent's word counts for each class: by the share of the class that it was trained on.")
    }

    static func shareStrength(when conditions: [Hyperparameter.Condition]) -> Hyperparameter {
        Hyperparameter(
            "share-strength", "share strength", .real(0...4, scale: .linear), default: .real(0), unit: "power",
            when: conditions + [.init(key: "class-shares", values: [.choice("known"), .choice("estimated")])], paper: "Amalgam",
            help:
                "The power of the share by which a parent's word counts: 1 takes shares as they are, less makes parents more alike. 0 takes a quarter for each parent, at most 1."
        )
    }

    static let hyperparameters = [rule, samples, inputs, jitter, classShares, shareStrength, steps, updates, rate]

    /// Those that a method with hyperparameters of its own takes over: one that makes its own inputs shares them.
    static func hyperparameters(beside own: [Hyperparameter]) -> [Hyperparameter] {
        let keys = Set(own.map(\.key))
        return hyperparameters.filter { !keys.contains($0.key) && !($0.key == samples.key && keys.contains(inputs.key)) }
    }
}

/// The refinement's hyperparameters as Swift values.
struct RefinementSettings: Sendable {
    let rule: Refinement.Rule
    let samples: Int
    let inputs: Int
    let jitter: ExpandedInputs.Jitter
    let shares: ShareRule
    let steps: Int
    let updates: Int
    let rate: Double

    init(_ settings: Settings) throws(RecipeError) {
        rule = try settings.choice(Refinement.rule.key)
        samples = settings.count(settings[Refinement.samples.key] == nil ? InterpolationKnobs.samples.key : Refinement.samples.key)
        inputs = settings.count(Refinement.inputs.key)
        jitter = try settings.choice(Refinement.jitter.key)
        shares = try ShareRule(settings)
        steps = settings.count(Refinement.steps.key)
        updates = settings.count(Refinement.updates.key)
        rate = settings.number(Refinement.rate.key)
    }

    /// - Parameter needed: inputs that layers need to be fitted.
    func expanded(_ source: any InputSource, seed: UInt64, needed: Int) throws(FusionError) -> ExpandedInputs {
        try ExpandedInputs(source, samples: samples, count: max(inputs, needed), jitter: jitter, seed: seed, method: "reconstruction")
    }

    func teacher(
        _ parents: ParentSet, known: [[Double]]?, rule: Teacher.Rule = .probabilities, on inputs: ExpandedInputs, control: FusionControl
    ) throws(FusionError) -> Teacher {
        try shares.teacher(of: parents, known: known, rule: rule, on: inputs, control: control)
    }
}
