extension OTFusion {
    private static let paper = "Singh & Jaggi 2020"

    public static let source = Hyperparameter(
        "source", "compare by",
        .choice([.init("activations", "activations on samples"), .init("weights", "incoming weights, no data needed")]),
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
        .choice([
            .init("none", "as they are"), .init("centre", "minus the mean over samples"), .init("standardise", "centred, unit deviation"),
            .init("normalise", "each sample's layer to unit norm"),
        ]),
        default: .choice("none"), when: [.init(key: "source", values: [.choice("activations")])], paper: "\(paper), published program",
        help: "What is done to the activations before they are compared.")

    public static let rerun = Hyperparameter(
        "rerun-activations", "read activations again", .flag, default: .flag(false),
        when: [.init(key: "source", values: [.choice("activations")])],
        paper: "\(paper), published program",
        help:
            "Reads each layer's activations from the parent as aligned so far, not from the parent itself; it matters where plans are soft or widths differ."
    )

    public static let unitRows = Hyperparameter(
        "unit-rows", "unit weight rows", .flag, default: .flag(false), when: [.init(key: "source", values: [.choice("weights")])],
        paper: "\(paper), published program", help: "Scales each neuron's incoming weights to unit length before they are compared.")

    public static let passes = Hyperparameter(
        "passes", "passes", .integer(1...100), default: .integer(1), when: [.init(key: "source", values: [.choice("weights")])],
        paper: "Ainsworth et al. 2023, Algorithm 1",
        help:
            "How often the layers are walked: from the second time on a residual stream is compared by all that writes to it. It ends early where nothing changes."
    )

    public static let metric = Hyperparameter(
        "metric", "ground metric",
        .choice([
            .init("euclidean", "Euclidean distance"), .init("squared-euclidean", "its square"), .init("cosine", "1 − cosine"),
            .init("correlation", "1 − correlation"),
        ]),
        default: .choice("euclidean"), paper: "\(paper), section 3", help: "The distance between two neurons that transport pays.")

    public static let costNormalisation = Hyperparameter(
        "cost-normalisation", "normalise cost",
        .choice([
            .init("none", "as it is"), .init("max", "by its largest entry"), .init("mean", "by its mean"),
            .init("median", "by its lower median"), .init("log", "ln(1 + cost)"),
        ]),
        default: .choice("none"), paper: "\(paper), published program",
        help: "How the cost matrix is rescaled; it matters to entropic solvers, and log to the exact one as well.")

    public static let clip = Hyperparameter(
        "clip", "clip cost", .flag, default: .flag(false), paper: "\(paper), published program",
        help: "Clamps the cost, after its normalisation, between the two bounds.")

    public static let clipLow = Hyperparameter(
        "clip-low", "clip from", .real(0...1e6, scale: .linear), default: .real(0), when: [.init(key: "clip", values: [.flag(true)])],
        paper: "\(paper), published program", help: "The lower bound of a clipped cost.")

    public static let clipHigh = Hyperparameter(
        "clip-high", "clip to", .real(1e-9...1e6, scale: .logarithmic), default: .real(5),
        when: [.init(key: "clip", values: [.flag(true)])],
        paper: "\(paper), published program", help: "The upper bound of a clipped cost.")

    public static let marginals = Hyperparameter(
        "marginals", "neuron masses",
        .choice([
            .init("uniform", "all alike"), .init("l1", "sum of |weights|"), .init("l2", "norm of the weights"),
            .init("importance", "importance scores"),
        ]),
        default: .choice("uniform"), paper: "\(paper), section 4",
        help: "How much mass each neuron brings to the transport; the classes are always alike.")

    static let byImportance = Importance.knobs(when: [.init(key: "marginals", values: [.choice("importance")])])

    public static let solver = Hyperparameter(
        "solver", "solver",
        .choice([
            .init("exact", "exact, assignment or network simplex"), .init("sinkhorn", "entropic (Sinkhorn)"),
            .init("unbalanced", "entropic, masses may differ"),
            .init("gromov", "Gromov-Wasserstein, by distances inside each parent"), .init("identity", "none: neurons keep their numbers"),
        ]),
        default: .choice("exact"), paper: "\(paper), section 3; Cuturi 2013; Chizat et al. 2018; Peyré et al. 2016",
        help: "How the transport plan is found; exact plans are sharp, entropic ones are soft.")

    private static let entropic = Hyperparameter.Condition(key: "solver", values: [.choice("sinkhorn"), .choice("unbalanced")])

    public static let epsilon = Hyperparameter(
        "epsilon", "epsilon", .real(1e-6...1e3, scale: .logarithmic), default: .real(0.05), when: [entropic],
        paper: "Cuturi 2013", help: "Strength of the entropic regularisation: larger is softer.")

