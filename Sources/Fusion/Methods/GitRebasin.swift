/// Git Re-Basin: neurons are permuted into the reference's order and weights averaged (Ainsworth, Hayase & Srinivasa, ICLR 2023).
public enum GitRebasin {
    enum Matching: String, Sendable { case weights, activations, preactivations = "pre-activations" }
    enum Mixing: String, Sendable { case average, importance }

    private static let paper = "Ainsworth et al. 2023"

    public static let matching = Hyperparameter(
        "matching", "match by",
        .choice([
            .init("weights", "weights, by coordinate descent"), .init("activations", "activations after the nonlinearity"),
            .init("pre-activations", "activations before it"),
        ]),
        default: .choice("weights"), paper: "\(paper), section 3; Luenam et al. 2025, published program",
        help: "What two neurons must have alike to be partners; weights need no data.")

    private static let byWeights = Hyperparameter.Condition(key: "matching", values: [.choice("weights")])
    private static let byActivations = Hyperparameter.Condition(
        key: "matching", values: [.choice("activations"), .choice("pre-activations")])

    public static let sweeps = Hyperparameter(
        "sweeps", "sweeps", .integer(1...1000), default: .integer(100), when: [byWeights], paper: "\(paper), Algorithm 1",
        help: "Most rounds over all layers; it stops as soon as no layer changes.")

    public static let tries = Hyperparameter(
        "tries", "tries", .integer(1...100), default: .integer(1), when: [byWeights], paper: "\(paper), section 3.2; Amalgam",
        help: "Starts with the layers in another random order, of which the most alike is kept.")

    public static let samples = Hyperparameter(
        "samples", "samples", .integer(1...1_000_000), default: .integer(400), unit: "inputs", paper: "Luenam et al. 2025, section 5",
        help: "How many inputs activations and importance are measured on.")

    public static let mixing = Hyperparameter(
        "mixing", "mix partners", .choice([.init("average", "alike"), .init("importance", "by their importance")]),
        default: .choice("average"), paper: "\(paper), section 4; Luenam et al. 2025, published program",
        help: "How partners are weighed in the match and in the mean.")

    public static let method = Method(
        id: "git-rebasin", title: "Git Re-Basin",
        summary: "Permutes each parent's neurons into the reference's order, then averages.",
        paper: "Ainsworth, Hayase & Srinivasa, ICLR 2023, arXiv 2209.04836",
        hyperparameters: [matching, sweeps, tries, samples, mixing]
            + Importance.knobs(when: [.init(key: "mixing", values: [.choice("importance")])])
            + [Importance.normaliseKnob, InterpolationKnobs.reference] + Recombination.hyperparameters(own: "the mean of the weights"),
        presets: [
            .init(
                id: "interpolation-paper", title: "as compared in Luenam et al. 2025",
                values: [
                    "matching": .choice("activations"), "mixing": .choice("importance"), "importance": .choice("conductance"),
                    "importance-target": .choice("label"),
                    "repair": .choice("none"),
                ])
        ],
        prepare: { (context) throws(FusionError) in
            let settings = context.settings
            let parents = try ParentSet(context.networks, reference: Blending.referenceIndex(settings, parents: context.networks.count))
            let (search, mix, importance) = try recipes { () throws(RecipeError) in
                (
                    try settings.choice(GitRebasin.matching.key, as: Matching.self),
                    try settings.choice(GitRebasin.mixing.key, as: Mixing.self), try Importance(settings)
                )
            }
            let kind = mix == .importance ? importance : Importance(.uniform)
            guard context.inputs != nil || (search == .weights && !kind.needsSamples) else {
                throw .noSamples(method: "Git Re-Basin by \(search == .weights ? "weights mixed by importance" : "activations")")
            }
            let count = settings.count(samples.key)
            let scores = GroupScores(parents: parents, importance: kind, inputs: context.inputs, samples: count)
            let partners: any PartnerSearch
            if search == .weights {
                partners = WeightMatching(
                    parents: parents, sweeps: settings.count(sweeps.key), tries: settings.count(tries.key), seed: context.seed)
            } else {
                guard let inputs = context.inputs else { throw .noSamples(method: "Git Re-Basin by activations") }
                partners = try ActivationMatching(parents: parents, inputs: inputs, samples: count, isAfter: search == .activations)
            }
            return PermuteThenMix(
                parents: parents, partners: partners, scores: scores, normalisesImportance: settings.isOn(Importance.normaliseKnob.key))
        })
}
