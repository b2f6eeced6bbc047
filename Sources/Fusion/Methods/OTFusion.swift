/// Optimal transport fusion: each parent's neurons are carried to the reference parent's by a transport plan, layer after layer,
/// and the weights are then averaged (Singh & Jaggi, NeurIPS 2020). `docs/methods.md` has the formulas.
public enum OTFusion {
    public enum Source: String, Sendable { case activations, weights }
    public enum Stage: String, Sendable { case before, after }
    public enum Scaling: String, Sendable { case none, centre, standardise, normalise }
    public enum Metric: String, Sendable { case euclidean, squared = "squared-euclidean", cosine, correlation }
    public enum Marginals: String, Sendable { case uniform, l1, l2, importance }
    public enum Solver: String, Sendable { case exact, sinkhorn, unbalanced }
    public enum MapScaling: String, Sendable { case columns, rows, constant, split }
    public enum LastLayer: String, Sendable { case keep, transport }

    private static let paper = "Singh & Jaggi 2020"

    public static let source = Hyperparameter(
        "source", "compare by", .choice([.init("activations", "activations on samples"), .init("weights", "incoming weights, no data needed")]),
        default: .choice("activations"), paper: "\(paper), section 4",
        help: "What two neurons are compared by: their answers to the same samples, or their incoming weights.")

    public static let samples = Hyperparameter(
        "samples", "samples", .integer(1...1_000_000), default: .integer(200), unit: "inputs",
        when: [.init(key: "source", values: [.choice("activations")])], paper: "\(paper), section 5",
        help: "How many unlabelled inputs the activations are recorded on.")

    public static let stage = Hyperparameter(
        "stage", "read activations", .choice([.init("before", "before the nonlinearity"), .init("after", "after the nonlinearity")]),
        default: .choice("before"), when: [.init(key: "source", values: [.choice("activations")])], paper: "\(paper), appendix S1",
        help: "Where activations are read; the last layer's are its logits in either case.")

    public static let scaling = Hyperparameter(
        "activation-scaling", "scale activations",
        .choice([.init("none", "as they are"), .init("centre", "minus the mean over samples"), .init("standardise", "centred, unit deviation"), .init("normalise", "each sample's layer to unit norm")]),
        default: .choice("none"), when: [.init(key: "source", values: [.choice("activations")])], paper: "\(paper), published program",
        help: "What is done to the activations before they are compared.")

    public static let unitRows = Hyperparameter(
        "unit-rows", "unit weight rows", .flag, default: .flag(false), when: [.init(key: "source", values: [.choice("weights")])],
        paper: "\(paper), published program", help: "Scales each neuron's incoming weights to unit length before they are compared.")

    public static let metric = Hyperparameter(
        "metric", "ground metric",
        .choice([.init("euclidean", "Euclidean distance"), .init("squared-euclidean", "its square"), .init("cosine", "1 − cosine"), .init("correlation", "1 − correlation")]),
        default: .choice("euclidean"), paper: "\(paper), section 3", help: "The distance between two neurons that transport pays.")

    public static let costNormalisation = Hyperparameter(
        "cost-normalisation", "normalise cost",
        .choice([.init("none", "as it is"), .init("max", "by its largest entry"), .init("mean", "by its mean"), .init("median", "by its lower median"), .init("log", "ln(1 + cost)")]),
        default: .choice("none"), paper: "\(paper), published program",
        help: "How the cost matrix is rescaled; it matters to entropic solvers, and log to the exact one as well.")

    public static let clip = Hyperparameter(
        "clip", "clip cost", .flag, default: .flag(false), paper: "\(paper), published program",
        help: "Clamps the cost, after its normalisation, between the two bounds.")

    public static let clipLow = Hyperparameter(
        "clip-low", "clip from", .real(0...1e6, scale: .linear), default: .real(0), when: [.init(key: "clip", values: [.flag(true)])],
        paper: "\(paper), published program", help: "The lower bound of a clipped cost.")

    public static let clipHigh = Hyperparameter(
        "clip-high", "clip to", .real(1e-9...1e6, scale: .logarithmic), default: .real(5), when: [.init(key: "clip", values: [.flag(true)])],
        paper: "\(paper), published program", help: "The upper bound of a clipped cost.")

    public static let marginals = Hyperparameter(
        "marginals", "neuron masses",
        .choice([.init("uniform", "all alike"), .init("l1", "sum of |weights|"), .init("l2", "norm of the weights"), .init("importance", "importance scores")]),
        default: .choice("uniform"), paper: "\(paper), section 4",
        help: "How much mass each neuron brings to the transport; the classes are always alike.")

