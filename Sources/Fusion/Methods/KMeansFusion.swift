/// K-means Fusion: the neurons of any number of parents in any number of clusters, fused weights by least squares (Luenam et al. 2025).
public enum KMeansFusion {
    public enum ClusteringRule: String, HyperparameterChoice {
        case kMeans = "k-means", ward, entropic, selection

        public var title: String {
            switch self {
            case .kMeans: "k-means, as published"
            case .ward: "Ward linkage"
            case .entropic: "soft clusters by entropic transport"
            case .selection: "real neurons that best reconstruct all others"
            }
        }
    }

    public enum Seeding: String, HyperparameterChoice {
        /// The neurons of one parent.
        case firstParent = "first-parent", secondParent = "second-parent"
        /// A random neuron of the first parent, then always the neuron farthest from the centres chosen (published).
        case farthest
        /// Every centre drawn with probability in proportion to score × squared distance (Arthur & Vassilvitskii 2007).
        case plusPlus = "plus-plus"

        public var title: String {
            switch self {
            case .firstParent: "the neurons of parent A"
            case .secondParent: "the neurons of parent B"
            case .farthest: "farthest first"
            case .plusPlus: "k-means++"
            }
        }
    }

    public static let rule = Hyperparameter(
        "clustering", "clustering", default: ClusteringRule.kMeans, aliases: ["grouping"],
        paper: "Luenam et al. 2025, section 3.3; Amalgam",
        help: "How the neurons of all parents are clustered into the fused network's neurons.")

    public static let softness = Hyperparameter(
        "softness", "softness", 1e-4...10, scale: .logarithmic, default: 0.02, when: [rule == .entropic],
        paper: "Cuturi & Doucet 2014; Amalgam",
        help: "Entropic regularisation of soft clusters, relative to the standard deviation of distances.")

    public static let seeding = Hyperparameter(
        "seeding", "initial centres", among: [Seeding.farthest, .plusPlus], default: .farthest,
        titles: [.farthest: "farthest first, as published"], when: [rule.isOne(of: .kMeans, .entropic)],
        paper: "Luenam et al. 2025, published program; Arthur & Vassilvitskii 2007", help: "How k-means is initialised.")

    public static let restarts = Hyperparameter(
        "restarts", "restarts", 1...1000, default: 10, when: [rule.isOne(of: .kMeans, .entropic)], aliases: ["tries"],
        paper: "Luenam et al. 2025, section 5",
        help: "Runs of k-means from different centres, of which the one with the lowest cost is kept.")

    public static let improvement = Hyperparameter(
        "least-improvement", "tolerance", 0...0.5, scale: .linear, default: 0.05, when: [rule.isOne(of: .kMeans, .entropic)],
        paper: "Luenam et al. 2025, published program",
        help: "K-means stops when three iterations lower its cost by less than this fraction.")

    static let publishedPreset = Method.Preset(
        id: "paper", title: "the published program's settings",
        [
            Importance.kind <- .conductance, Importance.target <- .label, Interpolation.solver <- .publishedCutoff,
            Interpolation.batchNormalisation <- .folded, Repair.kind <- .none,
        ])

    public static let method = Method(
        id: "kf", title: "k-means fusion",
        summary: "Clusters the neurons of all parents by k-means and fits each layer to the clusters' weighted means by least squares.",
        paper: "Luenam et al. 2025, arXiv 2507.00037",
        hyperparameters: [
            Interpolation.samples, Importance.hyperparameters, rule, softness, seeding, restarts, improvement, Interpolation.costNorm,
            Interpolation.regression, Interpolation.width, Interpolation.reference,
            Recombination.hyperparameters(own: "layer-wise least squares, as published", isRegression: true),
        ],
        presets: [publishedPreset],
        prepare: { context in try procedure(context, firstCentres: [:]) })

    /// The method on given parents, with k-means started from given neurons.
    ///
    /// - Parameter firstCentres: by group name, the first centre of every restart, as a number among the neurons of all parents one after another.
    public static func procedure(_ context: FusionContext, firstCentres: [String: [Int]]) throws -> any FusionProcedure {
        let settings = context.settings
        guard let inputs = context.inputs else { throw FusionError.noSamples(method: "k-means fusion") }
        let parents = try ParentSet(context.networks, reference: Blending.referenceIndex(settings, parents: context.networks.count))
        var kMeans = KMeansClustering()
        kMeans.seeding = settings[seeding]
        kMeans.tries = settings[restarts]
        kMeans.improvement = settings[improvement]
        kMeans.isSquared = settings[Interpolation.costNorm] == .squared
        kMeans.seed = context.seed
        kMeans.firstCentres = firstCentres
        let clustering: any NeuronClustering =
            switch settings[rule] {
            case .kMeans: kMeans
            case .ward: WardClustering()
            case .entropic: EntropicClustering(start: kMeans, softness: settings[softness])
            case .selection: SelectionClustering()
            }
        return try LayerwiseRegression(context, parents: parents, clustering: clustering, inputs: inputs)
    }
}
