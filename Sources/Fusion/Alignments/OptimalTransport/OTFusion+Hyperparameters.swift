import Transport

/// Optimal transport fusion: each parent's neurons are carried to the reference parent's by a transport plan, layer after layer, and the weights
/// are then averaged (Singh & Jaggi, NeurIPS 2020).
public enum OTFusion {
    private static let paper = "Singh & Jaggi 2020"

    public static let source = Hyperparameter(
        "source", "alignment features", default: Source.activations, paper: "\(paper), section 4",
        help: "The features that neurons are compared by: activations on the same samples, or incoming weights.")

    public static let samples = Hyperparameter(
        "samples", "samples", 1...1_000_000, default: 200, unit: "inputs", when: [source == .activations], paper: "\(paper), section 5",
        help: "Number of unlabelled inputs that activations are recorded on.")

    public static let stage = Hyperparameter(
        "stage", "activations", default: ActivationStage.before, when: [source == .activations], paper: "\(paper), appendix S1",
        help: "Where activations are recorded; those of the last layer are always its logits.")

    public static let scaling = Hyperparameter(
        "activation-scaling", "scale activations", default: Scaling.none, when: [source == .activations],
        paper: "\(paper), published program", help: "Preprocessing of the activations before they are compared.")

    public static let recomputes = Hyperparameter(
        "recompute-activations", "recompute after each layer", default: false, when: [source == .activations],
        aliases: ["rerun-activations"], paper: "\(paper), published program",
        help: "Records each layer's activations on the parent with its earlier layers aligned; matters for soft plans and unequal widths.")

    public static let unitRows = Hyperparameter(
        "normalise-weights", "L2-normalise weights", default: false, when: [source == .weights], aliases: ["unit-rows"],
        paper: "\(paper), published program", help: "Scales each neuron's incoming weights to unit L2 norm before they are compared.")

    public static let passes = Hyperparameter(
        "passes", "passes", 1...100, default: 1, when: [source == .weights], paper: "Ainsworth et al. 2023, Algorithm 1",
        help:
            "Maximum number of passes over the layers; from the second pass on, a residual stream is compared by all layers that write to it."
    )

    package static let metric = Hyperparameter(
        "metric", "ground metric", among: [Transport.Metric.euclidean, .squaredEuclidean, .cosine, .correlation], default: .euclidean,
        paper: "\(paper), section 3", help: "The distance between two neurons: the transport cost.")

    public static let costNormalisation = Hyperparameter(
        "cost-normalisation", "normalise cost", default: CostNormalization.none, paper: "\(paper), published program",
        help: "Rescaling of the cost matrix; it affects entropic solvers, and log the exact one as well.")

    public static let clip = Hyperparameter(
        "clip", "clip cost", default: false, paper: "\(paper), published program",
        help: "Clips the cost to a range, after normalisation.")

    public static let clipLow = Hyperparameter(
        "clip-low", "clip from", 0...1e6, scale: .linear, default: 0, when: [clip == true], paper: "\(paper), published program",
        help: "Lower bound of the clipped cost.")

    public static let clipHigh = Hyperparameter(
        "clip-high", "clip to", 1e-9...1e6, scale: .logarithmic, default: 5, when: [clip == true], paper: "\(paper), published program",
        help: "Upper bound of the clipped cost.")

    public static let marginals = Hyperparameter(
        "marginals", "marginals", default: Marginals.uniform, paper: "\(paper), section 4",
        help: "The mass of each neuron in the transport problem; classes are always uniform.")

    public static let solver = Hyperparameter(
        "solver", "solver", default: Solver.exact, paper: "\(paper), section 3; Cuturi 2013; Chizat et al. 2018; Peyré et al. 2016",
        help: "The solver of the transport problem: exact plans are sparse, entropic ones are dense.")

    public static let epsilon = Hyperparameter(
        "epsilon", "epsilon", 1e-6...1e3, scale: .logarithmic, default: 0.05, when: [solver.isOne(of: .sinkhorn, .unbalanced)],
        paper: "Cuturi 2013", help: "Strength of the entropic regularisation: larger is softer.")

    public static let epsilonUnit = Hyperparameter(
        "epsilon-unit", "epsilon relative to", default: EpsilonUnit.spread, when: [solver.isOne(of: .sinkhorn, .unbalanced)],
        paper: "Amalgam", help: "Whether epsilon is relative to the standard deviation of each layer's cost, or absolute.")

    public static let penalty = Hyperparameter(
        "marginal-penalty", "marginal penalty", 1e-6...1e6, scale: .logarithmic, default: 1, when: [solver == .unbalanced],
        paper: "Chizat et al. 2018", help: "Penalty on deviations from the marginals: larger is closer to balanced transport.")

    public static let gromovLoss = Hyperparameter(
        "gromov-loss", "Gromov loss", default: GromovWassersteinLoss.square, when: [solver == .gromov], paper: "Peyré et al. 2016",
        help: "The loss between a distance within one parent and one within the other.")

    public static let mapScaling = Hyperparameter(
        "map-scaling", "plan normalisation", default: PlanScaling.columns, paper: "\(paper), published program; Amalgam",
        help:
            "How a transport plan is normalised before it is applied to the weights; only columns is correct for unequal widths or marginals, the others reproduce published results."
    )

    public static let lastLayer = Hyperparameter(
        "last-layer", "classes", default: LastLayer.keep, paper: "\(paper), published program",
        help: "Whether the output neurons are transported, too; classes already correspond, and transport can permute them.")

    public static let shortcuts = Hyperparameter(
        "shortcuts", "residual connections", default: Shortcuts.stream,
        paper: "\(paper), published program; Imfeld et al. 2024, section 3.2",
        help:
            "Layers joined by a residual sum share their neurons: a single map preserves the function exactly; otherwise each layer has its own map, and sums use the mean of theirs."
    )

    public static let streamReading = Hyperparameter(
        "stream-activations", "residual activations", default: StreamReading.every,
        when: [source == .activations, shortcuts == .stream], paper: "Amalgam",
        help: "Where a residual stream's activations are recorded, for the single map that all its layers share.")

    public static let attention = Hyperparameter(
        "attention", "attention", default: AttentionScope.heads, paper: "Imfeld et al. 2024, section 3.3",
        help: "Matching within heads preserves the function of a permuted network; matching across heads, as published, mixes the heads.")

    public static let scheme = Hyperparameter(
        "scheme", "scheme", default: Scheme.reference, paper: "\(paper), section 4; Cuturi & Doucet 2014",
        help: "What parents are aligned to; a barycenter has no reference: its neurons are means over all parents, with squared distances.")

    public static let width = Hyperparameter(
        "width", "width", 0.01...16, scale: .logarithmic, default: 1, unit: "× reference", paper: "\(paper), section 5.4",
        help: "Hidden widths of the result: below 1 the reference is pruned first, above 1 needs scheme=barycenter.")

    public static let pruning = Hyperparameter(
        "pruning", "pruning score", among: [Importance.Kind.l1, .l2, .activation, .gradient, .conductance, .deeplift], default: .l1,
        paper: "\(paper), section 5.4; Li et al. 2017",
        help: "The importance score that selects the reference's neurons when the result is narrower.")
}