    private static let byImportance = Importance.knobs(when: [.init(key: "marginals", values: [.choice("importance")])])

    public static let solver = Hyperparameter(
        "solver", "solver",
        .choice([.init("exact", "exact, assignment or network simplex"), .init("sinkhorn", "entropic (Sinkhorn)"), .init("unbalanced", "entropic, masses may differ")]),
        default: .choice("exact"), paper: "\(paper), section 3; Cuturi 2013; Chizat et al. 2018",
        help: "How the transport plan is found; exact plans are sharp, entropic ones are soft.")

    private static let entropic = Hyperparameter.Condition(key: "solver", values: [.choice("sinkhorn"), .choice("unbalanced")])

    public static let epsilon = Hyperparameter(
        "epsilon", "epsilon", .real(1e-6...1e3, scale: .logarithmic), default: .real(0.05), when: [entropic],
        paper: "Cuturi 2013", help: "Strength of the entropic regularisation: larger is softer.")

    public static let epsilonUnit = Hyperparameter(
        "epsilon-unit", "epsilon in units of", .choice([.init("spread", "the cost's standard deviation"), .init("cost", "the cost itself")]),
        default: .choice("spread"), when: [entropic], paper: "Amalgam",
        help: "Whether epsilon is relative to the spread of the cost, and so keeps its meaning from layer to layer, or absolute.")

    public static let penalty = Hyperparameter(
        "marginal-penalty", "marginal penalty", .real(1e-6...1e6, scale: .logarithmic), default: .real(1), when: [.init(key: "solver", values: [.choice("unbalanced")])],
        paper: "Chizat et al. 2018", help: "What a deviation from the masses costs; large values force balance.")

    public static let mapScaling = Hyperparameter(
        "map-scaling", "scale the plan",
        .choice([.init("columns", "columns sum to one"), .init("rows", "rows sum to one, as published"), .init("constant", "times the width, as published"), .init("split", "rows for a neuron's own weights, columns for weights that read it")]),
        default: .choice("columns"), paper: "\(paper), published program; Amalgam",
        help: "How a plan becomes a map of weights; only columns is right for unequal widths or masses, the others reproduce published figures.")

    public static let lastLayer = Hyperparameter(
        "last-layer", "classes", .choice([.init("keep", "keep their order"), .init("transport", "transported like neurons, as published")]),
        default: .choice("keep"), paper: "\(paper), published program",
        help: "Classes already correspond; transporting them can swap them.")

    public static let method = Method(
        id: "otfusion", title: "optimal transport",
        summary: "Carries each parent's neurons to the reference parent's by optimal transport, then averages.",
        paper: "Singh & Jaggi, NeurIPS 2020",
        hyperparameters: [
            source, samples, stage, scaling, unitRows, metric, costNormalisation, clip, clipLow, clipHigh, marginals] + byImportance + [
            solver, epsilon, epsilonUnit, penalty, mapScaling, lastLayer, Blending.reference, Blending.blend,
        ],
        presets: [
            .init(id: "mnist-mlp", title: "the paper's MNIST MLPs, by activations", values: ["last-layer": .choice("transport"), "map-scaling": .choice("rows")]),
            .init(id: "mnist-mlp-weights", title: "the same, by weights", values: [
                "source": .choice("weights"), "last-layer": .choice("transport"), "map-scaling": .choice("constant"),
            ]),
            .init(id: "interpolation-paper", title: "as compared in Luenam et al. 2025", values: [
                "samples": .integer(400), "marginals": .choice("importance"), "map-scaling": .choice("split"), "reference": .choice("first"),
            ]),
            .init(id: "soft", title: "soft plans, classes kept", values: ["solver": .choice("sinkhorn")]),
        ],
        prepare: { (context) throws(FusionError) in
            let settings = try recipes { () throws(RecipeError) in try OTFusion.Settings(context.settings) }
            let parents = try ParentSet(context.networks, reference: Blending.referenceIndex(context.settings, parents: context.networks.count))
            var activations: ActivationCosts?
            if settings.source == .activations {
                guard let inputs = context.inputs else { throw .noSamples(method: "optimal transport by activations") }
                activations = ActivationCosts(parents: parents, settings: settings, inputs: inputs)
            }
            let weights = Blending.weights(context.settings, parents: parents.count)
            let scores = settings.marginals == .importance
                ? GroupScores(parents: parents, importance: settings.importance, inputs: context.inputs, samples: settings.samples) : nil
            return AlignThenCombine(
                parents: parents, alignment: TransportAlignment(parents: parents, settings: settings, activations: activations, scores: scores),
                combination: WeightedAverage(weights: weights), weights: weights)
        })
}