    public static let epsilonUnit = Hyperparameter(
        "epsilon-unit", "epsilon in units of",
        .choice([.init("spread", "the cost's standard deviation"), .init("cost", "the cost itself")]),
        default: .choice("spread"), when: [entropic], paper: "Amalgam",
        help: "Whether epsilon is relative to the spread of the cost, and so keeps its meaning from layer to layer, or absolute.")

    public static let penalty = Hyperparameter(
        "marginal-penalty", "marginal penalty", .real(1e-6...1e6, scale: .logarithmic), default: .real(1),
        when: [.init(key: "solver", values: [.choice("unbalanced")])],
        paper: "Chizat et al. 2018", help: "What a deviation from the masses costs; large values force balance.")

    public static let gromovLoss = Hyperparameter(
        "gromov-loss", "compare distances by",
        .choice([.init("square", "squared difference"), .init("kullback-leibler", "Kullback-Leibler divergence")]),
        default: .choice("square"), when: [.init(key: "solver", values: [.choice("gromov")])], paper: "Peyré et al. 2016",
        help: "How the difference of a distance inside one parent and one inside the other is counted.")

    public static let mapScaling = Hyperparameter(
        "map-scaling", "scale the plan",
        .choice([
            .init("columns", "columns sum to one"), .init("rows", "rows sum to one, as published"),
            .init("constant", "times the width, as published"),
            .init("split", "rows for a neuron's own weights, columns for weights that read it"),
        ]),
        default: .choice("columns"), paper: "\(paper), published program; Amalgam",
        help:
            "How a plan becomes a map of weights; only columns is right for unequal widths or masses, the others reproduce published figures."
    )

    public static let lastLayer = Hyperparameter(
        "last-layer", "classes",
        .choice([.init("keep", "keep their order"), .init("transport", "transported like neurons, as published")]),
        default: .choice("keep"), paper: "\(paper), published program",
        help: "Classes already correspond; transporting them can swap them.")

    public static let shortcuts = Hyperparameter(
        "shortcuts", "residual sums",
        .choice([
            .init("stream", "one map for each residual stream"), .init("averaged", "the mean of the maps that meet in a sum"),
            .init("published", "the same, but an identity shortcut's map is left out, as published"),
        ]),
        default: .choice("stream"), paper: "\(paper), published program; Imfeld et al. 2024, section 3.2",
        help:
            "Layers that are added share their neurons: with one map the function is kept exactly, with averaged maps each layer has its own."
    )

    public static let streamReading = Hyperparameter(
        "stream-activations", "compare streams at",
        .choice([.init("every", "every layer that writes to it"), .init("last", "the last such layer"), .init("sum", "the last sum")]),
        default: .choice("every"),
        when: [.init(key: "source", values: [.choice("activations")]), .init(key: "shortcuts", values: [.choice("stream")])],
        paper: "Amalgam", help: "Where a residual stream's activations are read, for the one map that all its layers share.")

    public static let attention = Hyperparameter(
        "attention", "attention", .choice([.init("heads", "heads are matched, then the neurons in them"), .init("full", "across heads")]),
        default: .choice("heads"), paper: "Imfeld et al. 2024, section 3.3",
        help: "Matching within heads keeps the function of a reordered network; one map across heads, as published, mixes them.")

    public static let scheme = Hyperparameter(
        "scheme", "scheme",
        .choice([
            .init("reference", "every parent to the reference"), .init("sequential", "one after another, each to the average so far"),
            .init("barycenter", "all to their barycenter"),
        ]),
        default: .choice("reference"), paper: "\(paper), section 4; Cuturi & Doucet 2014",
        help:
            "What parents are aligned with. A barycenter has no preferred parent: its neurons are means of all parents', under squared distances."
    )

    public static let width = Hyperparameter(
        "width", "width", .real(0.01...16, scale: .logarithmic), default: .real(1), unit: "× the reference", paper: "\(paper), section 5.4",
        help: "Hidden widths of the result. Below 1 the reference is pruned first; above 1 only a barycenter has neurons enough.")

    public static let pruning = Hyperparameter(
        "pruning", "prune by",
        .choice([
            .init("l1", "sum of |incoming weights|"), .init("l2", "norm of incoming weights"), .init("activation", "mean |activation|"),
            .init("gradient-activation", "mean |activation × gradient|"), .init("conductance", "conductance"),
            .init("deeplift", "DeepLIFT, rescale rule"),
        ]),
        default: .choice("l1"), paper: "\(paper), section 5.4; Li et al. 2017",
        help: "Which neurons of the reference stay where the result is narrower: those that score highest.")
}
